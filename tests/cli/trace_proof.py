#!/usr/bin/env python3
"""What `stet trace` promises: quotes of 6 to 200 words are found in the midst of
other text, and their documents are the first; text that is not in the corpus
gives nothing; a batch that is stopped goes on to the same results.

2,000 documents; 100,000 with STET_TEST_LONG. Prints its seed; STET_TEST_SEED
sets it.
"""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.environ.get("srcdir", "."), "tests", "lib"))
from program import STET, Tap  # noqa: E402

LONG = bool(os.environ.get("STET_TEST_LONG"))
SEED = os.environ.get("STET_TEST_SEED") or str(random.randrange(1 << 32))
DOCUMENTS = 100000 if LONG else 2000
ANCHOR = 10000
LENGTHS = (6, 7, 8, 10, 15, 25, 50, 100, 200)
ENV = dict(os.environ, STET_REVIEWER="kim", ASAN_OPTIONS="detect_leaks=1")


def stet(folder, *args):
    run = subprocess.run([STET, "-C", folder, *args], capture_output=True, env=ENV,
                         check=False)
    if run.returncode or b"runtime error" in run.stderr:
        raise SystemExit("stet %s: %d\n%s" % (
            " ".join(args), run.returncode, run.stderr.decode("utf-8", "replace")))
    return run.stdout


class Text:
    """Words as often as by Zipf; most scripts have none of these."""

    def __init__(self, rng, letters, count):
        self.rng = rng
        self.words = sorted({"".join(rng.choice(letters) for _ in range(rng.randrange(2, 6)))
                             for _ in range(count)})
        rng.shuffle(self.words)
        self.sums, total = [], 0.0
        for i in range(len(self.words)):
            total += 1 / (i + 2)
            self.sums.append(total)

    def draw(self, count):
        return self.rng.choices(self.words, cum_weights=self.sums, k=count)


def make_corpus(rng, folder):
    text = Text(rng, ["ba", "co", "du", "fe", "gi", "ka", "lo", "mu", "ne", "pi", "ra", "so"],
                60000)
    documents, having = [], {}
    with open(os.path.join(folder, "a.jsonl"), "w", encoding="ascii") as out:
        for i in range(DOCUMENTS):
            words = text.draw(rng.choice((20, 60, 150, 400) if not LONG else (20, 60, 150)))
            if i % 50 == 0:
                words = text.draw(260)
            documents.append(words)
            for word in set(words):
                having[word] = having.get(word, 0) + 1
            out.write(json.dumps({"id": i, "text": " ".join(words)}) + "\n")
    stet(folder, "index", "--quiet", "--yes", os.path.join(folder, "a.jsonl"))
    return text, documents, having


def trace(folder, outputs, *more):
    path = os.path.join(folder, "outputs.jsonl")
    with open(path, "w", encoding="ascii") as out:
        for i, output in enumerate(outputs):
            out.write(json.dumps({"id": i, "output": output}) + "\n")
    return [json.loads(line) for line in
            stet(folder, "trace", "--json", *more, path).splitlines()]


def check_quote(result, number, quote):
    problems = []
    if not any(" ".join(quote) in s["text"] for s in result["spans"]):
        problems.append("not found: %s; found: %s" % (
            " ".join(quote[:12]), [s["text"][:60] for s in result["spans"]][:4]))
    ranks = {}
    for document in result["documents"]:  # those without a span come last
        if document["found_by"] == "span":
            ranks.update({d["id"]: document["rank"]
                          for d in [document] + document["copies"]})
    if number not in ranks:
        problems.append("document %d was not given" % number)
    elif ranks[number] < max(ranks.values()):
        problems.append("document %d has rank %s, others %s" % (
            number, ranks[number], sorted(ranks.values())[-3:]))
    return problems


def quotes(tap, rng, folder, corpus):
    text, documents, having = corpus
    others = Text(rng, ["xa", "ze", "wu", "vo"], 300)
    outputs, planted = [], []
    for length in LENGTHS:
        for i in range(20):
            while True:
                number = rng.randrange(len(documents))
                words = documents[number]
                start = rng.randrange(max(1, len(words) - length + 1))
                quote = words[start:start + length]
                if len(quote) == length and any(having[w] <= ANCHOR for w in quote):
                    break
            around = (others if i % 2 else text).draw(60)
            outputs.append(" ".join(around[:30] + quote + around[30:]))
            planted.append((number, quote))
    results = trace(folder, outputs)
    for length in LENGTHS:
        problems = []
        for result, (number, quote) in zip(results, planted):
            if len(quote) == length:
                problems += check_quote(result, number, quote)
        tap.check(problems[:5], "quotes of %d words are found, their documents first" % length)


def nothing(tap, rng, folder, corpus):
    text = corpus[0]
    outputs = [" ".join(text.draw(200)) for _ in range(40)]
    outputs += [" ".join(rng.choice(text.words) for _ in range(200)) for _ in range(20)]
    outputs += [" ".join(Text(rng, ["xa", "ze", "wu"], 300).draw(200)) for _ in range(10)]
    problems = []
    for output, result in zip(outputs, trace(folder, outputs)):
        for span in result["spans"]:
            # it may have come about by chance: then it is there
            if not any(span["text"] in " ".join(words) for words in corpus[1]):
                problems.append("not in the corpus: %s" % span["text"])
        if len(result["spans"]) > 1:
            problems.append("%d spans in random words" % len(result["spans"]))
        if [d for d in result["documents"] if d["found_by"] != "span"]:
            problems.append("documents by rare words: %s" % [
                (d["id"], d["rare_share"]) for d in result["documents"]][:3])
    found = sum(len(r["spans"]) for r in trace(folder, outputs))
    tap.check(problems[:5] + (["%d spans" % found] if found > 3 else []),
              "words of the corpus in no document's order give nothing")


def lines_of(path):
    try:
        with open(path, "rb") as file:
            return file.read().count(b"\n")
    except FileNotFoundError:
        return 0


def stopped(tap, rng, folder, corpus):
    text, documents, _ = corpus
    path = os.path.join(folder, "batch.jsonl")
    with open(path, "w", encoding="ascii") as out:
        for i in range(150):
            words = rng.choice(documents)[:50] + text.draw(100)
            out.write(json.dumps({"id": i, "output": " ".join(words)}) + "\n")
    whole, parts = os.path.join(folder, "whole"), os.path.join(folder, "parts")
    stet(folder, "trace", "--to", whole, path)
    problems, stops = [], 0
    for wanted in (3, 20, 60):
        child = subprocess.Popen([STET, "-C", folder, "trace", "--to", parts, "--resume", path],
                                 env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while lines_of(parts) < wanted and child.poll() is None:
            time.sleep(0.002)
        child.send_signal(signal.SIGINT)
        message = child.stderr.read().decode("utf-8", "replace")
        status = child.wait()
        stops += status == 130
        if status not in (0, 130) or status == 130 and "--resume" not in message:
            problems.append("status %d: %s" % (status, message))
    if not stops:
        problems.append("it was never stopped")
    stet(folder, "trace", "--to", parts, "--resume", path)
    with open(whole, "rb") as a, open(parts, "rb") as b:
        if a.read() != b.read():
            problems.append("the results differ")
    tap.check(problems, "a batch that was stopped goes on to the same results")


def main():
    print("# seed %s" % SEED)
    rng = random.Random(SEED)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="stet-proof-") as folder:
        corpus = make_corpus(rng, folder)
        quotes(tap, rng, folder, corpus)
        nothing(tap, rng, folder, corpus)
        stopped(tap, rng, folder, corpus)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
