"""Shards of documents that bench/synthetic.c makes up: kept in the cache, one
pipeline for each core."""
import json
import os
import subprocess
import sys

SEED = 3
PER_SHARD = 250_000


def start(program, path, first, count, words):
    """A generator that writes into zstd."""
    maker = subprocess.Popen([program, str(SEED), str(first), str(count), str(words)],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    packer = subprocess.Popen(["zstd", "-q", "-f", "-1", "--single-thread", "-o", path + ".part"],
                              stdin=maker.stdout)
    maker.stdout.close()
    return maker, packer, path


def finish(maker, packer, path):
    """What the generator says of the shard is kept beside it."""
    known = maker.stderr.read()
    if packer.wait() != 0 or maker.wait() != 0:
        sys.exit("could not write " + path)
    with open(path + ".json", "wb") as about:
        about.write(known)
    os.rename(path + ".part", path)


def make(programs, folder, documents, words):
    """Shards of that many documents of `words` words each: path -> what it
    holds."""
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(programs, "synthetic")
    paths, running = [], []
    for first in range(0, documents, PER_SHARD):
        count = min(PER_SHARD, documents - first)
        path = os.path.join(folder, "%d-words-%d-%d.jsonl.zst" % (words, first, count))
        paths.append(path)
        if os.path.exists(path):
            continue
        if len(running) == os.cpu_count():
            finish(*running.pop(0))
        running.append(start(program, path, first, count, words))
    for one in running:
        finish(*one)
    known = {}
    for path in paths:
        with open(path + ".json") as about:
            known[path] = json.load(about)
    return known
