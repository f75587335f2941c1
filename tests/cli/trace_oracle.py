#!/usr/bin/env python3
"""`stet trace` against brute force (tests/lib/trace_model.py): on generated
corpora of several scripts and on real documents, outputs that are pieces of
documents, torn and mixed, must give exactly the maximal spans that the oracle
finds, with the same numbers of documents.

Prints its seed; STET_TEST_SEED sets it. With STET_TEST_LONG more of all.
"""
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ.get("srcdir", "."), "tests", "lib"))
import trace_model as model  # noqa: E402
from program import STET, Tap  # noqa: E402

DATA = os.environ.get("STET_TEST_DATA", "")
LONG = bool(os.environ.get("STET_TEST_LONG"))
SEED = os.environ.get("STET_TEST_SEED") or str(random.randrange(1 << 32))
SHARDS = ["docs/pud-00000.jsonl.zst", "docs/udhr-00000.json.gz",
          "docs/tang-00000.jsonl.zst", "docs/aozora-00000.json.gz",
          "docs/gnome-help-00000.jsonl.zst"]
ALPHABETS = {
    "Latin": [c + v for c in "bdfglmnprst" for v in ("a", "e", "ie", "ou", "\u00e9")],
    "Greek": ["\u03b1", "\u03b2\u03b1", "\u03b3\u03b5", "\u03b4\u03b9", "\u03bb\u03bf"],
    "Cyrillic": ["\u0431\u0430", "\u0432\u043e", "\u0433\u0438", "\u0434\u0435", "\u0436\u0443"],
    "Arabic": ["\u0628\u0627", "\u062a\u0648", "\u062f\u064a", "\u0631\u0627"],
    "Han": [chr(0x4e00 + 7 * i) for i in range(60)],
    "Thai": [chr(0x0e01 + i) for i in range(40)],
}


def stet(folder, *args):
    env = dict(os.environ, STET_REVIEWER="kim",
               ASAN_OPTIONS="detect_leaks=1")
    run = subprocess.run([STET, "-C", folder, *args], capture_output=True, env=env,
                         check=False)
    if run.returncode not in (0, 1) or b"runtime error" in run.stderr or \
            b"Sanitizer" in run.stderr:
        raise SystemExit("stet %s: %d\n%s" % (
            " ".join(args), run.returncode, run.stderr.decode("utf-8", "replace")))
    return run.stdout


class Script:
    """A language of one script: words as often as by Zipf, some phrases."""

    def __init__(self, rng, name):
        self.rng, self.letters = rng, ALPHABETS[name]
        self.spaced = name not in ("Han", "Thai")
        if self.spaced:
            self.words = ["".join(rng.choice(self.letters)
                                  for _ in range(rng.randrange(1, 4)))
                          for _ in range(400)]
        else:
            self.words = list(self.letters)
            rng.shuffle(self.words)
        self.weights = [1 / (i + 1) for i in range(len(self.words))]

    def text(self, count):
        words = self.rng.choices(self.words, self.weights, k=count)
        out = []
        for word in words:
            out.append(word.title() if self.rng.random() < 0.1 else word)
            if self.spaced:
                out.append(self.rng.choice((" ", " ", " ", " ", ", ", ". ", "\n")))
            elif self.rng.random() < 0.1:
                out.append(self.rng.choice(("\u3002", " ", "\u3001")))
        return "".join(out)


def pieces(text):
    """Words with what stands behind them."""
    raw = text.encode("utf-8", "surrogatepass")
    cut = model.tokens(text)
    ends = [t[1] for t in cut[1:]] + [len(raw)]
    return [raw[t[1]:e].decode("utf-8", "replace") for t, e in zip(cut, ends)]


def make_output(rng, texts, others):
    """Pieces of documents, some torn by other words, in any order."""
    out = []
    for _ in range(rng.randrange(1, 6)):
        source = pieces(rng.choice(texts if rng.random() < 0.8 else others))
        if not source:
            continue
        start = rng.randrange(len(source))
        piece = source[start:start + rng.choice((1, 3, 8, 20, 60))]
        if rng.random() < 0.3:
            piece[rng.randrange(len(piece))] = rng.choice(source)
        if rng.random() < 0.1:
            piece.insert(rng.randrange(len(piece)), "qqzzqq ")
        if rng.random() < 0.2:
            piece = piece * 2
        out += piece
    return "".join(out)


def difference(text, got, wanted, found):
    """found: how many there were, before the rarest were kept (two characters
    are a word, so not all may be)."""
    raw = text.encode("utf-8", "surrogatepass")
    problems = []
    if found != len(wanted):
        problems.append("%d spans were found, not %d" % (found, len(wanted)))
    for span in sorted(set(got) | (set(wanted) if len(got) == found else set())):
        if got.get(span) != wanted.get(span):
            problems.append("%r: found in %s documents, not %s" % (
                raw[slice(*span)].decode("utf-8", "replace"), got.get(span),
                wanted.get(span)))
    return problems[:5] + ["output: %r" % text[:300]] if problems else []


def trace(folder, outputs, limit, least, sentences):
    rows = "".join(json.dumps({"output": o, "id": i}) + "\n"
                   for i, o in enumerate(outputs))
    path = os.path.join(folder, "outputs.jsonl")
    with open(path, "w", encoding="ascii") as out:
        out.write(rows)
    args = ["trace", "--json", "--density", "1", "--anchor", str(limit),
            "--min-words", str(least)] + (["--sentences"] if sentences else [])
    return [json.loads(line) for line in stet(folder, *args, path).splitlines()]


def byte_spans(text, result):
    def offset(cp):
        return len(text[:cp].encode("utf-8", "surrogatepass"))
    return {(offset(s["start"]), offset(s["end"])): s["documents"]
            for s in result["spans"]}


def has_same(have, want, count):
    """`count` words in a row are the same; there may be more, for a character
    can be two words (U+0E33) of which a span has one."""
    have, want = ([t[0] for t in model.tokens(text)] for text in (have, want))
    return any(have[i:i + count] == want[j:j + count]
               for i in range(len(have) - count + 1)
               for j in range(len(want) - count + 1))


def check_documents(texts, result):
    """The places that are said to have the same words have them."""
    problems = []
    by_id = {str(i): t for i, t in enumerate(texts)}
    for document in result["documents"]:
        text = by_id.get(str(document["id"]))
        for span in document["spans"]:
            want = result["spans"][span["span"]]["text"]
            count = result["spans"][span["span"]]["words"]
            if span["same"] == "unread" or text is None:
                problems.append("unread: %r" % document)
                continue
            have = text[span["start"]:span["end"]]
            if not has_same(have, want, count):
                problems.append("%r is not %r" % (have, want))
            if (have == want) != (span["same"] == "bytes"):
                problems.append("%r, %r: %s" % (have, want, span["same"]))
    return problems[:5]


def compare(tap, folder, texts, outputs, name, rng):
    corpus = model.Corpus(texts)
    found = 0
    for limit, least, sentences in ((3, 1, False), (rng.choice((10, 30)), 2, True),
                                    (200, 4, False)):
        problems = []
        for output, result in zip(outputs, trace(folder, outputs, limit, least,
                                                 sentences)):
            wanted = corpus.spans(output, limit, least, sentences)
            found += len(wanted)
            problems += difference(output, byte_spans(output, result), wanted,
                                   result["searched"]["spans"])
            problems += check_documents(texts, result)
        tap.check(problems[:6], "%s: anchors in %d, %d words%s" % (
            name, limit, least, ", by sentences" if sentences else ""))
    tap.check([] if found > len(outputs) else ["only %d spans in all" % found],
              "%s: there was something to find (%d spans)" % (name, found))


def write(folder, texts, shards):
    paths = []
    for shard in range(shards):
        path = os.path.join(folder, "%d.jsonl" % shard)
        with open(path, "w", encoding="ascii") as out:
            for i, text in enumerate(texts):
                if i * shards // len(texts) == shard:
                    out.write(json.dumps({"id": i, "text": text}) + "\n")
        paths.append(path)
    return paths


def generated(tap, rng, folder, scripts, how):
    languages = [Script(rng, s) for s in scripts]
    texts = []
    for _ in range(400 if LONG else 150):
        script = rng.choice(languages)
        text = script.text(rng.choice((3, 40, 200)))
        if texts and rng.random() < 0.3:  # copies of a part
            source = pieces(rng.choice(texts))
            start = rng.randrange(max(1, len(source)))
            text += "".join(source[start:start + rng.randrange(1, 80)])
        texts.append(text)
    others = [rng.choice(languages).text(60) for _ in range(10)]
    os.mkdir(folder)
    stet(folder, "index", "--quiet", "--yes", *how, *write(folder, texts, 3))
    outputs = [make_output(rng, texts, others) for _ in range(200 if LONG else 60)]
    compare(tap, folder, texts, outputs, " and ".join(scripts) + " ".join(how), rng)


def read_shard(path):
    if path.endswith(".zst"):
        data = subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE,
                              check=True).stdout
    else:
        with gzip.open(path) as shard:
            data = shard.read()
    return [json.loads(line)["text"] for line in data.splitlines()]


def real(tap, rng, folder):
    for name in SHARDS:
        texts = [t[:20000] for t in read_shard(os.path.join(DATA, name))]
        texts = rng.sample(texts, min(len(texts), 1000 if LONG else 250))
        rng.shuffle(texts)
        others = texts[:len(texts) // 5]
        texts = texts[len(texts) // 5:]
        inner = os.path.join(folder, os.path.basename(name))
        os.mkdir(inner)
        stet(inner, "index", "--quiet", "--yes", *write(inner, texts, 2))
        outputs = [make_output(rng, texts, others) for _ in range(100 if LONG else 30)]
        compare(tap, inner, texts, outputs, name, rng)


def main():
    print("# seed %s" % SEED)
    rng = random.Random(SEED)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="stet-trace-") as folder:
        for i, (scripts, how) in enumerate((
                (["Latin"], []), (["Greek", "Cyrillic", "Arabic"], ["--builder", "fts5"]),
                (["Han"], []), (["Thai", "Latin"], ["--jobs", "2", "--partition", "20k"]),
                (["Han", "Latin", "Thai"], ["--builder", "fts5"]))):
            generated(tap, rng, os.path.join(folder, str(i)), scripts, how)
        if DATA and os.path.isdir(os.path.join(DATA, "docs")) and shutil.which("zstd"):
            real(tap, rng, folder)
        else:
            tap.skip("real documents", "no folder STET_TEST_DATA, or no zstd")
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
