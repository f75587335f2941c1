"""Seeded shards for tests that drive the program: JSON lines in every container.

A document's text is words with one marker word per shard, so that counts are
known without asking the program.
"""
import gzip
import json
import os
import random
import subprocess

WORDS = ("stone river paper quiet lantern orchard signal winter copper meadow "
         "harbour ladder violet thunder pocket mirror saddle engine candle "
         "forest").split()


def record(rng, shard, number):
    words = [rng.choice(WORDS) for _ in range(rng.randrange(20, 200))]
    words.insert(rng.randrange(len(words)), "shard%d" % shard)
    return {
        "id": "doc-%d-%d" % (shard, number),
        "text": " ".join(words),
        "source": "source%d" % (shard % 3),
        "metadata": {"lang": "en"},
        "attributes": {"toxicity": round(rng.random(), 3)},
    }


def write_shard(path, lines, container):
    data = b"".join(lines)
    if container == "gzip":
        # Two members, cut inside a line.
        middle = len(data) // 2 + 3
        with open(path, "wb") as out:
            out.write(gzip.compress(data[:middle]) + gzip.compress(data[middle:]))
    elif container == "zstd":
        subprocess.run(["zstd", "-q", "-f", "-o", path, "-"], input=data, check=True)
    else:
        with open(path, "wb") as out:
            out.write(data)


def make(folder, shards, documents, seed):
    """Write `shards` shards of `documents` documents; returns their paths."""
    os.makedirs(folder, exist_ok=True)
    paths = []
    for shard in range(shards):
        rng = random.Random("%d/%d" % (seed, shard))
        container, name = (("plain", "%02d.jsonl"), ("gzip", "%02d.json.gz"),
                           ("zstd", "%02d.jsonl.zst"))[shard % 3]
        lines = [json.dumps(record(rng, shard, n), ensure_ascii=n % 2 == 0).encode()
                 + b"\n" for n in range(documents)]
        path = os.path.join(folder, name % shard)
        write_shard(path, lines, container)
        paths.append(path)
    return paths
