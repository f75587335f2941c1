"""Speed of `stet trace`, warm: outputs of 200 words put together from pieces of
the corpus' own documents, each timed as its result arrives.

    bench/trace.py --stet build/stet --work FOLDER [--json] [--quick]
        CORPUS [SHARD...]

CORPUS holds shards of JSON lines; with SHARDs it is a workspace in which these
are indexed. In scripts without spaces a piece has as many characters as elsewhere words. Single
words have nothing to be found but are as rare as the corpus' words are; what few
documents have in a row is quick, what many nearly have is not.
"""
import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import machine  # noqa: E402
import search  # noqa: E402

SEED = 5
WORDS = 200
PIECES = (("single words", 1), ("pieces of 5 words", 5), ("pieces of 40 words", 40),
          ("a quote of 200 words", 200))


def texts_of(shards, count):
    """Some from each shard, in its order: what is read is decompressed."""
    texts = []
    for shard in shards:
        lines = search.lines_of(shard)
        for line in itertools.islice(lines, count // len(shards) + 1):
            try:
                texts.append(json.loads(line)["text"])
            except (ValueError, KeyError, TypeError):
                continue
        lines.close()
    return texts


def cut(text):
    words = text.split()
    if len(words) * 20 < len(text):  # no spaces to cut at
        return list(text), ""
    return words, " "


def make_output(rng, texts, piece):
    out, count = [], 0
    while count < WORDS:
        words, gap = cut(rng.choice(texts))
        if len(words) < min(piece, 20):
            continue
        start = rng.randrange(max(1, len(words) - piece))
        taken = words[start:start + min(piece, WORDS - count)]
        count += len(taken)
        out.append(gap.join(taken))
    return " ".join(out)


def run(stet, folder, outputs):
    """Milliseconds of each, from the former's result on; the first is opening
    the index, too, and is left out. Spans; milliseconds of processor for each."""
    path = os.path.join(folder, "outputs.jsonl")
    with open(path, "w") as rows:
        for output in outputs[:1] + outputs:
            rows.write(json.dumps({"output": output}) + "\n")
    child = subprocess.Popen([stet, "trace", "-C", folder, "--json", path],
                             stdout=subprocess.PIPE)
    times, last = [], time.perf_counter()
    found = 0
    for line in child.stdout:
        now = time.perf_counter()
        times.append(1000 * (now - last))
        last = now
        found += len(json.loads(line)["spans"])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit("stet trace failed")
    return times[1:], found, 1000 * (usage.ru_utime + usage.ru_stime) / len(times)


def measure(stet, folder, shards, quick):
    rng = random.Random(SEED)
    texts = texts_of(shards, 200 if quick else 4000)
    rows = []
    for what, piece in PIECES:
        outputs = [make_output(rng, texts, piece) for _ in range(5 if quick else 50)]
        run(stet, folder, outputs)  # what is read is in memory now
        times, found, cpu = run(stet, folder, outputs)
        rows.append(search.row("stet", "%s: %.1f spans kept; %.0f ms of processor" % (
            what, found / len(times), cpu), times))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stet", default="build/stet")
    parser.add_argument("--work", required=True, metavar="FOLDER")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("corpus", metavar="CORPUS")
    parser.add_argument("shards", nargs="*", metavar="SHARD")
    options = parser.parse_args()
    stet = os.path.abspath(options.stet)
    folder, shards = options.corpus, options.shards
    if not shards:
        folder = options.work
        shards = search.shards_of(options.corpus, options.quick)
        machine.empty(folder)
        machine.run([[stet, "index", "-qy", "-C", folder, *shards]])
    rows = measure(stet, folder, shards, options.quick)
    if options.json:
        print(json.dumps(rows))
        return
    for row in rows:
        print("%-40s %8.1f %8.1f %8.1f ms" % (row["what"], row["p50_ms"], row["p95_ms"],
                                            row["p99_ms"]))


if __name__ == "__main__":
    main()
