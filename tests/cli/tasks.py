"""Builds an index in tasks, as docs/recipes does with GNU parallel, while
workers are killed at random: the manifest is that of an undisturbed run, byte
for byte, and no partition is in it twice.

STET_TEST_LONG=1 runs the long form.
"""
import glob
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import corpus  # noqa: E402

STET = os.path.abspath(os.environ.get("STET") or
                       os.path.join(os.environ.get("builddir", "build"), "stet"))
RECIPES = os.path.abspath(os.path.join(HERE, "..", "..", "docs", "recipes"))
LONG = bool(os.environ.get("STET_TEST_LONG"))
SEED = int(os.environ.get("STET_TEST_SEED", "20261127"))
TASKS = 4
SMALL = ["--partition", "60k"]  # several parts a task
ENV = dict(os.environ, STET_REVIEWER="kim",
           PATH=os.path.dirname(STET) + ":" + os.environ["PATH"])

count = 0
failed = 0


def check(good, name, detail=""):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, name), flush=True)
    if not good:
        for line in str(detail).splitlines()[:30]:
            print("# " + line, flush=True)


def skip(name, why):
    global count
    count += 1
    print("ok %d - %s # SKIP %s" % (count, name, why), flush=True)


def run(where, *args):
    return subprocess.run([STET, *args], cwd=where, env=ENV, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=600)


def said(result):
    return "exit %d\n%s%s" % (result.returncode, result.stdout.decode(),
                              result.stderr.decode())


def manifest(where):
    with open(os.path.join(where, ".stet/index/MANIFEST")) as file:
        return file.read()


def files_of(where):
    """Every published file by name and hash: partitions, columns, copies."""
    index = os.path.join(where, ".stet/index")
    found = {}
    for path in sorted(glob.glob(index + "/part-*") + glob.glob(index + "/shards/*")):
        with open(path, "rb") as file:
            found[os.path.relpath(path, index)] = hashlib.sha256(file.read()).hexdigest()
    return found


class Corpus:
    """One set of shards, in any number of folders with the same names in them."""

    def __init__(self, work):
        self.work = work
        self.number = 0
        self.base = os.path.join(work, "base")
        corpus.make(os.path.join(self.base, "shards"), 14, 60, SEED)
        # Sizes that differ, an empty one, and a score that only one shard has.
        for name in ("00.jsonl", "03.jsonl"):
            with open(os.path.join(self.base, "shards", name), "ab") as out:
                out.write(b'{"id":"x","text":"a lonely quasar","metadata":{"rare":0.5}}\n' * 90)
        open(os.path.join(self.base, "shards", "empty.jsonl"), "w").close()
        with open(os.path.join(self.base, "list"), "w") as out:
            for name in sorted(os.listdir(os.path.join(self.base, "shards")), reverse=True):
                out.write("shards/%s\n" % name)

    def copy(self):
        self.number += 1
        where = os.path.join(self.work, "corpus-%d" % self.number)
        shutil.copytree(self.base, where)  # with the times
        return where


def task(where, number, *more):
    return run(where, "index", "-q", "--jobs", "1", "--task", "%d/%d" % (number, TASKS),
               "--shards", "list", *SMALL, *more)


def undisturbed(shards):
    where = shards.copy()
    results = [task(where, number) for number in range(1, TASKS + 1)]
    check(all(r.returncode == 0 for r in results), "tasks: all of them build",
          "\n".join(said(r) for r in results))
    before = run(where, "search", "--count", "river")
    check(before.returncode == 66, "tasks: nothing is published by a task", said(before))
    result = run(where, "index", "--status", "--shards", "list")
    check(result.returncode == 0, "status: publishes when nothing is missing", said(result))
    result = run(where, "check", "--full")
    check(result.returncode == 0, "check --full: finds nothing", said(result))
    return where


def like_plain(shards, where):
    plain = shards.copy()
    result = run(plain, "index", "-q", "shards")
    check(result.returncode == 0, "a plain build of the same shards", said(result))
    bad = []
    for query in ("", "river", "shard3 OR shard5", "toxicity:0.5..", "rare:0.5", "quasar",
                  "source:source1 -candle"):
        one = run(plain, "search", "--count", query)
        other = run(where, "search", "--count", query)
        if one.returncode or said(one) != said(other):
            bad.append("%s: %s / %s" % (query, said(one), said(other)))
    check(not bad, "tasks: searches count as after a plain build", "\n".join(bad))


def idempotent(where):
    before = manifest(where), files_of(where)
    results = [task(where, number) for number in range(1, TASKS + 1)]
    results.append(run(where, "index", "--status"))
    check(all(r.returncode == 0 for r in results) and
          all("0 documents in 0 shards" in r.stdout.decode() for r in results[:TASKS]) and
          before == (manifest(where), files_of(where)),
          "tasks: finished ones run again do nothing",
          "\n".join(said(r) for r in results))


def stale(where):
    path = os.path.join(where, "shards", "09.jsonl")
    before = run(where, "search", "--count", "quasar").stdout
    with open(path, "ab") as out:
        out.write(b'{"id":"new","text":"one more quasar"}\n')
    result = run(where, "index", "--status", "--shards", "list")
    stale_ones = [line for line in result.stdout.decode().splitlines() if "stale" in line]
    check(result.returncode == 75 and len(stale_ones) == 1,
          "status: a changed shard makes its task stale, and no other", said(result))
    built = [task(where, number) for number in range(1, TASKS + 1)]
    busy = [r for r in built if "0 documents in 0 shards" not in r.stdout.decode()]
    check(len(busy) == 1 and busy[0].returncode == 0, "tasks: only that one builds again",
          "\n".join(said(r) for r in built))
    result = run(where, "index", "--status", "--shards", "list")
    after = run(where, "search", "--count", "quasar").stdout
    check(result.returncode == 0 and int(after) == int(before) + 1,
          "status: publishes it as a new generation", said(result))
    result = run(where, "check", "--full")
    check(result.returncode == 0, "check --full: finds nothing then", said(result))


def signals(shards, wanted):
    """SIGTERM and SIGUSR1 at random moments, until each task has ended well."""
    rng = random.Random(SEED)
    where = shards.copy()
    stopped = 0
    bad = []
    for number in range(1, TASKS + 1):
        for attempt in range(60):
            process = subprocess.Popen(
                [STET, "index", "-q", "--jobs", "1", "--task", "%d/%d" % (number, TASKS),
                 "--shards", "list", *SMALL], cwd=where, env=ENV,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(rng.random() * 0.4 + 0.02 * attempt)
            process.send_signal(rng.choice([signal.SIGTERM, signal.SIGUSR1]))
            out, err = process.communicate()
            if process.returncode == 0:
                break
            stopped += 1
            # Before the handler is set the signal itself ends it.
            if process.returncode not in (75, -signal.SIGTERM, -signal.SIGUSR1):
                bad.append("exit %d: %s" % (process.returncode, err.decode()))
    result = run(where, "index", "--status", "--shards", "list")
    check(not bad and result.returncode == 0 and manifest(where) == wanted[0] and
          files_of(where) == wanted[1],
          "SIGTERM and SIGUSR1: %d tasks stopped with exit 75, what was finished stays"
          % stopped, "\n".join(bad) + said(result))


def kill_some(where, rng, stop, kills):
    """SIGKILL to random workers below `where`, as long as the recipe runs."""
    while not stop.is_set():
        time.sleep(rng.random() * 0.25)
        workers = []
        for path in glob.glob("/proc/[0-9]*/cwd"):
            try:
                if os.readlink(path) == where and \
                        os.readlink(os.path.dirname(path) + "/exe") == STET:
                    workers.append(int(path.split("/")[2]))
            except OSError:
                pass
        if workers and len(kills) < (60 if LONG else 8):
            try:
                os.kill(rng.choice(workers), signal.SIGKILL)
                kills.append(1)
            except OSError:
                pass


def recipe(shards, wanted, seed):
    name = "docs/recipes/parallel.sh: the manifest is that of an undisturbed run"
    if not shutil.which("parallel"):
        skip(name, "GNU parallel is missing")
        return
    where = shards.copy()
    rng = random.Random(seed)
    stop, kills = threading.Event(), []
    killer = threading.Thread(target=kill_some, args=(where, rng, stop, kills))
    killer.start()
    result = subprocess.run(["sh", os.path.join(RECIPES, "parallel.sh"), "list", str(TASKS),
                             *SMALL], cwd=where, env=dict(ENV, JOBS="2", HOME=where),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stop.set()
    killer.join()
    if result.returncode == 137 or result.returncode == 75:
        # The publishing run itself was hit, or tried once too often.
        result = subprocess.run(["sh", os.path.join(RECIPES, "parallel.sh"), "list",
                                 str(TASKS), *SMALL], cwd=where,
                                env=dict(ENV, JOBS="2", HOME=where),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    good = result.returncode == 0 and manifest(where) == wanted[0] and \
        files_of(where) == wanted[1]
    check(good, name + " (seed %s, %d killed)" % (seed, len(kills)), said(result))
    left = [path for path in glob.glob(where + "/.stet/index/tasks/*/*")
            if "tmp-" in path]
    check(not left, "docs/recipes/parallel.sh: no litter is left", left)
    shutil.rmtree(where)


def space():
    """What a task will write is told before, and refused where it does not fit."""
    with tempfile.TemporaryDirectory() as where:
        for number in range(4):
            with open(os.path.join(where, "%d.jsonl" % number), "w") as file:
                file.write('{"id":"%d","text":"words and words"}\n' % number * 3000)
        with open(os.path.join(where, "list"), "w") as file:
            file.write("".join("%d.jsonl\n" % number for number in range(4)))
        first, again = [run(where, "index", "--task", "1/2", "--shards", "list")
                        for _ in range(2)]
        whole = run(where, "index", "--task", "1/1", "--shards", "list", "-q")
        check(b"KB of index" in first.stderr and b"writing" not in again.stderr and
              not whole.stderr, "a task tells what it will write, of its own part, once",
              said(first) + said(again) + said(whole))
        name = "a task that does not fit is refused"
        try:
            os.truncate(os.path.join(where, "0.jsonl"), 15 << 40)
        except OSError as error:
            skip(name, error)
            return
        refused = run(where, "index", "--task", "1/4", "--shards", "list")
        parts = glob.glob(os.path.join(where, ".stet/index/tasks/*-4/*part*"))
        check(refused.returncode != 0 and b"--yes" in refused.stderr and not parts, name,
              said(refused) + str(parts))
        fits = run(where, "index", "--task", "2/4", "--shards", "list", "-q")
        check(fits.returncode == 0, "the part beside it fits", said(fits))


def main():
    print("# seed %d" % SEED)
    work = os.path.realpath(tempfile.mkdtemp(prefix="stet-tasks-"))
    try:
        shards = Corpus(work)
        where = undisturbed(shards)
        wanted = manifest(where), files_of(where)
        like_plain(shards, where)
        idempotent(where)
        signals(shards, wanted)
        for turn in range(20 if LONG else 1):
            recipe(shards, wanted, SEED + turn)
        stale(where)
        space()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("1..%d" % count)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
