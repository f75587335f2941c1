"""The round trip, checked without any of the program's own code: decisions by
the command line, export, apply; then Python's json and gzip and the zstd tool
say whether exactly the decided documents changed, in exactly that way.

The quick form makes its shards; with STET_TEST_DATA there is a second round
over real ones (--quick leaves it out).
"""
import argparse
import collections
import gzip
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from program import STET, Tap  # noqa: E402
from schema import Schema  # noqa: E402

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
sys.path.insert(0, DOCS)
sys.dont_write_bytecode = True
import patch_consumer as consumer  # noqa: E402

REWRITES = ["plain", 'quotes " and \\ and /', "lines\nand\r\nmore\n\n", "emoji \U0001f600\u200d\U0001f525",
            "nul \0 inside", "{} $& {0} %s", "\u2028 and \x7f and \x1b[31m", "\u4e2d\u6587\u3001\u65e5\u672c\u8a9e"]
MARK = "[REDACTED]"


class Shard:
    """One file's lines, and the records among them."""

    def __init__(self, root, name):
        self.name = name
        self.path = os.path.join(root, name)
        data = decompress(self.path)
        self.bom = data[:3] if data.startswith(b"\xef\xbb\xbf") else b""
        self.lines = split(data[len(self.bom):])
        self.records = []
        for line in self.lines:
            try:
                record = json.loads(line.decode("utf-8", "surrogatepass"))
            except ValueError:
                record = None
            usable = isinstance(record, dict) and isinstance(record.get("text"), str)
            self.records.append(record if usable else None)


def container(path):
    with open(path, "rb") as file:
        magic = file.read(4)
    return {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}.get(magic[:2], "plain")


def decompress(path):
    kind = container(path)
    if kind == "gzip":
        with gzip.open(path, "rb") as file:
            return file.read()
    if kind == "zstd":
        return subprocess.run(["zstd", "-q", "-d", "-c", path], check=True,
                              stdout=subprocess.PIPE).stdout
    with open(path, "rb") as file:
        return file.read()


def split(data):
    """Lines with their ends; a lone CR ends none."""
    return [line for line in re.split(rb"(?<=\n)", data) if line]


def zstd(data, *options):
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, check=True,
                          stdout=subprocess.PIPE).stdout


def write(path, data, kind):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if kind == "gzip":
        data = gzip.compress(data, 6)
    elif kind == "members":
        parts = [data[at:at + 5000] for at in range(0, len(data), 5000)]
        data = b"".join(gzip.compress(part, 6) for part in parts)
    elif kind == "zstd":
        data = zstd(data)
    elif kind == "frames":  # cut anywhere, a checksum on every second one
        parts = [data[at:at + 7000] for at in range(0, len(data), 7000)]
        data = b"".join(zstd(part, "--check" if i % 2 else "--no-check")
                        for i, part in enumerate(parts))
    elif kind == "bare":
        data = zstd(data, "--no-check")
    with open(path, "wb") as file:
        file.write(data)


def synthetic(root, seed):
    """Shards of every container, with texts in several scripts."""
    rng = random.Random(seed)
    words = ["stone", "river", "caf\u00e9", "\u77f3", "\u5ddd\u6d41", "\U0001f600", "\u0e19\u0e49\u0e33",
             "a\u0301", "\\", '"', "{}", "\t", "\U0001f468\u200d\U0001f469"]
    names = []
    for number, kind in enumerate(["plain", "gzip", "members", "zstd", "frames", "bare"]):
        lines = []
        for i in range(120):
            text = " ".join(rng.choice(words) for _ in range(rng.randrange(5, 120)))
            record = {"id": "%d-%d" % (number, i) if i % 3 else number * 1000 + i,
                      "source": "s%d" % (i % 2), "big": 12345678901234567890123,
                      "text": text + (" tagme" if i % 3 == 0 else "")}
            if i % 4:
                record["metadata"] = {"n": i, "x": {}} if i % 8 else '{"n":1}'
            line = json.dumps(record, ensure_ascii=bool(i % 2),
                              separators=(", ", ": ") if i % 5 else (",", ":"))
            lines.append(line.encode() + (b"\r\n" if number == 1 else b"\n"))
        if number == 0:
            lines[7:7] = [b"\n", b"not json\n"]
            lines[-1] = lines[-1].rstrip(b"\n")
            lines[0] = b"\xef\xbb\xbf" + lines[0]
        name = "part/%d-%s" % (number, kind)
        write(os.path.join(root, name), b"".join(lines), kind)
        names.append(name)
    return names


class Round:
    def __init__(self, tap, work, root, names, seed):
        self.tap = tap
        self.work = work
        self.root = root
        self.rng = random.Random(seed)
        self.shards = [Shard(root, name) for name in names]
        self.expected = {}  # (shard number, line): record or None (dropped)
        self.tagged = set()
        self.added = []

    def stet(self, *words, stdin=None, status=0):
        done = subprocess.run([STET, *words], input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.root)
        if done.returncode != status:
            raise AssertionError("%r: %d, not %d: %s" % (words, done.returncode, status,
                                 (done.stdout + done.stderr).decode("utf-8", "replace")[-500:]))
        return done.stdout.decode("utf-8", "replace")

    def paths(self, root=None):
        return [os.path.join(root or self.root, shard.name) for shard in self.shards]

    def ref(self, place):
        return "at:%s:%d" % (self.shards[place[0]].name, place[1])

    def record(self, place):
        return self.shards[place[0]].records[place[1]]

    def line(self, place):
        return self.shards[place[0]].lines[place[1]]

    def places(self):
        return [(number, at) for number, shard in enumerate(self.shards)
                for at, record in enumerate(shard.records) if record]

    def same(self, place):
        """All places of a document: equal in source, id and text."""
        return self.twins[self.key(self.record(place))]

    @staticmethod
    def key(record):
        return (record.get("source"), json.dumps(record.get("id")), record["text"])

    def decide(self, query, is_tagged, counts):
        self.twins = collections.defaultdict(list)
        for place in self.places():
            self.twins[self.key(self.record(place))].append(place)
        self.stet("tag", "+round/trip", "--query", query)
        for place in self.places():
            if is_tagged(self.shards[place[0]].name, self.record(place)):
                self.tagged.update(self.same(place))
        every = [p for p in self.places() if len(self.same(p)) == 1]
        cjk = [p for p in every if re.search("[\u3040-\u9fff\U0001f300-\U0001faff]",
                                             self.record(p)["text"])]
        self.rng.shuffle(every)
        self.rng.shuffle(cjk)
        # Of each container some; the first and the last record of a shard too.
        ends = [(number, at) for number, shard in enumerate(self.shards)
                for at in (0, len(shard.records) - 1) if (number, at) in set(every)]
        dropped = list(dict.fromkeys(ends[:6] + self.spread(every)))[:counts["drop"]]
        rewritten = [p for p in self.spread(every) if p not in set(dropped)][:counts["rewrite"]]
        taken = set(dropped) | set(rewritten)
        redacted = [p for p in cjk if p not in taken and len(self.record(p)["text"]) >= 8]
        self.rewrite(rewritten)
        self.redact(redacted[:counts["redact"] // 2])
        self.stet("drop", "--batch", "-", stdin="".join(
            self.ref(p) + "\n" for p in dropped).encode())
        for place in dropped:
            self.expected[place] = None
        for number in range(counts["add"]):
            text = REWRITES[number] + " added"
            path = os.path.join(self.work, "add")
            with open(path, "wb") as file:
                file.write(text.encode("utf-8", "surrogatepass"))
            self.stet("add", "--from", path)
            self.added.append(text)
        self.patch = os.path.join(self.work, "set.stet.jsonl")
        self.stet("export", "--yes", "-o", self.patch)
        with open(self.patch, "rb") as file:
            header = json.loads(file.readline())
        self.id = header["id"]

    def spread(self, places):
        """The same places, going round the shards."""
        by_shard = collections.defaultdict(list)
        for place in places:
            by_shard[place[0]].append(place)
        rounds = max((len(group) for group in by_shard.values()), default=0)
        return [group[i] for i in range(rounds) for group in by_shard.values()
                if i < len(group)]

    def new_record(self, place):
        if place not in self.expected:
            self.expected[place] = json.loads(json.dumps(self.record(place)))
        return self.expected[place]

    def rewrite(self, places):
        for number, place in enumerate(places):
            text = REWRITES[number % len(REWRITES)] + " %d" % number
            path = os.path.join(self.work, "rewrite")
            with open(path, "wb") as file:
                file.write(text.encode())
            self.stet("rewrite", "--from", path, self.ref(place))
            self.new_record(place)["text"] = text

    def redact(self, places):
        """Two spans a document, apart from each other."""
        batch = []
        for place in places:
            text = self.record(place)["text"]
            cuts = sorted(self.rng.sample(range(len(text) + 1), 4))
            if cuts[0] == cuts[1] or cuts[2] == cuts[3]:
                cuts = [0, 1, len(text) - 1, len(text)]
            a, b, c, d = cuts
            batch += ["%d:%d\t%s\n" % (x, y, self.ref(place)) for x, y in ((c, d), (a, b))]
            self.new_record(place)["text"] = text[:a] + MARK + text[b:c] + MARK + text[d:]
        self.stet("redact", "--batch", "-", stdin="".join(batch).encode())

    def finish_expected(self):
        for place in self.tagged:
            if self.expected.get(place, 0) is None:
                continue
            record = self.new_record(place)
            stet = {"tags": ["round/trip"], "patch": self.id}
            home = record["metadata"] if isinstance(record.get("metadata"), dict) else record
            home["stet"] = stet

    def check_line(self, place, old, new):
        """What is wrong with one record, or None."""
        if place not in self.expected:
            return None if new == old else "an undecided record changed"
        try:
            record = json.loads(new.decode("utf-8", "surrogatepass"))
        except ValueError as error:
            return str(error)
        want = self.expected[place]
        if record != want or list(record) != list(want):
            return "not as decided: %r" % new[:200]
        if line_end(old) != line_end(new):
            return "another line end"
        if mask(old) != mask(new):
            return "bytes changed that were not edited"
        return None

    def check_output(self, out):
        """The shards of an output folder against what must be."""
        problems = []
        self.after = []
        for number, shard in enumerate(self.shards):
            path = os.path.join(out, shard.name)
            if not os.path.exists(path):
                problems.append("%s is missing" % shard.name)
                continue
            if container(path) != container(shard.path):
                problems.append("%s: another container" % shard.name)
            data = decompress(path)
            if not data.startswith(shard.bom):
                problems.append("%s: no byte order mark" % shard.name)
            got = split(data[len(shard.bom):])
            kept = [at for at in range(len(shard.lines))
                    if self.expected.get((number, at), 0) is not None]
            if len(got) != len(kept):
                problems.append("%s: %d lines, not %d" % (shard.name, len(got), len(kept)))
                continue
            for at, new in zip(kept, got):
                wrong = self.check_line((number, at), shard.lines[at], new)
                if wrong:
                    problems.append("%s:%d: %s" % (shard.name, at, wrong))
            self.after += [line.strip(b"\r\n") for line in got]
        return problems

    def check_added(self, out):
        path = os.path.join(out, "added", self.id + ".jsonl.zst")
        records = [json.loads(line) for line in decompress(path).splitlines()]
        texts = sorted(record["text"] for record in records)
        problems = [] if texts == sorted(self.added) else ["texts: %r" % texts]
        problems += ["id: %r" % record for record in records
                     if not record["id"].startswith("stet:")]
        return problems

    def apply(self, out, root=None, shards=None, status=0):
        root = root or self.root
        return self.stet("apply", "--all", "--root", root, "--to", out, self.patch,
                         *(shards or self.paths(root)), status=status)

    def run(self):
        check = self.tap.check
        out = os.path.join(self.work, "out")
        self.finish_expected()
        before = tree_hash(self.root)
        self.check_format()
        text = self.stet("verify", "-q", self.patch, *self.paths())
        check([] if " 0 conflict" in text else [text], "verify foresees no conflict")
        self.apply(out)
        check(self.check_output(out)[:20],
              "%d of %d records changed as decided, the others not at all" % (
                  len(self.expected), len(self.places())))
        check(self.check_added(out), "%d documents added" % len(self.added))
        self.check_siblings(out)
        self.check_again(out)
        self.check_filter(out)
        check([] if tree_hash(self.root) == before else ["they differ"],
              "the shards are as before")
        self.check_changed()
        self.check_shuffled()

    def check_format(self):
        """Every line is of the documented form; the documented consumer makes
        the same records."""
        schema = Schema(os.path.join(DOCS, "patch-schema.json"))
        with open(self.patch, "rb") as file:
            lines = [json.loads(line) for line in file]
        problems = ["line %d: %s" % (number, error) for number, line in enumerate(lines)
                    for error in schema.errors(line)][:10]
        for bad in ({}, {"end": {}}, dict(lines[1], guard={}), dict(lines[0], version=2)):
            if not schema.errors(bad):
                problems.append("the schema takes %r" % bad)
        numbers = {shard.name: number for number, shard in enumerate(self.shards)}
        header, rest = consumer.load(self.patch)
        decided = 0
        for patch in rest:
            if "add" in patch:
                continue
            place = numbers[patch["target"]["shard"]], patch["target"]["record"]
            shard = next(s for s in header["shards"] if s["path"] == patch["target"]["shard"])
            line = self.line(place)
            new = consumer.new_record(header, header["mappings"][shard["mapping"]], patch,
                                      line[:len(line) - len(line_end(line))])
            decided += 1
            if self.expected[place] != (None if new is None else json.loads(new)):
                problems.append("the consumer differs at %s:%d" % (self.shards[place[0]].name,
                                                                  place[1]))
        self.tap.check(problems, "documented form, and a documented consumer of %d patches"
                       % decided)

    def check_siblings(self, out):
        """Dolma's attribute rows follow their documents."""
        problems, seen = [], 0
        for number, shard in enumerate(self.shards):
            top, _, tail = shard.name.rpartition("/documents/")
            folder = os.path.join(self.root, top, "attributes")
            for name in sorted(os.listdir(folder)) if tail and os.path.isdir(folder) else ():
                path = os.path.join(top, "attributes", name, tail)
                if not os.path.exists(os.path.join(self.root, path)):
                    continue
                seen += 1
                old = split(decompress(os.path.join(self.root, path)))
                want = []
                for at, row in enumerate(old):
                    record = self.expected.get((number, at), 0)
                    if record and record["text"] != shard.records[at]["text"]:
                        row = dict(json.loads(row), attributes={})
                    if record is not None:
                        want.append(row)
                got = split(decompress(os.path.join(out, path)))
                got = [json.loads(new) if isinstance(row, dict) else new
                       for row, new in zip(want, got)] + got[len(want):]
                if got != want:
                    problems.append(path)
        if seen:
            self.tap.check(problems, "%d attribute shards follow" % seen)

    def check_again(self, out):
        hashes = tree_hash(out)
        text = self.apply(out)
        problems = [] if "already applied" in text else [text]
        if tree_hash(out) != hashes:
            problems.append("the output changed")
        again = os.path.join(self.work, "again")
        added = os.path.join(out, "added", self.id + ".jsonl.zst")
        self.apply(again, out, self.paths(out) + [added])
        problems += ["%s changed" % shard.name for shard in self.shards
                     if file_hash(os.path.join(out, shard.name)) !=
                     file_hash(os.path.join(again, shard.name))]
        self.tap.check(problems, "a second apply changes nothing")

    def check_filter(self, out):
        problems = []
        for shard in self.shards[:3]:
            with open(shard.path, "rb") as file:
                done = subprocess.run([STET, "apply", "-q", self.patch, "-"], stdin=file,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            path = os.path.join(self.work, "filtered")
            with open(path, "wb") as file:
                file.write(done.stdout)
            if done.returncode or decompress(path) != decompress(os.path.join(out, shard.name)):
                problems.append("%s: %d %r" % (shard.name, done.returncode, done.stderr[:200]))
        self.tap.check(problems, "a filter gives the same")

    def check_changed(self):
        """One byte of a decided text changed: nothing may be written."""
        problems = []
        chosen = {}
        for place in sorted(self.expected):
            text = self.record(place)["text"]
            if text and container(self.shards[place[0]].path) not in chosen:
                chosen[container(self.shards[place[0]].path)] = place
        for kind, place in sorted(chosen.items()):
            copy = os.path.join(self.work, "changed-" + kind)
            out = os.path.join(self.work, "none-" + kind)
            shutil.copytree(self.root, copy, ignore=shutil.ignore_patterns(".stet"))
            shard = self.shards[place[0]]
            record = json.loads(self.line(place).decode("utf-8", "surrogatepass"))
            old = record["text"]
            record["text"] = ("y" if old[0] == "x" else "x") + old[1:]
            lines = list(shard.lines)
            lines[place[1]] = json.dumps(record).encode() + line_end(lines[place[1]])
            write(os.path.join(copy, shard.name), b"".join(lines), kind)
            self.apply(out, copy, status=65)
            if os.path.exists(out) or any(".partial-" in name for name in os.listdir(self.work)):
                problems.append("%s: something was written" % kind)
            if not os.path.getsize(out + ".conflicts.jsonl"):
                problems.append("%s: no conflict is listed" % kind)
            text = self.stet("verify", "-q", self.patch, *self.paths(copy), status=65)
            shutil.rmtree(copy)
        self.tap.check(problems, "one byte of a decided text changed: refused (%s)"
                       % ", ".join(sorted(chosen)))

    def check_shuffled(self):
        lines = [line.strip(b"\r\n") for shard in self.shards for line in shard.lines]
        self.rng.shuffle(lines)
        root = os.path.join(self.work, "shuffled")
        out = os.path.join(self.work, "shuffled-out")
        names = []
        for number, kind in enumerate(["frames", "plain", "gzip", "zstd", "members"]):
            part = lines[number::5]
            names.append("new-%d" % number)
            write(os.path.join(root, names[-1]), b"\n".join(part) + b"\n", kind if
                  sum(map(len, part)) < 1 << 20 else kind.replace("frames", "bare").replace(
                      "members", "gzip"))
        self.apply(out, root, [os.path.join(root, name) for name in names])
        got = [line for name in names
               for line in decompress(os.path.join(out, name)).split(b"\n")[:-1]]
        want, have = collections.Counter(self.after), collections.Counter(got)
        self.tap.check([repr(line[:200]) for line in list((want - have) + (have - want))[:5]],
                       "a shuffled and re-sharded corpus takes all of it")


def line_end(line):
    return b"\r\n" if line.endswith(b"\r\n") else b"\n" if line.endswith(b"\n") else b""


def mask(line):
    """The record's bytes without its text's value and the stet object."""
    text = line.decode("utf-8", "surrogatepass")
    at = re.compile(r'\s*').match(text).end()
    spans, decoder = [], json.JSONDecoder()

    def walk(at, names):
        at += 1
        while True:
            start = re.compile(r'[\s,]*').match(text, at).end()
            if text[start] == "}":
                return
            key, end = json.decoder.scanstring(text, start + 1)
            value = re.compile(r'\s*:\s*').match(text, end).end()
            _, after = decoder.raw_decode(text, value)
            if key == "text" and not names:
                spans.append((value, after))
            elif key == "stet":
                spans.append((at, after))
            elif key == "metadata" and not names and text[value] == "{":
                walk(value, [key])
            at = after

    walk(at, [])
    out, last = [], 0
    for start, end in sorted(spans):
        out.append(text[last:start])
        last = end
    # A first member has no comma before it.
    return "".join(out) + text[last:]


def file_hash(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def tree_hash(root):
    found = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name != ".stet")
        found += [(os.path.join(folder, name), file_hash(os.path.join(folder, name)))
                  for name in sorted(files)]
    return found


def one_round(tap, work, root, names, options):
    round_ = Round(tap, work, root, names, options["seed"])
    round_.stet("index", "-q", "--yes", *names, status=options["rejected"])
    round_.decide(options["query"], options["is_tagged"], options["counts"])
    round_.run()
    return round_


def real(tap, work, data, seed):
    root = os.path.join(work, "corpus")
    names = []
    for part in ("flagged", "docs"):
        shutil.copytree(os.path.join(data, part), os.path.join(root, part))
        for folder, _, files in sorted(os.walk(os.path.join(root, part))):
            names += [os.path.relpath(os.path.join(folder, name), root)
                      for name in sorted(files) if "/attributes/" not in folder + "/"]
    subprocess.run(["chmod", "-R", "u+w", root], check=True)
    scores = sorted(record["attributes"]["perspective_toxicity"]
                    for record in Shard(root, "flagged/wikitalk-perspective-00000.jsonl.zst").records)
    edge = scores[-1000]
    one_round(tap, work, root, names, {
        "seed": seed, "rejected": 0,
        "query": "perspective_toxicity:%r.." % edge,
        "is_tagged": lambda _, record: (record.get("attributes") or {}).get(
            "perspective_toxicity", -1) >= edge,
        "counts": {"rewrite": 20, "redact": 50, "drop": 30, "add": 5}})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("STET_TEST_SEED", 7)))
    options = parser.parse_args()
    data = os.environ.get("STET_TEST_DATA", "")
    tap = Tap()
    print("# seed %d" % options.seed)
    if not shutil.which("zstd"):
        print("1..0 # SKIP the zstd tool was not found")
        return 0
    os.environ["STET_REVIEWER"] = "ana"
    for name in ("made", "real"):
        work = tempfile.mkdtemp(prefix="stet-round-")
        try:
            if name == "made":
                root = os.path.join(work, "corpus")
                one_round(tap, work, root, synthetic(root, options.seed), {
                    "seed": options.seed, "query": "tagme", "rejected": 1,
                    "is_tagged": lambda _, record: record["text"].endswith("tagme"),
                    "counts": {"rewrite": 8, "redact": 30, "drop": 12, "add": 3}})
            elif options.quick or not os.path.isdir(os.path.join(data, "flagged")):
                tap.skip("real shards", "no test data" if not options.quick else "--quick")
            else:
                real(tap, work, data, options.seed)
        except AssertionError as error:
            tap.check([str(error)], name)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
