"""The whole loop against a model: random corpora, random decisions, export,
apply. What must come out is worked out here from the decisions and the bytes
that went in, and compared byte for byte.

Long form: loop_differential.py --rounds 300 [--seed N]
"""
import argparse
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")
sys.path.insert(0, DOCS)
sys.dont_write_bytecode = True
import loop_corpus as corpus  # noqa: E402
import patch_consumer as consumer  # noqa: E402
from loop_model import (TEXT_OPS, Entry, Wrong, check, edited, find_quote,  # noqa: E402
                        match_record, sorted_edits, standing, stet_object)
from schema import Schema  # noqa: E402

STET = os.path.abspath(os.environ.get("STET") or
                       os.path.join(os.environ.get("builddir", "build"), "stet"))
SHAPES = ["dolma", "dolma", "datatrove", "numbered", "anonymous", "segments", "list", "bare"]
KINDS = ["plain", "gzip", "zstd", "frames", "frames", "seekable"]
REVIEWERS = ["ana", "kim", "lee"]
SCHEMA = Schema(os.path.join(DOCS, "patch-schema.json"))
# Seeds that once failed.
REGRESSIONS = [4, 5, 39, 53]


class Round:
    def __init__(self, seed, folder, size):
        self.rng = random.Random(seed)
        self.ways = random.Random("ways %d" % seed)
        self.folder = folder
        self.size = size
        self.shards = collections.OrderedDict()  # path -> (kind, bom, lines)
        self.refs = {}   # at:… -> Document
        self.places = collections.defaultdict(list)
        self.entries = []
        self.adds = []
        self.frozen = set()
        self.env = dict(os.environ, LC_ALL="C.UTF-8", HOME=folder,
                        ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=1")

    def stet(self, *args, status=0, stdin=None, cwd=None):
        done = subprocess.run([STET, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                              cwd=cwd or self.folder, env=self.env, timeout=120)
        wanted = status if isinstance(status, tuple) else (status,)
        check(done.returncode in wanted, "stet", *args, ": exit", done.returncode, "for", wanted,
              done.stderr.decode("utf-8", "replace")[-3000:], done.stdout[-800:])
        return done

    # corpus

    def make_corpus(self):
        rng = self.rng
        os.makedirs(os.path.join(self.folder, "c/sub"))
        for number in range(rng.randrange(2, 6)):
            shape = rng.choice(SHAPES)
            kind = rng.choice(KINDS)
            bom = rng.random() < 0.2
            path = "c/%s%d-%s" % (rng.choice(["", "sub/"]), number, rng.choice(
                ["a.jsonl", "b.jsonl.gz", "c.zst", "é.x"]))
            lines = corpus.make_shard(rng, shape, rng.randrange(3, self.size))
            self.shards[path] = (kind, bom, lines)
            data = corpus.pack(rng, corpus.plain_bytes(lines, bom), kind)
            with open(os.path.join(self.folder, path), "wb") as file:
                file.write(data)
            for record, document in enumerate(lines):
                if document.text is not None:
                    document.ref = "at:%s:%d" % (path, record)
                    document.shape = shape
                    self.refs[document.ref] = document
                    self.places[document.key].append(document)
        self.stet("index", "-q", "--jobs", "1", "--max-bad", "1000", *self.shards, status=(0, 1))
        seen = self.stet("search", "", "--limit", "0", "--json").stdout.decode().splitlines()
        found = {"at:%s:%d" % (hit["shard"], hit["record"]): hit for hit in map(json.loads, seen)}
        check(sorted(found) == sorted(self.refs), "documents", sorted(set(found) ^ set(self.refs)))
        for ref, document in self.refs.items():
            check((found[ref]["source"], document.key[2]) == (document.source, found[ref]["sha256"]),
                  ref, found[ref], document.key, document.raw)

    # decisions

    def note_uuids(self, done, entries):
        uuids = [json.loads(row)["uuid"] for row in done.stdout.decode().splitlines()]
        check(len(uuids) == len(entries), "uuids", uuids, len(entries))
        for uuid, entry in zip(uuids, entries):
            entry.uuid = uuid
        self.entries += entries

    def pick(self, suits, most=1):
        refs = [ref for ref, d in self.refs.items() if suits(d) and d.key not in self.frozen]
        if not refs:
            return []
        return self.rng.sample(refs, min(len(refs), self.rng.randrange(1, most + 1)))

    def is_bare(self, document):
        """A bare string has no place for tags, nor has what is one item with it."""
        return any(place.shape == "bare" for place in self.places[document.key])

    def span(self, text):
        a, b = sorted((self.rng.randrange(len(text) + 1), self.rng.randrange(len(text) + 1)))
        return (a, min(b, a + 9))

    def who(self):
        return self.rng.choice(self.reviewers)

    def do_list(self):
        """verdict, rate, tag, drop, keep, note, skip, escalate on some documents."""
        rng = self.rng
        op = rng.choice(["verdict", "verdict", "rate", "tag", "tag", "drop", "keep", "note", "skip",
                         "escalate"])
        refs = self.pick(lambda d: op not in ("verdict", "rate", "tag") or not self.is_bare(d), 6)
        if not refs:
            return
        reviewer = self.who()
        if op == "drop":
            refs = refs[:2]
        if op == "escalate":
            refs = refs[:1]
        # Each item once: the list of a bulk action has no doubles.
        keys = list({self.refs[ref].key: None for ref in refs})
        args = []
        if op == "verdict":
            args = [rng.choice(["good", "bad", "unsure"])]
            entries = [Entry(op, keys, reviewer, args[0])]
        elif op == "rate":
            scale, value = rng.choice(["q", "harm"]), rng.choice([0, 3, 0.25, -1])
            args = ["%s=%s" % (scale, value)]
            entries = [Entry(op, keys, reviewer, scale, value)]
        elif op == "tag":
            names = rng.sample(["a", "hate/x", "主題", "b.c"], rng.randrange(1, 3))
            args = [rng.choice("++-") + name for name in names]
            entries = [Entry("tag" if arg[0] == "+" else "untag", keys, reviewer, arg[1:])
                       for arg in args]
        elif op == "note":
            args = [rng.choice(["n", "a \"note\"\n"])]
            entries = [Entry(op, keys, reviewer, None, args[0])]
        else:
            entries = [Entry(op, keys, reviewer)]
        reason = ["--reason", "because {}"] if rng.random() < 0.2 else []
        if rng.random() < 0.5:
            done = self.stet(op, "--reviewer", reviewer, "--json", *reason, *args, *refs)
        else:
            # In a batch the words come from the command line.
            done = self.stet(op, "--reviewer", reviewer, "--json", *reason, *args, "--batch", "-",
                             stdin="".join(ref + "\n" for ref in refs).encode())
        self.note_uuids(done, entries)
        if op == "escalate":
            self.frozen.update(keys)

    def do_query(self):
        rng = self.rng
        query = rng.choice(["alpha", "source:web", "\"stone light\"", "never OR soon", "日本",
                            "len:..10"])
        rows = self.stet("search", query, "--limit", "0", "--json").stdout.decode().splitlines()
        refs = ["at:%s:%d" % (hit["shard"], hit["record"]) for hit in map(json.loads, rows)]
        documents = [self.refs[ref] for ref in refs]
        if not documents or any(self.is_bare(d) or d.key in self.frozen for d in documents):
            return
        keys = list({d.key: None for d in documents})
        reviewer = self.who()
        tag = rng.choice(["q1", "a"])
        done = self.stet("tag", "--reviewer", reviewer, "--json", "+" + tag, "--query", query)
        self.note_uuids(done, [Entry("tag", keys, reviewer, tag)])

    def do_span_tag(self):
        refs = self.pick(lambda d: not self.is_bare(d) and not d.bad_utf8)
        if not refs:
            return
        document = self.refs[refs[0]]
        span = self.span(document.text)
        tag = self.rng.choice(["a", "s"])
        reviewer = self.who()
        done = self.stet("tag", "--reviewer", reviewer, "--json", "--span", "%d:%d" % span,
                         "+" + tag, refs[0], status=(0, 64))
        if done.returncode == 0:
            self.note_uuids(done, [Entry("tag", [document.key], reviewer, tag, None, span)])

    def do_text(self):
        rng = self.rng
        refs = self.pick(lambda d: not d.fixed and not d.bad_utf8)
        if not refs:
            return
        document = self.refs[refs[0]]
        key, reviewer = [document.key], self.who()
        kind = rng.choice(["rewrite", "span", "redact", "redact", "insert"])
        text = corpus.make_text(rng, 5) or "new"
        span = self.span(document.text)
        head = ["--reviewer", reviewer, "--json"]
        data = text.encode("utf-8", "surrogatepass")
        if kind == "rewrite":
            done = self.stet("rewrite", *head, "--from", "-", refs[0], stdin=data)
            entry = Entry("replace", key, reviewer, None, text)
        elif kind == "span":
            if span[0] == span[1]:
                return
            if rng.random() < 0.2:
                text, data = "", b""
            done = self.stet("rewrite", *head, "--span", "%d:%d" % span, "--from", "-", refs[0],
                             stdin=data)
            entry = Entry("replace", key, reviewer, None, text, span)
        elif kind == "insert":
            at = span[0]
            done = self.stet("insert", *head, "--at", str(at), "--from", "-", refs[0], stdin=data)
            entry = Entry("insert", key, reviewer, None, text, (at, at))
        else:
            if span[0] == span[1]:
                return
            value = rng.choice(["[REDACTED]", "", "▇{}"])
            done = self.stet("redact", *head, "--placeholder", value, "--span", "%d:%d" % span,
                             refs[0])
            entry = Entry("redact", key, reviewer, value, None, span)
        self.note_uuids(done, [entry])

    def do_add(self):
        text = corpus.make_text(self.rng) or "added"
        refs = self.pick(lambda d: not d.bad_utf8) if self.rng.random() < 0.5 else []
        done = self.stet("add", "--reviewer", self.who(), "--json", "--from", "-", *refs,
                         stdin=text.encode("utf-8", "surrogatepass"))
        entry = Entry("add", [], None, None, text)
        self.note_uuids(done, [entry])
        self.adds.append(entry)

    def do_undo(self):
        choices = [entry for entry in self.entries if not entry.undone and entry.uuid and
                   entry.reviewer]
        if not choices:
            return
        entry = self.rng.choice(choices)
        self.stet("undo", "--reviewer", entry.reviewer, "--uuid", entry.uuid)
        entry.undone = True

    def decide(self, count):
        acts = [self.do_list] * 5 + [self.do_text] * 6 + [
            self.do_span_tag, self.do_query, self.do_add, self.do_undo]
        for _ in range(count):
            self.rng.choice(acts)()

    # export

    def claims(self, policy):
        """What is expected of each document: key -> claims."""
        history = collections.defaultdict(list)
        for entry in self.entries:
            for key in entry.keys:
                history[key].append(entry)
        out = {}
        self.left_out = set()
        for key, entries in history.items():
            claims = standing(entries, policy)
            document = self.places[key][0]
            if claims is None or corpus.joins_halves(
                    edited(document.text, sorted_edits(claims, document.text))):
                self.left_out.add(key)
            elif claims:
                out[key] = claims
        return out

    def export(self, name, *options, cwd=None):
        self.stet("export", "--reviewer", "ana", "--yes", "-o", name, *options, cwd=cwd)
        with open(os.path.join(cwd or self.folder, name), "rb") as file:
            data = file.read()
        for number, row in enumerate(data.splitlines()):
            wrong = SCHEMA.errors(json.loads(row))
            check(not wrong, name, "line", number, "is not of the schema:", wrong, row)
        return data

    # comparison

    def match_lines(self, lines, got, claims, where, patch_id):
        """Walk the new shard's bytes line by line."""
        for document in lines:
            mine = claims.get(document.key) if document.text is not None else None
            if mine and any(c.op == "drop" for c in mine):
                continue
            if not mine:
                whole = document.raw + document.eol
                check(got.startswith(whole), "untouched line", whole, "is", got[:len(whole) + 80])
                got = got[len(whole):]
                continue
            end = got.find(b"\n")
            row = got if end < 0 else got[:end + 1]
            check(row.endswith(document.eol), "line end", row, document.eol)
            record = row[:len(row) - len(document.eol)]
            try:
                match_record(document, mine, where, patch_id, record)
            except (Wrong, subprocess.TimeoutExpired) as wrong:
                raise Wrong("%s %s: %s" % (document.ref, [c.says() for c in mine], wrong))
            got = got[len(row):]
        check(got == b"", "more lines", got[:200])

    def match_output(self, out, claims, where, patch_id, whole):
        for path, (kind, bom, lines) in self.shards.items():
            place = os.path.join(out, path)
            touched = [claims[d.key] for d in lines if d.text is not None and d.key in claims]
            silent = ("note", "keep") + (("untag",) if where == "dolma" else ())
            changes = any(c.op not in silent and (
                where != "none" or c.op in TEXT_OPS or c.op == "drop")
                          for mine in touched for c in mine)
            if not os.path.exists(place):
                check(not changes and not whole, path, "is missing")
                continue
            container, data = corpus.unpack(place)
            check(container == kind[:4].replace("fram", "zstd").replace("seek", "zstd").replace(
                "plai", "plain"), "container", container, kind)
            if bom:
                check(data.startswith(b"\xef\xbb\xbf"), path, "lost its BOM")
                data = data[3:]
            self.match_lines(lines, data, claims, where, patch_id)

    def match_added(self, out, patch_id, beside):
        want = {"stet:" + entry.uuid: entry.text for entry in self.adds if not entry.undone}
        want.update(beside)
        path = os.path.join(out, "added", patch_id + ".jsonl.zst")
        rows = []
        if os.path.exists(path):
            rows = corpus.unpack(path)[1].split(b"\n")[:-1]
        got = {}
        for row in rows:
            record = json.loads(row.decode("utf-8", "surrogatepass"))
            text = record.get("text", record.get("texts", record))
            got[record["id"]] = "".join(text) if isinstance(text, list) else text
        if not want and not rows:
            return
        first = json.loads(self.patch.split(b"\n", 1)[0])["mappings"][0]
        if first["text"] == "":
            want = beside
        check(got == want, "additions", got, "for", want)


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="store_true", help="without the regressions")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a failed round")
    return parser.parse_args()


def files_below(folder):
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(base, name), "rb") as file:
                found[os.path.relpath(os.path.join(base, name), folder)] = file.read()
    return found


def value_of(row):
    row = row[3:] if row.startswith(b"\xef\xbb\xbf") else row
    return json.loads(row.decode("utf-8", "surrogateescape"))


def damaged(rng, data):
    # The trailer is what nothing else covers.
    at = rng.choice([rng.randrange(len(data)), len(data) - 1 - rng.randrange(140)])
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1:]


class Loop(Round):
    """From an export to the shards, in every way there is."""

    def write(self, name, data):
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(data)

    def run(self):
        rng = self.rng
        self.reviewers = REVIEWERS[:rng.choice([1, 1, 2, 3])]
        self.make_corpus()
        self.decide(rng.randrange(4, 16))
        self.policy = rng.choice(["unanimous", "unanimous", "last", "agree:1", "agree:2"])
        if rng.random() < 0.3:
            # An earlier export leaves texts that later ones know.
            self.export("early.stet.jsonl", "--policy", self.policy)
            self.early = self.claims(self.policy)
            self.early_adds = {e.uuid for e in self.adds if not e.undone}
            self.decide(rng.randrange(1, 6))
        else:
            self.early = None
        self.options = ["--policy", self.policy]
        if rng.random() < 0.3:
            self.options.append("--quotes")
        self.patch = self.export("p.stet.jsonl", *self.options)
        self.patch_id = json.loads(self.patch.split(b"\n", 1)[0])["id"]
        check(self.export("p2.stet.jsonl", *self.options) == self.patch, "exports differ")
        news = self.export("news.stet.jsonl", "--since", "last", *self.options)
        check(news.count(b"\n") == 2, "nothing is new", news)
        self.all_claims = self.claims(self.policy)
        self.where = rng.choice(["stet", "stet", "stet", "none", "dolma", "human.review"])
        if self.where == "dolma" and any(d.bad_utf8 for d in self.refs.values()):
            self.where = "stet"
        self.flags = ["--tags-at", self.where]
        if self.where == "dolma":
            self.flags += ["--run", "run1"]
        self.check_apply()
        self.check_ways()
        self.check_consumer()
        self.check_again()
        self.check_dealt_anew()
        self.check_filter()
        self.check_one_shard()
        self.check_changed()
        self.check_moved()
        self.check_damage()
        self.check_merge()
        if self.early is not None:
            self.check_two_steps()
        self.check_beside()
        self.check_bound()

    def paths(self):
        return list(self.shards)

    def check_apply(self):
        rng = self.rng
        whole = rng.random() < 0.3
        options = self.flags + (["--all"] if whole else [])
        paths = self.paths()
        rng.shuffle(paths)
        before = {path: open(os.path.join(self.folder, path), "rb").read() for path in paths}
        self.stet("verify", "--quiet", *self.flags, "p.stet.jsonl", *paths)
        self.stet("apply", "--to", "out", "--root", ".", *options, "p.stet.jsonl", *paths)
        for path, data in before.items():
            check(open(os.path.join(self.folder, path), "rb").read() == data, path, "was changed")
            place = os.path.join(self.folder, "out", path)
            if whole and not self.changes(path):
                check(open(place, "rb").read() == data, path, "brought along otherwise")
        out = os.path.join(self.folder, "out")
        self.match_output(out, self.all_claims, self.where, self.patch_id, whole)
        self.match_added(out, self.patch_id, {})
        check(not [name for name in os.listdir(self.folder) if ".partial-" in name], "left over")
        done = self.stet("apply", "--to", "out", "--root", ".", *options, "p.stet.jsonl", *paths)
        check(b"already applied" in done.stdout, "second apply", done.stdout)

    def check_ways(self):
        """By the index or without it, by one thread or by many: the same."""
        rng = self.ways
        paths = self.paths()
        want = self.outcomes("p.stet.jsonl", *paths)
        for number, way in enumerate((["--full", "--jobs", "1"], ["--trust-index", "--jobs", "5"],
                                      ["--full", "--jobs", "%d" % rng.randrange(2, 5)])):
            check(self.outcomes(*way, "p.stet.jsonl", *paths) == want, "verify differs", way)
            self.stet("apply", "--to", "way%d" % number, "--root", ".", *self.flags, "--all", *way,
                      "p.stet.jsonl", *paths)
            check(files_below(os.path.join(self.folder, "way%d" % number)) ==
                  files_below(os.path.join(self.folder, "way0")), "apply differs", way)
        codec, ending = rng.choice([("plain", ""), ("gzip", ".gz"), ("zstd", ".zst")])
        done = self.stet("apply", "--to", "recoded", "--root", ".", *self.flags, "--all",
                         "--codec", codec, "--level", "1", "p.stet.jsonl", *paths, status=(0, 64))
        if done.returncode == 64:
            check(b"would become" in done.stderr, "refused", done.stderr)
            return
        for path in paths:
            name = re.sub(r"\.(gz|zst|zstd)$", "", path) + ending
            kind, data = corpus.unpack(os.path.join(self.folder, "recoded", name))
            check(data == corpus.unpack(os.path.join(self.folder, "way0", path))[1],
                  "another container, other records", path)
            check(kind == codec or not data, "the container", path, kind)

    def check_consumer(self):
        """The documented consumer, in a process of its own, makes the same."""
        out = "out"
        if self.where != "stet":
            out = "out-stet"
            self.stet("apply", "--to", out, "--root", ".", "p.stet.jsonl", *self.paths())
        header, lines = consumer.load(os.path.join(self.folder, "p.stet.jsonl"))
        known = {shard["path"] for shard in header["shards"]}
        for path in self.paths():
            with open(os.path.join(self.folder, path), "rb") as file:
                data = file.read()
            place = os.path.join(self.folder, out, path)
            if path not in known:
                check(not os.path.exists(place) or open(place, "rb").read() == data,
                      path, "changed, and no line of the patch set names it")
                continue
            got = consumer.new_shard(header, lines, data, path)
            want = corpus.unpack(place if os.path.exists(place) else
                                 os.path.join(self.folder, path))[1]
            self.compare_rows(corpus.unpack(os.path.join(self.folder, path))[1], got, want, path)
        added = os.path.join(self.folder, out, "added", self.patch_id + ".jsonl.zst")
        want = corpus.unpack(added)[1] if os.path.exists(added) else b""
        done = subprocess.run([sys.executable, consumer.__file__, "p.stet.jsonl", "--added"],
                              cwd=self.folder, stdout=subprocess.PIPE, check=True)
        self.compare_rows(b"", done.stdout, want, "additions")

    @staticmethod
    def compare_rows(before, got, want, where):
        """Records of the same values; those that were not touched, the same bytes."""
        old = set(before.split(b"\n"))
        got, want = got.split(b"\n"), want.split(b"\n")
        check(len(got) == len(want), where, "consumer:", len(got), "lines, not", len(want))
        for one, other in zip(got, want):
            if one == other:
                continue
            check(one not in old and other not in old, where, "consumer:", one, "not", other)
            check(one.endswith(b"\r") == other.endswith(b"\r"), where, "line end", one, other)
            check(value_of(one) == value_of(other), where, "consumer:\n", one, "\nnot\n", other)

    def changes(self, path):
        return any(d.text is not None and any(c.op != "note" for c in self.all_claims.get(d.key, []))
                   for d in self.shards[path][2])

    def outcomes(self, *args, status=0):
        done = self.stet("verify", "--json", *self.flags, *args, status=status)
        return [json.loads(row) for row in done.stdout.decode("utf-8").splitlines()]

    def check_again(self):
        """On its own output a patch set has nothing left to do."""
        inputs = []
        for path in self.paths():
            out = os.path.join("out", path)
            inputs.append(out if os.path.exists(os.path.join(self.folder, out)) else path)
        added = os.path.join("out", "added", self.patch_id + ".jsonl.zst")
        if os.path.exists(os.path.join(self.folder, added)):
            inputs.append(added)
        for edit in self.outcomes("p.stet.jsonl", *inputs):
            check(edit["outcome"] == "already applied" or edit["op"] in ("note", "keep"),
                  "on its own output", edit)
        self.stet("apply", "--to", "out2", "--root", ".", *self.flags, "p.stet.jsonl", *inputs)
        files = [os.path.join(base, name) for base, _, names
                 in os.walk(os.path.join(self.folder, "out2")) for name in names]
        check([os.path.basename(file) for file in files] == ["manifest.json"] or
              all("manifest" in os.path.basename(file) for file in files), "written anew", files)

    def check_dealt_anew(self):
        """Re-sharded and shuffled: every record still gets what is its own."""
        rng = self.rng
        shapes = collections.defaultdict(list)
        for _, _, lines in self.shards.values():
            for document in lines:
                if document.text is not None:
                    shapes[document.shape].append(document)
        os.makedirs(os.path.join(self.folder, "new"))
        documents = [d for group in shapes.values() for d in group]
        rng.shuffle(documents)
        count = rng.randrange(1, 4)
        names = []
        for number in range(count):
            data = b"".join(d.raw + b"\n" for d in documents[number::count])
            names.append("new/%d" % number)
            self.write(names[-1], corpus.pack(rng, data, rng.choice(KINDS)) if data else b"")
        self.stet("apply", "--to", "out3", "--root", ".", "--all", *self.flags, "p.stet.jsonl",
                  *names)
        for number, name in enumerate(names):
            _, data = corpus.unpack(os.path.join(self.folder, "out3", name))
            plain = []
            for document in documents[number::count]:
                twin = corpus.copy_of(document)
                twin.eol = b"\n"
                plain.append(twin)
            self.match_lines(plain, data, self.all_claims, self.where, self.patch_id)

    def check_filter(self):
        path = self.rng.choice(self.paths())
        kind, bom, lines = self.shards[path]
        with open(os.path.join(self.folder, path), "rb") as file:
            data = file.read()
        done = self.stet("apply", *self.flags, "p.stet.jsonl", "-", stdin=data, status=(0, 65))
        if done.returncode == 65:
            # The target may be elsewhere, or be this one with another text.
            check(self.has_namesake(lines), "the filter refuses", path, done.stderr)
            return
        self.write("filtered", done.stdout)
        got = corpus.unpack(os.path.join(self.folder, "filtered"))[1]
        got = got[3:] if bom else got
        self.match_lines(lines, got, self.all_claims, self.where, self.patch_id)

    def check_one_shard(self):
        """What is judged elsewhere is not looked for among others' texts."""
        path = self.rng.choice(self.paths())
        _, bom, lines = self.shards[path]
        if self.has_namesake(lines):
            return
        self.stet("apply", "--to", "out8", "--root", ".", "--all", "--partial", *self.flags,
                  "p.stet.jsonl", path, status=(0, 1))
        _, data = corpus.unpack(os.path.join(self.folder, "out8", path))
        if any(d.text is not None and d.key in self.all_claims for d in lines):
            self.match_lines(lines, data[3:] if bom else data, self.all_claims, self.where,
                             self.patch_id)

    def has_namesake(self, lines):
        """Whether a judged document's source and id are here with another text."""
        return any(d.text is not None and d.id is not None and d.key != key and
                   d.key[:2] == key[:2] for key in self.all_claims for d in lines)

    def check_changed(self):
        """A byte of a judged text is another one: refused, nothing written."""
        rng = self.rng
        choices = [d for key, claims in self.all_claims.items() for d in self.places[key]
                   if len(self.places[key]) == 1 and d.token is not None and d.id is not None and
                   sum(other.id == d.id and other.source == d.source
                       for other in self.refs.values()) == 1 and
                   any(c.op in ("drop", "verdict", "rate", "replace") and c.span is None
                       for c in claims) and re.search("[a-z]{3}", d.text)]
        if not choices:
            return
        document = rng.choice(choices)
        at = document.text.index(re.search("[a-z]{3}", document.text).group())
        at = document.start + document.token.at[at]
        if document.raw[at:at + 1] not in b"abcdefghijklmnopqrstuvwxyz":
            return
        raw = document.raw[:at] + b"Z" + document.raw[at + 1:]
        inputs = []
        for path, (kind, bom, lines) in self.shards.items():
            data = corpus.plain_bytes([self.swapped(d, document, raw) for d in lines], bom)
            name = "mod/" + path
            os.makedirs(os.path.dirname(os.path.join(self.folder, name)), exist_ok=True)
            self.write(name, data)
            inputs.append(name)
        edits = self.outcomes("p.stet.jsonl", *inputs, status=65)
        check(any(edit["outcome"] == "conflict" for edit in edits), "no conflict", document.ref)
        self.stet("apply", "--to", "out4", "--root", "mod", *self.flags, "p.stet.jsonl", *inputs,
                  status=65)
        check(not os.path.exists(os.path.join(self.folder, "out4")), "written despite a conflict")
        self.stet("apply", "--to", "out5", "--root", "mod", "--all", "--partial", *self.flags,
                  "p.stet.jsonl", *inputs, status=1)
        for path, (kind, bom, lines) in self.shards.items():
            if any(d is document for d in lines):
                continue
            _, data = corpus.unpack(os.path.join(self.folder, "out5", path))
            self.match_lines(lines, data[3:] if bom else data, self.all_claims, self.where,
                             self.patch_id)

    def check_moved(self):
        """Text put before or behind a judged one: spans are found by quotes."""
        rng = self.rng
        patches = [json.loads(row.decode("utf-8", "surrogatepass"))
                   for row in self.patch.split(b"\n")[1:-2]]
        choices = []
        for patch in patches:
            if "target" in patch and patch["edits"] and all(
                    "span" in edit and edit["op"] in TEXT_OPS for edit in patch["edits"]):
                document = self.refs["at:%s:%d" % (patch["target"]["shard"],
                                                   patch["target"]["record"])]
                same = sum(d.id == document.id and d.source == document.source
                           for d in self.refs.values())
                if document.token is not None and document.id is not None and same == 1:
                    choices.append((patch, document))
        if not choices:
            return
        patch, document = rng.choice(choices)
        head = rng.choice(["", "before ", "wind " * 9])
        tail = rng.choice(["", " behind", document.text[:40]])
        if not head + tail or corpus.joins_halves(head + document.text + tail):
            return
        text = head + document.text + tail
        start, end = document.start, document.start + len(document.token.raw)
        middle = document.token.raw[1:-1]
        raw = b'"' + corpus.encode_new(head, False) + middle + \
            corpus.encode_new(tail, False) + b'"'
        self.write("moved", document.raw[:start] + raw + document.raw[end:] + b"\n")
        places = [find_quote(text, edit) for edit in patch["edits"]]
        done = self.stet("apply", "--to", "out7", "--root", ".", "--all", "--partial", *self.flags,
                         "p.stet.jsonl", "moved", status=(0, 1))
        with open(os.path.join(self.folder, "out7/moved"), "rb") as file:
            got = json.loads(file.read().decode("utf-8", "surrogatepass"))["text"]
        edits = sorted((place[0], place[1], edit["text"])
                       for place, edit in zip(places, patch["edits"]) if place)
        new = edited(text, edits)
        if not corpus.joins_halves(new):
            check(got == new, "moved text", ascii(got), "for", ascii(new), patch["edits"],
                  done.stderr)

    @staticmethod
    def swapped(candidate, document, raw):
        if candidate is not document:
            return candidate
        twin = corpus.copy_of(candidate)
        twin.raw = raw
        return twin

    def check_damage(self):
        rng = self.rng
        for number in range(4):
            if number % 2:
                data = damaged(rng, self.patch)
            else:
                data = self.patch[:rng.randrange(len(self.patch))]
            self.write("damaged", data)
            self.stet("verify", "--quiet", "damaged", *self.paths(), status=65)

    def nameless(self, patch):
        """Without what depends on the workspace's own key."""
        lines = re.sub(rb'"reviewer":"r-[0-9a-f]{16}"', b'"reviewer":"r"', patch).split(b"\n")
        header = json.loads(lines[0])
        header.pop("id")
        header.pop("index")
        header.pop("corpus")
        return [header] + lines[1:-2]

    def check_merge(self):
        """The journal says everything: a fresh workspace exports the same."""
        self.write("journal", self.stet("log", "--json").stdout)
        other = os.path.join(os.path.dirname(self.folder), "other")
        os.makedirs(other)
        shutil.copytree(os.path.join(self.folder, "c"), os.path.join(other, "c"))
        self.stet("index", "-q", "--jobs", "1", "--max-bad", "1000", *self.shards, status=(0, 1),
                  cwd=other)
        for _ in range(self.rng.randrange(1, 3)):
            self.stet("merge", "../main/journal", cwd=other)
        again = self.export("q.stet.jsonl", *self.options, cwd=other)
        first, second = self.nameless(self.patch), self.nameless(again)
        for one, two in zip(first, second):
            check(one == two, "merged journal exports\n", one, "\n", two)
        check(len(first) == len(second), "merged journal exports", len(first), len(second))

    def check_two_steps(self):
        """The early patch set first, the new one on what it made."""
        paths = self.paths()
        self.stet("apply", "--to", "s1", "--root", ".", "--all", *self.flags, "early.stet.jsonl",
                  *paths)
        # A drop's target is gone, a record that is not UTF-8 is another one now.
        dropped = any(c.op == "drop" or self.places[key][0].bad_utf8
                      for key, claims in self.early.items() for c in claims)
        inputs = [os.path.join("s1", path) for path in paths]
        flags = list(self.flags)
        self.stet("apply", "--to", "s2", "--root", "s1", "--all", *flags, *(
            ["--partial"] if dropped else []), "p.stet.jsonl", *inputs,
            status=(0, 1) if dropped else 0)
        want = collections.Counter()
        for ref, document in self.refs.items():
            claims = self.all_claims.get(document.key, [])
            if document.key in self.left_out:
                claims = self.early.get(document.key, [])
            gone = any(c.op == "drop" for c in claims) or any(
                c.op == "drop" for c in self.early.get(document.key, []))
            if not gone:
                want[edited(document.text, sorted_edits(claims, document.text))] += 1
        got = collections.Counter()
        for path, (kind, bom, lines) in self.shards.items():
            _, data = corpus.unpack(os.path.join(self.folder, "s2", path))
            for row in (data[3:] if bom else data).split(b"\n"):
                text = self.text_of(row)
                if text is not None:
                    got[text] += 1
        check(got == want, "in two steps", got - want, "for", want - got)
        if self.where == "stet" and not dropped:
            self.match_tags("s2")

    def match_tags(self, out):
        """What stands now is what the records say now."""
        for path, (kind, bom, lines) in self.shards.items():
            _, data = corpus.unpack(os.path.join(self.folder, out, path))
            rows = (data[3:] if bom else data).split(b"\n")
            lines = [d for d in lines if d.text is None or not any(
                c.op == "drop" for c in self.all_claims.get(d.key, []))]
            for document, row in zip(lines, rows):
                claims = self.all_claims.get(document.key, []) if document.text is not None else []
                if document.text is None or document.bad_utf8 or document.key in self.left_out:
                    continue
                before = self.early.get(document.key, []) if not claims else []
                if not any(c.op in ("verdict", "tag", "rate") for c in before) and not any(
                        c.op in ("verdict", "tag", "untag", "rate") for c in claims):
                    continue
                record = json.loads(row.decode("utf-8", "surrogatepass"))
                home = record.get("metadata")
                got = (home if isinstance(home, dict) else record).get("stet", {})
                edits = sorted_edits(claims, document.text)
                size = len(edited(document.text, edits))
                want = json.loads(stet_object(claims, edits, size, self.patch_id))
                got.pop("from", None)
                check(got == want, "tags in two steps", document.ref, got, "for", want)

    @staticmethod
    def text_of(row):
        try:
            record = json.loads(row.replace(b"\xff\xfe", "\ufffd\ufffd".encode()).decode())
        except ValueError:
            return None
        if isinstance(record, str):
            return record
        if not isinstance(record, dict):
            return None
        if "texts" in record:
            return "".join(record["texts"])
        text = record.get("text")
        return "\n\n".join(text) if isinstance(text, list) else text

    def check_beside(self):
        if self.rng.random() < 0.5:
            return
        patch = self.export("b.stet.jsonl", "--policy", self.policy, "--rewrites", "beside")
        patch_id = json.loads(patch.split(b"\n", 1)[0])["id"]
        claims, beside = {}, {}
        for key, mine in self.all_claims.items():
            rewrites = [c for c in mine if c.op == "replace"]
            document = self.places[key][0]
            if rewrites:
                rewrites.sort(key=lambda c: (c.span is not None, c.span or ()))
                text = edited(document.text, sorted_edits(mine, document.text))
                if not self.is_bare(document):
                    beside["stet:" + rewrites[0].uuid] = text
                mine = [c for c in mine if c.op not in ("replace", "insert")]
            claims[key] = mine
        if any(c.op == "replace" and self.is_bare(self.places[key][0])
               for key, mine in self.all_claims.items() for c in mine):
            return
        keep, self.patch = self.patch, patch
        self.stet("apply", "--to", "out6", "--root", ".", *self.flags, "b.stet.jsonl",
                  *self.paths())
        out = os.path.join(self.folder, "out6")
        self.match_output(out, {k: c for k, c in claims.items() if c}, self.where, patch_id, False)
        self.match_added(out, patch_id, beside)
        self.patch = keep

    def check_bound(self):
        """Decisions find their documents again in the new shards."""
        if len(self.reviewers) > 1 or self.early is not None:
            return
        want = collections.Counter()
        for document in self.refs.values():
            mine = self.all_claims.get(document.key, [])
            edits = sorted_edits(mine, document.text)
            if any(c.op == "drop" for c in mine) or edited(document.text, edits) != document.text:
                continue
            if document.bad_utf8 and mine and self.where != "none":
                continue
            for claim in mine:
                if claim.op == "verdict":
                    want[claim.value] += 1
        for path in self.paths():
            out = os.path.join(self.folder, "out", path)
            if os.path.exists(out):
                # Files that were brought along are links to the inputs.
                os.remove(os.path.join(self.folder, path))
                shutil.copyfile(out, os.path.join(self.folder, path))
        self.stet("index", "-q", "--jobs", "1", "--max-bad", "1000", status=(0, 1))
        for verdict in ("good", "bad", "unsure"):
            done = self.stet("search", "verdict:%s -is:escalated -is:rewritten" % verdict,
                             "--count")
            got = int(done.stdout)
            check(got >= want[verdict], "verdict:", verdict, got, "for", want[verdict])


def play(seed, options, size):
    folder = tempfile.mkdtemp(prefix="stet-loop-")
    loop = Loop(seed, os.path.join(folder, "main"), size)
    try:
        loop.run()
    except (Wrong, subprocess.TimeoutExpired) as wrong:
        words = ascii(str(wrong)).replace("\\n", "\n# ")
        print("not ok - seed %d\n# %s" % (seed, words[:6000]), flush=True)
        if options.keep:
            print("# kept: %s" % folder, flush=True)
        return False
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return True


def main():
    options = parse_args()
    if not shutil.which("zstd"):
        print("1..0 # SKIP no zstd program")
        return 0
    seeds = list(range(options.seed, options.seed + options.rounds))
    if not options.only:
        seeds = [seed for seed in REGRESSIONS if seed not in seeds] + seeds
    failed = 0
    for seed in seeds:
        good = play(seed, options, 60 if seed % 7 == 0 else 14)
        failed += not good
        if options.keep and not good:
            break
    print("%sok 1 - %d rounds from seed %d, %d failed\n1..1"
          % ("not " if failed else "", len(seeds), options.seed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
