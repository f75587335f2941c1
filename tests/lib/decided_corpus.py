"""A small corpus with hundreds of random decisions, for tests of exports:
shards in every container, texts in several scripts, and a journal of edits that
lie side by side in every way that is allowed."""
import gzip
import hashlib
import json
import os
import random
import shutil
import subprocess
import uuid

from program import STET

WORDS = ["stone", "river", "caf\u00e9", "\u77f3\u982d", "\u5ddd", "\U0001f600", "\u0e19\u0e49\u0e33", "a\u0301",
         "\\", '"', "{}", "{", "}", "$", "\t", "\U0001f468\u200d\U0001f469", "\n", "{}{}"]
TEXTS = ["", "plain", "{}", "a{}b", "{}{}{}", "{", "}", "$.attributes.x", "$", "\\$", '\\ and " and /', "lines\nand\r\n",
         "\U0001f600\u200d\U0001f525", "\u4e2d\u6587\u3001", "{0} %s {{}} $&", "nul \0 here", "\u2028\x7f\x1b[31m", "if (a) {}\n"]
TAGS = ["topic", "bad-topic", "\u4ef7\u683c", "a/b"]


def compress(data, kind):
    if kind == "gzip":
        return gzip.compress(data[:400], 6) + gzip.compress(data[400:], 6)
    if kind == "zstd":
        return b"".join(subprocess.run(["zstd", "-q", "-c"], input=part, check=True,
                                       stdout=subprocess.PIPE).stdout
                        for part in (data[:1000], data[1000:]))
    return data


def decompress(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-q", "-d", "-c"], input=data, check=True,
                              stdout=subprocess.PIPE).stdout
    return data


def records(path):
    return [json.loads(line) for line in decompress(path).split(b"\n") if line.strip()]


class Corpus:
    """`shards`: (name, container). Decisions are kept as (shard, record)."""

    SHARDS = [("documents/cc/a.jsonl.gz", "gzip"), ("documents/b.json.zst", "zstd"),
              ("documents/c.jsonl", "plain"), ("v1/documents/c.jsonl", "zstd"),
              ("v1/documents/x/documents/d.jsonl.zst", "zstd"),
              ("lying.jsonl", "zstd"), ("we[ir]d*.jsonl", "plain"), ("quiet.jsonl", "plain")]

    def __init__(self, root, seed, size=60, shards=None):
        self.start(root, seed, shards or self.SHARDS)
        for name, kind in self.shards:
            self.make_shard(name, kind, size)
        self.stet("index", *[name for name, _ in self.shards],
                  status=1 if any("rough" in name for name, _ in self.shards) else 0)

    def start(self, root, seed, shards):
        self.root = root
        self.shards = shards
        self.rng = random.Random(seed)
        self.docs = {}  # (name, record): the record
        self.lines = []  # of the journal
        self.fates = {}  # (name, record): what was decided

    @classmethod
    def of_files(cls, root, seed, folder, names):
        """Copies of real shards."""
        corpus = cls.__new__(cls)
        corpus.start(root, seed, [(name, None) for name in names])
        for name in names:
            shutil.copy(os.path.join(folder, name), os.path.join(root, name))
            for number, record in enumerate(records(os.path.join(root, name))):
                corpus.docs[name, number] = record
        corpus.stet("index", *names)
        return corpus

    def stet(self, *words, status=0):
        done = subprocess.run([STET, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              cwd=self.root)
        if done.returncode != status:
            raise AssertionError("%r: %d, not %d: %s" % (
                words, done.returncode, status,
                (done.stdout + done.stderr).decode("utf-8", "replace")[-2000:]))
        return done.stdout.decode("utf-8", "replace")

    def text(self, most):
        return " ".join(self.rng.choice(WORDS) for _ in range(self.rng.randrange(most)))

    def make_shard(self, name, kind, size):
        rng = self.rng
        lines = []
        for number in range(size):
            record = {"id": "%s-%d" % (name, number) if number % 3 else number,
                      "source": rng.choice(["web", "code"]) + name[:1],
                      "text": self.text(rng.choice([1, 2, 3, 12, 60])), "score": number / 8}
            if number % 4:
                record["metadata"] = {"n": number, "deep": {"a": [1, None]}}
            if number % 5 == 0:
                record["attributes"] = {"other__tagger__x": [[0, 1, 0.25]]}
            self.docs[name, number] = record
            lines.append(json.dumps(record, ensure_ascii=bool(number % 2)).encode() +
                         (b"\r\n" if name.endswith("c.jsonl") else b"\n"))
        if name.endswith("c.jsonl"):
            lines[-1] = lines[-1].rstrip()
        if "rough" in name:
            self.roughen(name, lines)
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(compress(b"".join(lines), kind))

    def roughen(self, name, lines):
        """Put lines between that no reader takes for documents."""
        bad = [b"\n", b"not json\n", b'{"id":"t"}\n', b'{"id":"n","text":null}\n',
               b'{"id":"h","text":"half \\ud800"}\n', b"   \n"]
        for number, line in enumerate(bad):
            at = self.rng.randrange(len(lines))
            lines.insert(at, line)
            later = sorted((place for place in self.docs
                            if place[0] == name and place[1] >= at), reverse=True)
            for place in later:
                self.docs[name, place[1] + 1] = self.docs.pop(place)

    # --- decisions ---

    def note(self, place, kind, **more):
        record = self.docs[place]
        line = {"uuid": str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
                "lamport": len(self.lines) + 1, "at": "2026-11-20T10:41:07.000000Z",
                "reviewer": "ana", "kind": kind,
                "item": {"source": record["source"], "id": record["id"],
                         "text": hashlib.sha256(record["text"].encode()).hexdigest()}}
        line.update(more)
        line["how"] = "command"
        self.lines.append(line)

    def span(self, place, start, end):
        text = self.docs[place]["text"]
        return {"bytes": [len(text[:start].encode()), len(text[:end].encode())],
                "cp": [start, end]}

    def decide(self, places=None):
        """Something about most documents; all of it in one merge."""
        for place in sorted(places or self.docs):
            if not places and place[0] == "quiet.jsonl":
                continue
            self.decide_on(place)
        for number in range(4):
            record = {"id": "x", "text": TEXTS[number] + " new", "source": "added"}
            self.lines.append({"uuid": str(uuid.UUID(int=number + 1)),
                               "lamport": len(self.lines) + 1,
                               "at": "2026-11-20T10:41:07.000000Z", "reviewer": "ana",
                               "kind": "add", "text": json.dumps(record), "how": "command"})
        path = os.path.join(self.root, ".stet", "decisions")
        with open(path, "w", encoding="utf-8") as file:
            for line in self.lines:
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.stet("merge", path)

    def decide_on(self, place):
        rng = self.rng
        fate = rng.choice(["nothing", "tags", "drop", "whole", "edits", "edits", "edits"])
        self.fates[place] = fate
        if fate != "nothing" and rng.random() < 0.5:
            self.note(place, "verdict", value=rng.choice(["good", "bad"]))
        if fate == "tags" or rng.random() < 0.2:
            self.tags(place)
        if fate == "drop":
            self.note(place, "drop", reason="spam")
        elif fate == "whole":
            self.note(place, "rewrite", text=rng.choice(TEXTS) + self.text(4) or "x")
        elif fate == "edits":
            self.edits(place)

    def tags(self, place):
        text = self.docs[place]["text"]
        self.note(place, "tag", value=self.rng.choice(TAGS))
        self.note(place, "rate", value="severity", number=self.rng.randrange(6))
        if text:
            start = self.rng.randrange(len(text))
            self.note(place, "tag", value=self.rng.choice(TAGS),
                      span=self.span(place, start, self.rng.randrange(start, len(text)) + 1))

    def edits(self, place):
        """Spans and inserts that do not clash, often side by side."""
        rng = self.rng
        length = len(self.docs[place]["text"])
        at = 0
        for _ in range(rng.choice([1, 1, 2, 3, 8, 30])):
            at += rng.choice([0, 0, 1, 5])
            if at > length:
                break
            if rng.random() < 0.3:
                self.note(place, "insert", text=rng.choice(TEXTS) or "x",
                          span=self.span(place, at, at))
                # The next edit may start here, as no insert.
                if at < length and rng.random() < 0.5:
                    self.change(place, at, at + 1)
                at += 1
            else:
                end = min(length, at + rng.choice([1, 2, 7]))
                if end > at:
                    self.change(place, at, end)
                at = end
        if rng.random() < 0.2 and at < length:
            self.note(place, "insert", text=rng.choice(TEXTS) or "x",
                      span=self.span(place, length, length))

    def change(self, place, start, end):
        span = self.span(place, start, end)
        if self.rng.random() < 0.3:
            self.note(place, "redact", value="[GONE]", span=span)
        else:
            self.note(place, "rewrite", text=self.rng.choice(TEXTS), span=span)
