"""A byte that is not what it was: in a patch set, a shard, the index. It is
refused, or what comes out is right: nothing is applied to another text.

Long form: damage.py --flips 2000 [--seed N]
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
sys.dont_write_bytecode = True
import loop_corpus as corpus  # noqa: E402
import loop_differential as loop  # noqa: E402
import patch_consumer as consumer  # noqa: E402
from loop_model import TEXT_OPS, edited, find_quote  # noqa: E402
from program import Tap  # noqa: E402


def flipped(data, at, bit):
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


def text_of(record):
    if isinstance(record, str):
        return record
    text = record.get("texts", record.get("text"))
    return ("" if "texts" in record else "\n\n").join(text) if isinstance(text, list) else text


def bare(row):
    row = row[3:] if row.startswith(b"\xef\xbb\xbf") else row
    return row[:-1] if row.endswith(b"\r") else row


def value_of(row):
    return json.loads(bare(row).decode("utf-8", "surrogateescape"))


class Damage(loop.Round):
    def prepare(self, flips):
        self.flips = flips
        self.reviewers = ["ana"]
        self.make_corpus()
        self.decide(30)
        self.patch = self.export("p.stet.jsonl")
        self.header, self.lines = consumer.load(self.at("p.stet.jsonl"))
        self.stet("apply", "--to", "out", "--root", ".", "--all", "p.stet.jsonl", *self.shards)
        self.out = loop.files_below(self.at("out"))

    def at(self, name):
        return os.path.join(self.folder, name)

    def put(self, name, data):
        os.makedirs(os.path.dirname(self.at(name)), exist_ok=True)
        with open(self.at(name), "wb") as file:
            file.write(data)

    def run(self, *args):
        """(exit status, what it said); a crash is an error in itself."""
        done = subprocess.run([loop.STET, *args], cwd=self.folder, env=self.env, timeout=120,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        said = done.stdout.decode("utf-8", "replace")
        if done.returncode < 0 or "Sanitizer" in said or "runtime error" in said:
            raise AssertionError("%s: %d %s" % (args, done.returncode, said[-2000:]))
        return done.returncode, said

    def apply(self, out, *args):
        shutil.rmtree(self.at(out), ignore_errors=True)
        status, said = self.run("apply", "--to", out, *args)
        if status not in (0, 1) and os.path.exists(self.at(out)):
            raise AssertionError("exit %d, and something was written" % status)
        return status, said

    # --- patch sets ---

    def check_patch(self):
        problems = []
        end = len(self.patch)
        places = [self.rng.randrange(end) for _ in range(self.flips)] + [
            end - 1 - self.rng.randrange(160) for _ in range(self.flips)]
        for at in places:
            bit = self.rng.randrange(8)
            self.put("bad", flipped(self.patch, at, bit))
            status, _ = self.run("verify", "-q", "bad", *self.shards)
            if status != 65:
                problems.append("byte %d, bit %d: exit %d" % (at, bit, status))
        for at in range(end) if self.flips > 100 else places:
            for bit in range(8):
                self.put("bad", flipped(self.patch, at, bit))
                try:
                    consumer.load(self.at("bad"))
                    problems.append("the consumer takes byte %d, bit %d" % (at, bit))
                except consumer.Refused:
                    pass
        return problems

    # --- shards ---

    def fits(self, patch, row, new, mapping):
        """Whether a changed line may have become this one."""
        if row == new:
            return True
        line = bare(row)
        try:
            want = consumer.new_record(self.header, mapping, patch, line)
            return want is None or value_of(want) == value_of(new)
        except (consumer.Refused, ValueError, KeyError, TypeError):
            pass
        try:
            text = text_of(value_of(row))
            edits = [(find_quote(text, edit), edit) for edit in patch["edits"]
                     if edit["op"] in TEXT_OPS and "span" in edit]
            edits = sorted((*place, edit["text"]) for place, edit in edits if place)
            return text_of(value_of(new)) in (text, edited(text, edits))
        except (ValueError, KeyError, TypeError, AttributeError):
            return False

    def judge(self, path, data):
        """What is wrong with the output for a damaged shard."""
        before = corpus.unpack(self.at(path))[1].split(b"\n")
        rows = corpus.plain_of(data).split(b"\n")
        got = corpus.unpack(self.at("bad.out/" + path))[1].split(b"\n")
        known = {shard["path"]: shard for shard in self.header["shards"]}
        if path not in known:
            return [] if got == rows else ["a shard without decisions changed"]
        mapping = self.header["mappings"][known[path]["mapping"]]
        patches = {line["target"]["record"]: line for line in self.lines
                   if "target" in line and line["target"]["shard"] == path}
        drops = {number for number, patch in patches.items()
                 if any(edit["op"] == "drop" for edit in patch["edits"])}
        if len(rows) != len(before):
            # A line end is gone or new; what it parted is no record any more.
            extra = len(got) + len(drops) - len(rows)
            return [] if 0 <= extra <= 2 else ["%d lines of %d" % (len(got), len(rows))]
        at = 0
        for number, row in enumerate(rows):
            new = got[at] if at < len(got) else None
            if number in drops and row == before[number]:
                continue
            at += 1
            if new is None:
                return ["record %d is missing" % number]
            if row != before[number] and number in drops and new != row:
                at -= 1  # dropped, for only its bytes beside the text changed
                patch = patches[number]
                try:
                    consumer.new_record(self.header, mapping, patch, bare(row))
                except (consumer.Refused, ValueError, KeyError, TypeError):
                    return ["record %d was dropped though it changed" % number]
            elif number in patches and not self.fits(patches[number], row, new, mapping):
                return ["record %d: %r\n became %r" % (number, row, new)]
            elif number not in patches and new != row:
                return ["record %d, undecided: %r\n became %r" % (number, row, new)]
        return [] if at == len(got) else ["more records"]

    def check_shards(self):
        problems = []
        for _ in range(self.flips):
            path = self.rng.choice(list(self.shards))
            with open(self.at(path), "rb") as file:
                data = file.read()
            place, bit = self.rng.randrange(len(data)), self.rng.randrange(8)
            data = flipped(data, place, bit)
            for other in self.shards:
                os.makedirs(os.path.dirname(self.at("bad.in/" + other)), exist_ok=True)
                if not os.path.exists(self.at("bad.in/" + other)):
                    shutil.copyfile(self.at(other), self.at("bad.in/" + other))
            self.put("bad.in/" + path, data)
            status, _ = self.apply("bad.out", "--root", "bad.in", "--all", "--partial",
                                      "p.stet.jsonl", *["bad.in/" + one for one in self.shards])
            shutil.copyfile(self.at(path), self.at("bad.in/" + path))
            what = "%s, byte %d, bit %d (exit %d)" % (path, place, bit, status)
            try:
                corpus.plain_of(data)
            except (subprocess.CalledProcessError, OSError, EOFError, zlib.error):
                if status in (0, 1):
                    problems.append(what + ": taken, though it cannot be read")
                continue
            if status in (0, 1):
                problems += [what + ": " + one for one in self.judge(path, data)]
        return problems

    # --- the index ---

    def same_output(self, name, patch_id):
        """Whether a folder has the right records, whatever the patch's name."""
        files = loop.files_below(self.at(name))
        mine = self.header["id"].encode()
        for path in self.out:
            if path.endswith("manifest.json") or path.startswith("added/"):
                continue
            got = corpus.plain_of(files[path]).replace(patch_id.encode(), mine)
            if got != corpus.plain_of(self.out[path]):
                return False
        return True

    def check_export(self, what):
        """An export by the damaged index: the same, refused, or it conflicts."""
        status, said = self.run("export", "--reviewer", "ana", "--yes", "-o", "bad.stet.jsonl")
        if status != 0:
            return []
        with open(self.at("bad.stet.jsonl"), "rb") as file:
            data = file.read()
        if data == self.patch:
            return []
        if (" left out: see bad.stet.jsonl.conflicts.jsonl" in said
                or "have their edits already" in said):
            # It says that it cannot read some, or does not find what a former
            # export dropped; of the rest it says the same.
            known = set(self.patch.split(b"\n"))
            news = [line for line in data.split(b"\n")[1:-2] if line not in known]
            return [what + ": another export: %r" % line[:400] for line in news[:1]]
        status, _ = self.apply("bad.out", "--root", ".", "--all", "--full", "bad.stet.jsonl",
                               *self.shards)
        patch_id = json.loads(data.split(b"\n", 1)[0])["id"]
        if status == 0 and not self.same_output("bad.out", patch_id):
            return [what + ": another export, and it applies to other records"]
        return []

    def check_index(self):
        problems = []
        root = self.at(".stet/index")
        files = [os.path.join(base, name) for base, _, names in os.walk(root)
                 for name in sorted(names) if os.path.getsize(os.path.join(base, name))]
        sizes = [min(os.path.getsize(file), 20000) for file in files]
        for _ in range(self.flips):
            file = self.rng.choices(files, sizes)[0]
            with open(file, "rb") as handle:
                data = handle.read()
            place, bit = self.rng.randrange(len(data)), self.rng.randrange(8)
            what = "%s, byte %d, bit %d" % (os.path.relpath(file, root), place, bit)
            with open(file, "wb") as handle:
                handle.write(flipped(data, place, bit))
            try:
                status, _ = self.apply("bad.out", "--root", ".", "--all", "p.stet.jsonl",
                                          *self.shards)
                if status == 0 and not self.same_output("bad.out", self.header["id"]):
                    problems.append(what + ": apply by it writes something else")
                problems += self.check_export(what)
            finally:
                with open(file, "wb") as handle:
                    handle.write(data)
        return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--flips", type=int,
                        default=400 if os.environ.get("STET_TEST_LONG") else 25)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tap = Tap()
    if not shutil.which("zstd"):
        print("1..0 # SKIP no zstd program")
        return 0
    folder = tempfile.mkdtemp(prefix="stet-damage-")
    print("# seed %d" % options.seed)
    try:
        damage = Damage(options.seed, os.path.join(folder, "main"), 30)
        damage.prepare(options.flips)
        tap.check(damage.check_patch()[:5], "a patch set with a bit flipped is refused")
        tap.check(damage.check_shards()[:5],
                  "a shard with a bit flipped is refused, or nothing wrong is applied")
        tap.check(damage.check_index()[:5], "an index with a bit flipped misleads nobody")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
