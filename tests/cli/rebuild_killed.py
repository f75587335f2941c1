"""Damages each kind of file of an index: `stet check --rebuild` mends it although
it is killed again and again, and leaves other partitions alone. What cannot be
opened at all is built again by `stet index FOLDER`.

STET_TEST_LONG=1 runs the long form.
"""
import glob
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import corpus  # noqa: E402

STET = os.path.abspath(os.environ.get("STET") or
                       os.path.join(os.environ.get("builddir", "build"), "stet"))
LONG = bool(os.environ.get("STET_TEST_LONG"))
SEED = int(os.environ.get("STET_TEST_SEED", "20261127"))
ENV = dict(os.environ, STET_REVIEWER="kim")
QUERIES = ["", "river", "shard1 OR shard4", "toxicity:0.5..", "source:source1", '"quiet lantern"']

count = failed = 0


def check(good, name, detail=""):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, name), flush=True)
    for line in [] if good else str(detail).splitlines()[:30]:
        print("# " + line)


def run(*args):
    return subprocess.run([STET, *args], env=ENV, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300)


def said(result):
    return "exit %d\n%s%s" % (result.returncode, result.stdout.decode(),
                              result.stderr.decode())


def counts(where):
    return [run("search", "-C", where, "--count", query).stdout for query in QUERIES]


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 0x55]))


def files(where):
    index = os.path.join(where, ".stet/index")
    found = {}
    for path in glob.glob(index + "/part-*") + glob.glob(index + "/shards/*"):
        with open(path, "rb") as file:
            found[os.path.relpath(path, index)] = hashlib.sha256(file.read()).hexdigest()
    return found


def shards_of(where, partition):
    import sqlite3
    db = sqlite3.connect("file:%s?immutable=1" % os.path.join(where, ".stet/index", partition),
                         uri=True)
    rows = db.execute("SELECT path, copy FROM shard").fetchall()
    db.close()
    return rows


class Damage:
    """One kind: what is damaged, what must be named, what must stay as it is."""

    def __init__(self, base, work, name):
        self.where = os.path.join(work, name.replace(" ", "-"))
        shutil.copytree(base, self.where)
        self.index = os.path.join(self.where, ".stet/index")
        self.parts = sorted(os.path.basename(p) for p in glob.glob(self.index + "/part-*.db"))

    def path(self, name):
        return os.path.join(self.index, name)


def partition_page(damage, rng):
    name = damage.parts[1]
    size = os.path.getsize(damage.path(name))
    flip(damage.path(name), size // 4096 // 2 * 4096 + 100 + rng.randrange(3000))
    return name, {name[:9]}


def column(damage, rng):
    name = damage.parts[0].replace(".db", ".toxicity.col")
    size = os.path.getsize(damage.path(name))
    with open(damage.path(name), "r+b") as file:
        file.truncate(size - 3)
    return name, {name[:9]}


def column_missing(damage, rng):
    name = damage.parts[2].replace(".db", ".doc.source.col")
    os.unlink(damage.path(name))
    return name, {name[:9]}


def seekable_copy(damage, rng):
    for part in damage.parts:
        for path, copy in shards_of(damage.where, part):
            if copy:
                flip(damage.path(copy), os.path.getsize(damage.path(copy)) // 3)
                return path, {part[:9]}
    raise AssertionError("no copy")


def copy_missing(damage, rng):
    for part in reversed(damage.parts):
        for path, copy in shards_of(damage.where, part):
            if copy:
                os.unlink(damage.path(copy))
                return path, {part[:9]}
    raise AssertionError("no copy")


def frames(damage, rng):
    """The map of frames in the partition, as if written by a bad disk."""
    import sqlite3
    part = damage.parts[1]
    db = sqlite3.connect(damage.path(part))
    db.execute("UPDATE shard SET frames = x'0205' WHERE number = 0 AND copy IS NOT NULL "
               "OR number = 0")
    db.commit()
    db.close()
    return part, {part[:9]}


KINDS = [("partition page", partition_page), ("column cut", column),
         ("column missing", column_missing), ("seekable copy", seekable_copy),
         ("copy missing", copy_missing), ("frames", frames)]


def one(base, work, name, make, wanted, rng):
    damage = Damage(base, work, name)
    named, touched = make(damage, rng)
    before = files(damage.where)
    result = run("check", "-C", damage.where, "--full")
    text = result.stdout.decode()
    check(result.returncode == 65 and named in text, "%s: check names %s" % (name, named),
          said(result))
    # Killed a few times while it rebuilds.
    for _ in range(20 if LONG else 3):
        process = subprocess.Popen([STET, "check", "-C", damage.where, "--full", "--rebuild"],
                                   env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.random() * 0.3)
        process.kill()
        process.wait()
    result = run("check", "-C", damage.where, "--full", "--rebuild")
    again = run("check", "-C", damage.where, "--full")
    check(result.returncode == 0 and again.returncode == 0 and counts(damage.where) == wanted,
          "%s: --rebuild mends it" % name, said(result) + said(again))
    after = files(damage.where)
    other = [file for file in before if file[:9] not in touched and file.startswith("part-")
             and after.get(file) != before[file]]
    check(not other, "%s: other partitions stay as they are" % name, other)
    shutil.rmtree(damage.where)


def unreadable(base, work, name, path, wanted):
    damage = Damage(base, work, name)
    with open(damage.path(path), "r+b") as file:
        file.write(b"\0" * 200)
    before = files(damage.where)
    result = run("check", "-C", damage.where)
    check(result.returncode == 65 and path in said(result), "%s: check names it" % name,
          said(result))
    result = run("index", "-q", "-C", damage.where, os.path.join(damage.where, "shards"))
    again = run("check", "-C", damage.where, "--full")
    check(result.returncode == 0 and again.returncode == 0 and counts(damage.where) == wanted,
          "%s: `stet index FOLDER` mends it" % name, said(result) + said(again))
    after = files(damage.where)
    other = [file for file in before if file[:9] != path[:9] and file.startswith("part-")
             and after.get(file) != before[file]]
    check(path == "MANIFEST" or not other, "%s: other partitions stay as they are" % name, other)
    shutil.rmtree(damage.where)


def main():
    print("# seed %d" % SEED)
    rng = random.Random(SEED)
    work = os.path.realpath(tempfile.mkdtemp(prefix="stet-mend-"))
    try:
        base = os.path.join(work, "base")
        corpus.make(os.path.join(base, "shards"), 6, 150, SEED)
        # Shards are known by paths below the root: the base can be copied.
        result = run("index", "-q", "-C", base, "--partition", "250k",
                     os.path.join(base, "shards"))
        parts = glob.glob(os.path.join(base, ".stet/index/part-*.db"))
        check(result.returncode == 0 and len(parts) >= 3, "index", said(result) + str(parts))
        wanted = counts(base)
        for name, make in KINDS:
            one(base, work, name, make, wanted, rng)
        unreadable(base, work, "manifest", "MANIFEST", wanted)
        unreadable(base, work, "partition header", os.path.basename(sorted(parts)[1]), wanted)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("1..%d" % count)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
