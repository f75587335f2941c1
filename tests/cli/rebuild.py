"""stet check finds each kind of damage to the index, names it, and --rebuild
makes just that anew: what was sound keeps its files, and a full check of the
new generation finds nothing."""
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from program import STET, Tap  # noqa: E402

SEED = int(os.environ.get("STET_TEST_SEED", "20261127"))
SHARDS = 6
DOCUMENTS = 60
ENV = dict(os.environ, STET_REVIEWER="kim")
tap = Tap()


def run(where, *args):
    result = subprocess.run([os.path.abspath(STET), *args], cwd=where, env=ENV,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def make(where):
    """Six shards in several partitions; those of odd number need copies."""
    chance = random.Random(SEED)
    for number in range(SHARDS):
        lines = []
        for i in range(DOCUMENTS):
            words = ["w%d" % chance.randrange(500) for _ in range(chance.randrange(20, 60))]
            lines.append(json.dumps({"id": "%d-%d" % (number, i), "source": "s%d" % number,
                                     "text": " ".join(words),
                                     "attributes": {"toxicity": chance.random()}}))
        path = os.path.join(where, "shard-%d.jsonl" % number)
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        if number % 2:
            subprocess.run(["gzip", "-f", path], check=True)
    code, _, err = run(where, "index", "-q", "-y", "--partition", "25k", ".")
    assert code == 0, err


def index_files(where):
    found = {}
    for path in glob.glob(os.path.join(where, ".stet/index/**"), recursive=True):
        name = os.path.relpath(path, os.path.join(where, ".stet/index"))
        if os.path.isfile(path) and name.split(".")[-1] in ("db", "col", "zst"):
            with open(path, "rb") as file:
                found[name] = file.read()
    found.pop("resolve.db", None)
    return found


def flip(path, at):
    """Change a byte, at a share of the file's length; its times stay."""
    times = os.stat(path)
    with open(path, "r+b") as file:
        file.seek(int(times.st_size * at))
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 0x15]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def answers(where):
    return [sorted(run(where, "search", "--limit", "1000", query)[1].splitlines())
            for query in ("w1", "toxicity:0.9..", "source:s3 w7", "sort:toxicity w2")]


def indexed_again(out):
    found = re.search(r"index: (\d+) shards indexed again", out)
    return int(found.group(1)) if found else 0


def try_damage(sound, name, damage, mended):
    """`mended`: at most so many shards are indexed again; `damage` gives the path."""
    with tempfile.TemporaryDirectory() as folder:
        where = os.path.join(folder, "ws")
        shutil.copytree(sound, where, symlinks=True)
        before = index_files(where)
        expected = answers(where)
        path = damage(where)
        problems = []
        code, out, err = run(where, "check", "--full")
        if code != 65:
            problems.append("check --full: exit %d: %s%s" % (code, out, err))
        code, out, err = run(where, "check", "--full", "--rebuild")
        if code != 0 or not 0 < indexed_again(out) <= mended:
            problems.append("--rebuild: exit %d: %s%s" % (code, out, err))
        code, out, err = run(where, "check", "--full")
        if code != 0:
            problems.append("afterwards: exit %d: %s%s" % (code, out, err))
        if answers(where) != expected and not path.endswith(".jsonl"):
            problems.append("the answers are others")
        after = index_files(where)
        kept = sum(after.get(file) == content for file, content in before.items())
        if kept == 0:
            problems.append("nothing was kept")
        tap.check(problems, name)


def damaged(pattern, at):
    def damage(where):
        path = sorted(glob.glob(os.path.join(where, pattern)))[0]
        flip(path, at)
        return path
    return damage


def postings(where):
    """A position of a word; the file's hash in the manifest agrees."""
    import sqlite3
    path = sorted(glob.glob(os.path.join(where, ".stet/index/part-*.db")))[0]
    db = sqlite3.connect(path)
    db.execute("UPDATE fts_docsize SET sz = x'03' WHERE id = 5")
    db.commit()
    db.close()
    return path


def partition_of(where, number):
    return sorted(glob.glob(os.path.join(where, ".stet/index/part-*.db")))[number]


def cut_short(path):
    with open(path, "r+b") as file:
        file.truncate(4096 + 17)


def overwrite(path):
    with open(path, "r+b") as file:
        file.write(b"\0" * 100)


def try_unreadable(sound, name, damage):
    """A plain `stet index`, without a shard's name, builds the partition again; a
    shard of it that is gone meanwhile is left out."""
    for gone in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            where = os.path.join(folder, "ws")
            shutil.copytree(sound, where, symlinks=True)
            before, expected, problems = index_files(where), answers(where), []
            damage(partition_of(where, 0))
            if gone:
                os.unlink(os.path.join(where, "shard-0.jsonl"))
            code, out, err = run(where, "index", "-y")
            if code != 0 or err.count("indexed again") != 1 or "(null)" in err:
                problems.append("index: exit %d: %s%s" % (code, out, err))
            code, out, err = run(where, "check", "--full")
            if code != 0:
                problems.append("check --full: exit %d: %s%s" % (code, out, err))
            if gone and run(where, "search", "--count", "source:s0")[1].strip() != "0":
                problems.append("the shard that is gone is not left out")
            if not gone and answers(where) != expected:
                problems.append("the answers are others")
            after = index_files(where)
            if sum(after.get(file) == content for file, content in before.items()) == 0:
                problems.append("nothing was kept")
            code, out, err = run(where, "index", "-y")
            if code != 0 or err or " 0 shards added" not in out:
                problems.append("once more: exit %d: %s%s" % (code, out, err))
            tap.check(problems, name + (", a shard of it gone" if gone else ""))


def try_old_manifest(sound):
    """A manifest of before there were shards in it says what to do."""
    import hashlib
    with tempfile.TemporaryDirectory() as folder:
        where = os.path.join(folder, "ws")
        shutil.copytree(sound, where, symlinks=True)
        expected, problems = answers(where), []
        path = os.path.join(where, ".stet/index/MANIFEST")
        with open(path, "rb") as file:
            lines = file.read().splitlines(True)
        kept = [line for line in lines[1:-1] if not line.startswith(b"shard ")]
        text = b"stet-index 1\n" + b"".join(kept)
        with open(path, "wb") as file:
            file.write(text + b"sum %s\n" % hashlib.sha256(text).hexdigest().encode())
        if answers(where) != expected:
            problems.append("it is not read")
        os.unlink(partition_of(where, 0))
        code, out, err = run(where, "index", "-y")
        if "name its shards again" not in err:
            problems.append("index: exit %d: %s%s" % (code, out, err))
        code, out, err = run(where, "index", "-q", "-y", ".")
        if code != 0 or answers(where) != expected:
            problems.append("index .: exit %d: %s%s" % (code, out, err))
        tap.check(problems, "a manifest without shards")


def main():
    with tempfile.TemporaryDirectory() as folder:
        sound = os.path.join(folder, "ws")
        os.makedirs(sound)
        make(sound)
        parts = len(glob.glob(os.path.join(sound, ".stet/index/part-*.db")))
        code, out, err = run(sound, "check", "--full")
        tap.check([] if code == 0 and parts > 2 else ["exit %d, %d partitions: %s%s" %
                                                       (code, parts, out, err)],
                  "a sound index has nothing to be found")
        try_damage(sound, "a page of a partition",
                   damaged(".stet/index/part-0001.db", 0.6), 2)
        try_damage(sound, "a count of words", postings, 2)
        try_damage(sound, "a column of scores",
                   damaged(".stet/index/part-0002.toxicity*.col", 0.5), 2)
        try_damage(sound, "a seekable copy", damaged(".stet/index/shards/*.zst", 0.5), 1)
        try_damage(sound, "a shard that was changed under its old times",
                   damaged("shard-0.jsonl", 0.501), 1)
        try_unreadable(sound, "a partition that is missing", os.unlink)
        try_unreadable(sound, "a partition that is cut short", cut_short)
        try_unreadable(sound, "a partition that is no database", overwrite)
        try_old_manifest(sound)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
