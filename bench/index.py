"""Speed of indexing, whole: shards in, a searchable index out. In one run, as
ratios, beside the script that a user would write instead: Python's json and
SQLite's FTS5 with their defaults.

    bench/index.py --stet build/stet SHARD...
"""
import argparse
import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time


def lines_of(path):
    with open(path, "rb") as shard:
        magic = shard.read(4)
    if magic[:2] == b"\x1f\x8b":
        return gzip.open(path, "rb")
    if magic == b"\x28\xb5\x2f\xfd":
        return io.BytesIO(subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE,
                                         check=True).stdout)
    return open(path, "rb")


def python_fts5(folder, shards):
    db = sqlite3.connect(os.path.join(folder, "python.db"))
    db.execute("CREATE VIRTUAL TABLE document USING fts5(text, content='')")
    text_bytes = rows = 0
    for shard in shards:
        with lines_of(shard) as lines:
            for line in lines:
                try:
                    text = json.loads(line)["text"]
                except (ValueError, KeyError, TypeError):
                    continue
                rows += 1
                text_bytes += len(text.encode("utf-8", "surrogatepass"))
                db.execute("INSERT INTO document(rowid, text) VALUES (?, ?)",
                           (rows, text.encode("utf-8", "replace").decode()))
    db.commit()
    db.close()
    return text_bytes


def timed(argv):
    """Wall seconds and peak resident bytes of a child."""
    start = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, argv
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(path, name))
               for path, _, names in os.walk(folder) for name in names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stet", default="build/stet")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--python-fts5", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("shards", nargs="+")
    options = parser.parse_args()
    if options.python_fts5:
        print(python_fts5(options.python_fts5, options.shards), file=sys.stderr)
        return
    shards = [os.path.abspath(shard) for shard in options.shards]
    stet = os.path.abspath(options.stet)
    with tempfile.TemporaryDirectory(prefix="stet-bench-") as work:
        text_bytes = python_fts5(work, shards)
        os.unlink(os.path.join(work, "python.db"))
        mb = text_bytes / 1e6
        print("%.1f MB of text in %d shards" % (mb, len(shards)))
        best = {}
        for run in range(options.runs):
            variants = {
                "stet": [stet, "index", "-C", os.path.join(work, "ws"), "-q", *shards],
                "stet, one job": [stet, "index", "-j", "1", "-C", os.path.join(work, "ws"),
                                  "-q", *shards],
                "stet, no copies": [stet, "index", "--seekable=never", "-C",
                                    os.path.join(work, "ws"), "-q", *shards],
                "Python + FTS5": [sys.executable, __file__, "--python-fts5", work, *shards],
            }
            for name, argv in variants.items():
                shutil.rmtree(os.path.join(work, "ws"), ignore_errors=True)
                os.makedirs(os.path.join(work, "ws"))
                if os.path.exists(os.path.join(work, "python.db")):
                    os.unlink(os.path.join(work, "python.db"))
                seconds, peak = timed(argv)
                size = (os.path.getsize(os.path.join(work, "python.db"))
                        if name.startswith("Python")
                        else folder_bytes(os.path.join(work, "ws", ".stet", "index")))
                best.setdefault(name, []).append((seconds, peak, size))
        slow = sorted(value[0] for value in best["Python + FTS5"])[options.runs // 2]
        for name, values in best.items():
            seconds, peak, size = sorted(values)[len(values) // 2]
            print("%-16s %6.2f s  %6.1f MB/s  %5.1f x Python  peak %4.0f MiB  index %3.0f %%"
                  % (name, seconds, mb / seconds, slow / seconds, peak / 2**20,
                     100 * size / text_bytes))


if __name__ == "__main__":
    main()
