"""Every file of the hostile collection as a shard beside two good ones: no
crash, no hang, bounded memory, the promised message and exit status, the good
shards unharmed, and nothing printed that a terminal would obey.

usage: hostile.py [--long] [--only NAME] [--seed N]

The quick form takes the JSON test suite in one go and leaves out the bombs.
"""
import argparse
import csv
import json
import os
import random
import re
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import corpus  # noqa: E402
from program import Program, STET, Tap, has_sanitizer  # noqa: E402

GOOD = 12           # documents of each good shard
MESSAGES_MAX = 40   # lines on stderr, however many records are bad
MEMORY_MAX = 512 << 20
MANY_SHOWN = 10000

# file: documents (a number, a range or None: any), exit status, what stderr
# says. (2000 documents: all of them were readable.)
PROMISES = {
    "naughty-strings.jsonl": (515, 0, ""),
    "naughty-strings.txt": (0, 1, r"naughty-strings\.txt.*(JSON|object)"),
    "utf8-stress.txt": (0, 1, r"utf8-stress\.txt.*(JSON|object)"),
    "utf8-stress.jsonl": (299, 1, r"record \d+, byte \d+"),
    "utf8-demo.txt": (0, 1, r"utf8-demo\.txt.*(JSON|object)"),
    "jsontestsuite-embedded.jsonl": (428, 1, r"record \d+, byte \d+"),
    "terminal-escapes.jsonl": (39, 0, ""),
    "terminal-escapes-raw.jsonl": (2, 1, r"record 0, byte \d+: .*control"),
    "terminal-escapes-fields.jsonl": (3, 0, ""),
    "unicode.jsonl": (33, 0, ""),
    "bom.jsonl": (45, 0, ""),
    "crlf.jsonl": (45, 0, ""),
    "no-final-newline.jsonl": (45, 0, ""),
    "blank-lines.jsonl": (3, 0, ""),
    "missing-fields.jsonl": (4, 1, r"record 2, .*no text"),
    "wrong-types.jsonl": (8, 1, r"record 1, .*id .*not a string or an integer"),
    "non-object-lines.jsonl": (3, 1, r"record 0, .*not an object"),
    "duplicate-ids.jsonl": (6, 0, ""),
    "duplicate-ids-2.jsonl": (2, 0, ""),
    "duplicate-keys.jsonl": (3, 0, ""),
    "nul.jsonl": (4, 1, r"record 2, .*control"),
    "surrogates.jsonl": (9, 0, ""),
    "deep-arrays.jsonl": (1, 1, r"record 0, .*(deep|nest|level)"),
    "deep-objects.jsonl.zst": (1, 1, r"record 0, .*(deep|nest|level)"),
    "deep-unclosed.jsonl.zst": (1, 1, r"record 0, .*(deep|nest|level)"),
    "numbers.jsonl": (17, 1, r"record 13, byte \d+"),
    "long-line.jsonl.zst": (2, 0, ""),
    "many-keys.jsonl.zst": (2, 0, ""),
    "hash-flood-ids.jsonl.zst": (20000, 0, ""),
    "utf16le.jsonl": (0, 1, "UTF-16"),
    "empty.jsonl": (0, 0, ""),
    "empty.jsonl.zst": (0, 0, ""),
    "empty.json.gz": (0, 0, ""),
    "empty-frame.jsonl.zst": (0, 0, ""),
    "truncated.jsonl.zst": (840, 1, "truncated"),
    "truncated-header.jsonl.zst": (0, 1, "truncated"),
    "truncated-multi.jsonl.zst": (1240, 1, "frame 10.*truncated"),
    "flipped.jsonl.zst": (840, 1, "corrupt|damaged"),
    "flipped-nocheck.jsonl.zst": (None, 1, r"record \d+|corrupt|damaged"),
    "flipped-multi.jsonl.zst": (range(1100, 2001), 1, "frame 8"),
    "flipped-silent.jsonl.zst": (range(1990, 2001), (0, 1), ""),
    "bad-checksum.jsonl.zst": (2000, 1, "checksum"),
    "trailing-garbage.jsonl.zst": (2000, 1, "are no frame, from byte 118656"),
    "zero-padding.jsonl.zst": (2000, (0, 1), ""),
    "skippable.jsonl.zst": (2001, 0, ""),
    "skippable-lie.jsonl.zst": (2000, 1, "claims 4294967295 bytes, 1 are left"),
    "size-lie.jsonl.zst": (range(0, 2001), 1, "corrupt|size|damaged"),
    "big-window.jsonl.zst": (0, 1, r"window of 2147483648.*\n?.*limit"),
    "bomb-zeros-4g.jsonl.zst": (0, 1, "limit"),
    "bomb-line-1g.jsonl.zst": (1, 1, r"record 0.*over the limit of 67108864"),
    "bomb-13m-docs.jsonl.zst": (None, (0, 1), ""),
    "bomb-zeros-1g.json.gz": (0, 1, "limit"),
    "truncated.json.gz": (1040, 1, "truncated.*byte 59069"),
    "bad-crc.json.gz": (2000, 1, "data check|CRC"),
    "flipped.json.gz": (range(1, 2001), 1, "data check|damaged|invalid"),
    "multi-member.json.gz": (130, 1, "record 130, byte 60000"),  # its last line is cut
    "gz-named-zst.jsonl.zst": (2000, 0, ""),
    "plain-named-zst.jsonl.zst": (8, 1, "record 8, byte 4000"),  # its last line is cut
    "zst-named-jsonl.jsonl": (2000, 0, ""),
    "zst-in-zst.jsonl.zst": (0, 1, "itself zstd"),
    "not-a-shard.parquet.zst": (0, 1, "itself Parquet"),
}
# Shards of strings: each is a text.
BARE = ("y_string_space.json", "y_structure_lonely_string.json",
        "y_structure_string_empty.json")
SLOW = ("bomb-zeros-4g.jsonl.zst", "bomb-line-1g.jsonl.zst", "bomb-13m-docs.jsonl.zst",
        "bomb-zeros-1g.json.gz")
# Every text of these is shown, by each way there is to show one.
SHOWN = ("naughty-strings.jsonl", "utf8-stress.jsonl", "terminal-escapes.jsonl",
         "terminal-escapes-raw.jsonl", "terminal-escapes-fields.jsonl", "unicode.jsonl",
         "surrogates.jsonl", "nul.jsonl", "wrong-types.jsonl", "duplicate-keys.jsonl",
         "numbers.jsonl", "missing-fields.jsonl", "long-line.jsonl.zst")
# Exported and applied: what was not edited keeps its bytes.
KEPT = ("numbers.jsonl", "surrogates.jsonl", "duplicate-keys.jsonl", "utf8-stress.jsonl",
        "nul.jsonl", "crlf.jsonl", "no-final-newline.jsonl", "unicode.jsonl", "bom.jsonl",
        "blank-lines.jsonl", "terminal-escapes-fields.jsonl", "non-object-lines.jsonl",
        "wrong-types.jsonl", "duplicate-ids.jsonl")


class Collection:
    def __init__(self, options, hostile):
        self.options = options
        self.hostile = hostile
        self.rng = random.Random(options.seed)
        self.tap = Tap()
        self.sanitized = has_sanitizer()
        # Shadow memory and quarantine are not the program's.
        self.program = Program(600 if options.long else 60,
                               MEMORY_MAX if not self.sanitized else 4 << 30)
        self.folder = tempfile.mkdtemp(prefix="stet-hostile-")
        self.good = corpus.make(os.path.join(self.folder, "good"), 2, GOOD, options.seed)
        self.number = 0

    def workspace(self, *names):
        """A new workspace with the good shards and copies of these."""
        self.number += 1
        place = os.path.join(self.folder, "w%d" % self.number)
        os.mkdir(place)
        shards = []
        for path in self.good + [os.path.join(self.hostile, name) for name in names]:
            shutil.copy(path, place)
            shards.append(os.path.join(place, os.path.basename(path)))
        return place, shards

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def index(self, place, shards, status):
        return self.program.expect(status, "index", "-C", place, "--memory", "256M",
                                   *shards)

    def status_of(self, place):
        """Documents, rejected and damaged by shard name."""
        out = self.program.expect(0, "index", "-C", place, "--status", "--json").text
        found = {}
        for line in out.splitlines():
            try:
                shard = json.loads(line)
                found[os.path.basename(shard["shard"])] = shard
            except (ValueError, KeyError):
                self.program.problems.append("status: not JSON: " + line)
        return found

    def check_good(self, place):
        for number in range(len(self.good)):
            out = self.program.expect(0, "search", "-C", place, "--count",
                                      "shard%d" % number).text
            if out.strip() != str(GOOD):
                self.program.problems.append("good shard %d: %s documents found"
                                             % (number, out.strip()))

    def check_index(self, name, place, result, promise):
        documents, _, message = promise
        lines = result.message.splitlines()
        if not re.search(message, result.message, re.S if len(lines) > 1 else 0):
            self.program.problems.append("stderr lacks /%s/: %s"
                                         % (message, result.message[-400:]))
        if len(lines) > MESSAGES_MAX:
            self.program.problems.append("%d lines of messages" % len(lines))
        if name not in result.message and message:
            self.program.problems.append("no message names the file")
        shard = self.status_of(place).get(name)
        count = shard["documents"] if shard else 0
        if documents is not None and (count not in documents if isinstance(documents, range)
                                      else count != documents):
            self.program.problems.append("%d documents, not %s" % (count, documents))
        return count

    def show_everything(self, name, place, shard):
        """Each document through every command that prints data."""
        refs = self.program.expect(0, "search", "-C", place, "-n", "0", "--refs",
                                   "shard:*%s" % name).text.split("\n")[:-1]
        self.program.expect(0, "search", "-C", place, "-n", "0", "shard:*%s" % name)
        self.program.expect(0, "search", "-C", place, "-n", "0", "--json", "shard:*%s" % name)
        self.program.run("index", "--explain", "-C", place, shard)
        lines = self.lines(shard)
        if not self.options.long and len(refs) > 3:
            refs = self.rng.sample(refs, 3)
        for ref in refs[:MANY_SHOWN]:
            number = int(ref.rpartition(":")[2])
            self.program.expect(0, "show", "-C", place, ref)
            raw = self.program.expect(0, "show", "-C", place, "--raw", ref, raw=True).out
            shown = self.program.expect(0, "show", "-C", place, "--json", ref).text
            if lines is not None:
                self.check_document(ref, lines[number], raw, shown)
        if refs and (self.options.long or name.startswith("terminal-escapes")):
            self.annotate(place, refs[0])

    @staticmethod
    def lines(shard):
        if not shard.endswith((".json", ".jsonl", ".txt")):
            return None
        with open(shard, "rb") as data:
            return data.read().split(b"\n")

    def check_document(self, ref, line, raw, shown):
        line = line[3:] if line.startswith(b"\xef\xbb\xbf") else line
        if raw != line.rstrip(b"\r") + b"\n":
            self.program.problems.append("show --raw %s: other bytes" % ref)
        try:
            wanted = json.loads(line.decode("utf-8", "replace"))["text"]
            got = json.loads(shown)["text"]
        except (ValueError, KeyError) as error:
            self.program.problems.append("show --json %s: %s" % (ref, error))
            return
        fold = "".join(got)
        if isinstance(wanted, str) and \
                wanted.encode("utf-8", "surrogatepass") != fold.encode("utf-8", "surrogatepass") \
                and "\ufffd" not in wanted:
            self.program.problems.append("show --json %s: %r, not %r" % (ref, got, wanted))

    def annotate(self, place, ref):
        """Hostile words as verdict, tag, note and query, then the listings."""
        words = "\x1b]0;x\x07\x9b2J\u202e\u2028"
        self.program.expect(0, "tag", "-C", place, "+topic", ref)
        self.program.run("tag", "-C", place, "+" + words, ref)
        self.program.expect(0, "note", "-C", place, words, ref)
        self.program.run("verdict", "-C", place, words, ref)
        self.program.run("search", "-C", place, words)
        self.program.run("search", "-C", place, '"' + words)
        self.program.run("search", "-C", place, words + ":1..")
        self.program.run("show", "-C", place, "id:" + words)
        self.program.run(words)
        self.program.expect(0, "log", "-C", place)
        self.program.expect(0, "log", "-C", place, "--json")
        self.program.expect(0, "stats", "-C", place)
        self.program.expect(0, "stats", "-C", place, "--json")
        self.program.expect(0, "search", "-C", place, "-n", "0", "tag:topic")
        self.program.expect(0, "check", "-C", place)

    def one(self, name, promise):
        place, shards = self.workspace(name)
        result = self.index(place, shards, promise[1])
        count = self.check_index(name, place, result, promise)
        self.check_good(place)
        if name in SHOWN:
            self.show_everything(name, place, shards[-1])
        self.program.expect((0, 65), "check", "-C", place)
        self.tap.check(self.program.take(), "%s: %d documents" % (name, count))
        shutil.rmtree(place)

    def suite(self, names):
        """The JSON test suite as shards, all at once; the same answer twice."""
        answers = []
        for _ in range(2):
            place, shards = self.workspace(*names)
            result = self.index(place, shards, 1)
            found = self.status_of(place)
            documents = sum(found[os.path.basename(name)]["documents"]
                            for name in names if os.path.basename(name) in found)
            if documents != sum(os.path.basename(name) in BARE for name in names):
                self.program.problems.append("%d documents" % documents)
            answers.append(sorted(line.replace(place, "")
                                  for line in result.message.splitlines()
                                  if "writing about" not in line and "% " not in line))
            self.check_good(place)
            shutil.rmtree(place)
        if answers[0] != answers[1]:
            self.program.problems.append("the answer differs:\n%s\n%s"
                                         % (set(answers[0]) - set(answers[1]),
                                            set(answers[1]) - set(answers[0])))
        for name in names:
            base = os.path.basename(name)
            size = os.path.getsize(os.path.join(self.hostile, name))
            if base[0] in "ny" and base not in BARE and size > 3 and not any(base in line for line in answers[0]):
                self.program.problems.append(base + ": nothing is said of it")
        self.tap.check(self.program.take(), "the JSON test suite as %d shards" % len(names))

    def suite_alone(self, name):
        answers = []
        for _ in range(2):
            place, shards = self.workspace(name)
            result = self.index(place, shards, (0, 1))
            base = os.path.basename(name)
            documents = self.status_of(place).get(base, {"documents": 0})["documents"]
            if documents != (base in BARE):
                self.program.problems.append("%d documents" % documents)
            # The JSON error's place; but a text, a number is no JSON error.
            if base[:2] == "n_" and os.path.getsize(shards[-1]) > 3 and \
                    not re.search(r"(line|record) \d+, byte \d+:|first byte|UTF-16",
                                  result.message):
                self.program.problems.append("no place: " + result.message)
            lines = self.lines(shards[-1]) if base[:2] == "y_" else None
            if lines and not lines[1:2] and re.search(r"line 1, byte", result.message):
                self.program.problems.append("a JSON error: " + result.message)
            answers.append((result.status, result.out.count(b"\n"), [
                line for line in result.message.replace(place, "").splitlines()
                if "writing about" not in line and "% " not in line]))
            self.check_good(place)
            shutil.rmtree(place)
        if answers[0] != answers[1]:
            self.program.problems.append("the answer differs: %r %r" % tuple(answers))
        self.tap.check(self.program.take(), name)

    def specials(self):
        """What some files' promises say beside documents and messages."""
        place, shards = self.workspace("nul.jsonl", "surrogates.jsonl", "duplicate-ids.jsonl",
                                       "duplicate-ids-2.jsonl", "skippable.jsonl.zst",
                                       "bom.jsonl", "duplicate-keys.jsonl")
        program = self.program
        result = self.index(place, shards, 1)
        if "share source and id" not in result.text:
            program.problems.append("no count of duplicate ids: " + result.text)

        def count(query, wanted):
            got = program.expect(0, "search", "-C", place, "--count", query).text.strip()
            if got != str(wanted):
                program.problems.append("%s finds %s, not %s" % (query, got, wanted))

        count("before after", 1)
        count("id:last", 1)
        count("id:davidson-00000", 2)  # bom.jsonl's and skippable's
        count("second", 1)
        count("id:b", 1)
        count("id:a", 0)
        count("\U0001f600", 1)
        count("id:same", 6)
        emoji = program.expect(0, "show", "-C", place, "--json", "id:pair").text
        if not json.loads(emoji or '{"text":""}')["text"].startswith("\U0001f600"):
            program.problems.append("the pair is not U+1F600: " + emoji)
        # One id, several documents: never the wrong one.
        if program.run("tag", "-C", place, "+wrong", "id:same").status == 0:
            program.problems.append("an ambiguous id was taken")
        program.expect(0, "tag", "-C", place, "+right", "at:duplicate-ids.jsonl:2")
        found = program.expect(0, "search", "-C", place, "-n", "0", "--json", "tag:right").text
        if "text number 2" not in found or found.count("\n") != 1:
            program.problems.append("tag:right finds " + found)
        self.tap.check(program.take(), "nothing is cut at NUL, ids stay apart")
        shutil.rmtree(place)

    def nothing_good(self):
        """Without one readable shard there is no index to be had."""
        for name in ("not-a-shard.parquet.zst", "utf16le.jsonl", "big-window.jsonl.zst"):
            place, shards = self.workspace(name)
            self.index(place, shards[-1:], 65)
        self.tap.check(self.program.take(), "only bad shards: exit 65")

    def swapped(self):
        """Other bytes under an unchanged size and time: the hash tells."""
        for container in ("plain", "zstd", "zstd-frames"):
            self.swap(container)

    def swap(self, container):
        program = self.program
        place, shards = self.workspace()
        texts = ["number %d of the quiet documents" % i for i in range(400)]
        right = b"".join(json.dumps({"id": "s%d" % i, "text": text}).encode() + b"\n"
                         for i, text in enumerate(texts))
        wrong = right.replace(b"number 200 of", b"number 299 of")
        path = os.path.join(place, "swapped.jsonl" + ("" if container == "plain" else ".zst"))
        write_same_size(path, container, right, wrong)
        self.index(place, shards + [path], 0)
        stat = os.stat(path)
        os.replace(path + ".wrong", path)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        if os.stat(path).st_size != stat.st_size:
            program.problems.append("the test's own files differ in size")
        found = program.expect(65, "check", "-C", place, "--full")
        if "swapped" not in found.text + found.message:
            program.problems.append("check --full does not name the shard: " + found.text)
        shown = program.run("show", "-C", place, "id:s200")
        if "299" in shown.text:
            program.problems.append("show shows the other text")
        if container == "plain" and shown.status == 0:
            program.problems.append("show does not notice: " + shown.text)
        program.expect(0, "search", "-C", place, "-n", "0", "quiet documents")
        self.check_good(place)
        self.tap.check(program.take(), "swapped %s shard of the same size and time is noticed"
                       % container)
        shutil.rmtree(place)

    def kept(self, name):
        """Tag one good document, export, apply: the others keep their bytes."""
        program = self.program
        place, shards = self.workspace(name)
        self.index(place, shards, (0, 1))
        refs = program.expect(0, "search", "-C", place, "-n", "0", "--refs",
                              "shard:*%s" % name).text.split("\n")[:-1]
        if not refs:
            self.tap.check(["no document of it was indexed"], name + ": kept")
            return
        ref = refs[-1]
        number = int(ref.rpartition(":")[2])
        patch, out = os.path.join(place, "p.stet.jsonl"), os.path.join(place, "out")
        program.expect(0, "tag", "-C", place, "+topic", ref)
        program.expect(0, "export", "-C", place, "-o", patch)
        program.expect(0, "verify", patch, shards[-1])
        program.expect(0, "apply", "--to", out, patch, shards[-1])
        after = [os.path.join(folder, name) for folder, _, files in os.walk(out)
                 if name in files]
        if after:
            with open(shards[-1], "rb") as old, open(after[0], "rb") as new:
                old, new = old.read().split(b"\n"), new.read().split(b"\n")
            differ = [i for i in range(max(len(old), len(new)))
                      if old[i:i + 1] != new[i:i + 1]]
            if differ != [number]:
                program.problems.append("lines that differ: %s, not %d" % (differ[:9], number))
            elif b'"topic"' not in new[number]:
                program.problems.append("the tag is missing: %r" % new[number])
        else:
            program.problems.append("no output")
        again = program.expect(0, "verify", patch, *after) if after else None
        if again and "already" not in again.text:
            program.problems.append("not seen as applied: " + again.text)
        self.tap.check(program.take(), name + ": unedited records keep their bytes")
        shutil.rmtree(place)

    def run(self):
        names = []
        with open(os.path.join(self.hostile, "MANIFEST.tsv"), newline="") as manifest:
            for row in csv.reader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE):
                names.append(row[0])
        names = [name for name in names[1:] if not self.options.only
                 or self.options.only in name]
        suite = [name for name in names if name.startswith("jsontestsuite/")]
        started = time.monotonic()
        for name in names:
            if name in suite:
                continue
            if name not in PROMISES:
                self.tap.check(["no promise is written down"], name)
            elif name in SLOW and not self.options.long:
                self.tap.skip(name, "a bomb: --long")
            else:
                self.one(name, PROMISES[name])
        if suite:
            self.suite(suite)
        if self.options.long:
            for name in suite:
                self.suite_alone(name)
        if not self.options.only:
            self.specials()
            self.nothing_good()
            self.swapped()
        for name in KEPT:
            if name in names:
                self.kept(name)
        print("# %d files, %d runs, %.0f s, at most %d MiB%s" % (
            len(names), self.program.runs, time.monotonic() - started,
            self.program.peak >> 20, " (with sanitizers)" if self.sanitized else ""))
        return self.tap.end()


def write_same_size(path, container, right, wrong):
    """`path` and `path`.wrong: the same size, both readable, other content."""
    for name, data in ((path, right), (path + ".wrong", wrong)):
        step = 4096 if container == "zstd-frames" else len(data)
        with open(name, "wb") as out:
            # Stored, not compressed: a changed byte keeps the size.
            out.write(data if container == "plain" else
                      b"".join(stored_frame(data[at:at + step])
                               for at in range(0, len(data), step)))


def stored_frame(data):
    """A zstd frame of one or more raw blocks, without checksum."""
    out = [b"\x28\xb5\x2f\xfd", b"\x00", b"\x58"]  # window of 2 MiB
    for at in range(0, len(data), 65536):
        block = data[at:at + 65536]
        last = at + 65536 >= len(data)
        out.append((len(block) << 3 | last).to_bytes(3, "little") + block)
    return b"".join(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--seed", type=int, default=20261123)
    options = parser.parse_args()
    hostile = os.path.join(os.environ.get("STET_TEST_DATA", ""), "hostile")
    if not os.path.exists(os.path.join(hostile, "MANIFEST.tsv")):
        print("1..0 # SKIP the test data were not found: set STET_TEST_DATA")
        return 0
    if not os.path.exists(STET):
        print("Bail out! %s was not found" % STET)
        return 1
    print("# seed %d" % options.seed)
    collection = Collection(options, hostile)
    try:
        return collection.run()
    finally:
        collection.close()


if __name__ == "__main__":
    sys.exit(main())
