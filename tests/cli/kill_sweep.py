"""Kills the program (SIGKILL) at seeded moments while it indexes, tags, exports
and applies, and fills the disk under it: nothing acknowledged may be lost or
doubled, nothing half-made may be seen, and the next run completes.

Long form: kill_sweep.py --kills 500 --disks 500 [--only export,apply]
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import corpus  # noqa: E402

STET = os.environ.get("STET") or os.path.join(os.environ.get("builddir", "build"), "stet")
ENV = dict(os.environ, STET_REVIEWER="kim")


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def check(self, good, name, detail=""):
        self.count += 1
        self.failed += not good
        print("%sok %d - %s" % ("" if good else "not ", self.count, name), flush=True)
        if not good:
            for line in str(detail).splitlines()[:20]:
                print("# " + line, flush=True)


tap = Tap()


def run(*args, **kwargs):
    return subprocess.run([STET, *args], env=ENV, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, **kwargs)


def killed(delay, *args):
    """Run, kill after `delay` seconds; (finished by itself, its output)."""
    process = subprocess.Popen([STET, *args], env=ENV, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    try:
        out, _ = process.communicate(timeout=delay)
        return True, out
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
        return False, out


def duration(*args):
    start = time.monotonic()
    result = run(*args)
    assert result.returncode == 0, result.stderr.decode()
    return time.monotonic() - start


def tree_hash(folder):
    digest = hashlib.sha256()
    for path, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            full = os.path.join(path, name)
            digest.update(os.path.relpath(full, folder).encode() + b"\0")
            with open(full, "rb") as data:
                digest.update(data.read())
    return digest.hexdigest()


def counts(workspace):
    queries = ["", "shard3", "stone river OR lantern", "toxicity:0.5..",
               "source:source1 -candle", '"quiet lantern"']
    found = []
    for query in queries:
        result = run("search", "-C", workspace, "--count", query)
        found.append(result.stdout.decode().strip() if result.returncode == 0
                     else "exit %d" % result.returncode)
    return found


def sweep_index(rng, kills, work, shards):
    clean = os.path.join(work, "clean")
    os.makedirs(clean)
    first, rest = shards[:3], shards[3:]
    base = os.path.join(work, "base")
    os.makedirs(base)
    assert run("index", "-C", base, "-q", *first).returncode == 0
    before = counts(base)
    shutil.copytree(base, os.path.join(work, "timing"))
    full = duration("index", "-C", os.path.join(work, "timing"), "-q", *rest)
    after = counts(os.path.join(work, "timing"))
    stopped = bad = 0
    detail = ""
    workspace = os.path.join(work, "killed")
    shutil.copytree(base, workspace)
    for _ in range(kills):
        # Small partitions: published while the run goes on.
        finished, _ = killed(rng.random() * full * 1.1, "index", "-C", workspace, "-q",
                             "--partition", rng.choice(["4G", "300k"]), *rest)
        stopped += not finished
        seen = counts(workspace)
        total = int(seen[0]) if seen[0].isdigit() else -1
        # Between runs whole shards may have been published, never parts.
        if total < int(before[0]) or (total - int(before[0])) % 200:
            bad += 1
            detail = "counts %s" % seen
        if seen == after:
            shutil.rmtree(workspace)
            shutil.copytree(base, workspace)
    tap.check(bad == 0, "index: %d of %d runs killed, no half index was seen"
              % (stopped, kills), detail)
    result = run("index", "-C", workspace, "-q", *rest)
    tap.check(result.returncode == 0 and counts(workspace) == after,
              "index: the next run completes with the same counts",
              "%s\n%s\n%s" % (result.stderr.decode(), counts(workspace), after))
    result = run("check", "-C", workspace, "--full")
    tap.check(result.returncode == 0, "index: check --full finds nothing",
              result.stdout.decode() + result.stderr.decode())
    left = [name for name in os.listdir(os.path.join(workspace, ".stet", "index"))
            if "partial" in name or "tmp" in name or name.startswith(".")]
    tap.check(not left, "index: no litter is left", left)
    return workspace


def sweep_tasks(rng, kills, work, shards):
    """Tasks, publishing and re-publishing, killed in any order."""
    tasks = 3
    names = os.path.join(work, "task-list")
    with open(names, "w") as out:
        out.write("\n".join(shards) + "\n")

    def call(number, where):
        return ["index", "-C", where, "-q", "--jobs", "1", "--shards", names] + (
            ["--task", "%d/%d" % (number, tasks), "--partition", "300k"] if number else
            ["--status"])

    clean = os.path.join(work, "tasks-clean")
    os.makedirs(clean)
    pace = 0
    for number in (1, 2, 3, 0):
        pace = max(pace, duration(*call(number, clean)))
    after = counts(clean)
    wanted = tree_hash(os.path.join(clean, ".stet", "index", "shards"))
    with open(os.path.join(clean, ".stet", "index", "MANIFEST")) as file:
        manifest = file.read()
    where = os.path.join(work, "tasks-killed")
    os.makedirs(where)
    stopped = bad = 0
    detail = ""
    for _ in range(kills):
        finished, _ = killed(rng.random() * pace * 1.2, *call(rng.randrange(tasks + 1), where))
        stopped += not finished
        seen = counts(where)
        # All or nothing is published.
        if seen != after and any(count.isdigit() for count in seen):
            bad += 1
            detail = "counts %s" % seen
        if seen == after and rng.random() < 0.5:
            shutil.rmtree(where)
            os.makedirs(where)
    tap.check(bad == 0, "tasks: %d of %d runs killed, no half index was seen"
              % (stopped, kills), detail)
    results = [run(*call(number, where)) for number in (3, 1, 2, 0)]
    with open(os.path.join(where, ".stet", "index", "MANIFEST")) as file:
        same = file.read() == manifest
    same = same and tree_hash(os.path.join(where, ".stet", "index", "shards")) == wanted
    tap.check(all(r.returncode == 0 for r in results) and same and counts(where) == after,
              "tasks: the next runs complete with the same manifest",
              "\n".join(r.stderr.decode() for r in results))
    result = run("check", "-C", where, "--full")
    tap.check(result.returncode == 0, "tasks: check --full finds nothing",
              result.stdout.decode() + result.stderr.decode())
    left = [os.path.join(path, name)
            for path, folders, files in os.walk(os.path.join(where, ".stet", "index"))
            for name in folders + files
            if "partial" in name or name.startswith(("tmp", "."))]
    tap.check(not left, "tasks: no litter is left", left)


def sweep_tagging(rng, kills, workspace, shards):
    name = os.path.basename(shards[0])
    ref = lambda i: "id:doc-0-%d" % (i % 200)
    pace = duration("verdict", "-C", workspace, "bad", ref(0))
    acknowledged = []
    stopped = 0
    for i in range(kills):
        kind = rng.choice([("verdict", rng.choice(["good", "bad"])), ("tag", "+t%d" % (i % 7))])
        finished, out = killed(rng.random() * pace * 1.3, kind[0], "-C", workspace,
                               "--json", kind[1], ref(i))
        stopped += not finished
        for line in out.decode().splitlines():
            try:
                acknowledged.append(json.loads(line)["uuid"])
            except ValueError:
                pass
    log = run("log", "-C", workspace, "--json")
    stored = [json.loads(line)["uuid"] for line in log.stdout.decode().splitlines()]
    missing = [uuid for uuid in acknowledged if uuid not in set(stored)]
    tap.check(log.returncode == 0 and not missing,
              "tagging: %d of %d runs killed, %d acknowledged, none lost"
              % (stopped, kills, len(acknowledged)), missing)
    tap.check(len(stored) == len(set(stored)), "tagging: none is doubled (%s)" % name)
    result = run("check", "-C", workspace)
    tap.check(result.returncode == 0, "tagging: the store is sound",
              result.stdout.decode() + result.stderr.decode())


def make_patch(workspace, work):
    run("verdict", "-C", workspace, "bad", "--query", "toxicity:0.9..")
    run("tag", "-C", workspace, "+loud", "--query", "thunder engine")
    text = os.path.join(work, "new.txt")
    with open(text, "w") as out:
        out.write("A calmer text.\n")
    run("rewrite", "-C", workspace, "--from", text, "id:doc-4-7")
    run("drop", "-C", workspace, "id:doc-5-9")
    patch = os.path.join(work, "all.stet.jsonl")
    if os.path.exists(patch):
        os.unlink(patch)
    result = run("export", "-C", workspace, "--yes", "-o", patch)
    assert result.returncode == 0, result.stderr.decode()
    return patch


def sweep_export(rng, kills, workspace, work, patch):
    with open(patch, "rb") as file:
        wanted = file.read()
    out = os.path.join(work, "again.stet.jsonl")
    argv = ["export", "-C", workspace, "--yes", "-o", out]
    full = duration(*argv)
    stopped, problems = 0, []
    for turn in range(kills):
        # In place of a former one, or of none.
        older = b"an older export\n" if turn % 2 else None
        if older:
            with open(out, "wb") as file:
                file.write(older)
        elif os.path.exists(out):
            os.unlink(out)
        finished, _ = killed(rng.random() * full * 1.1, *argv)
        stopped += not finished
        found = None
        if os.path.exists(out):
            with open(out, "rb") as file:
                found = file.read()
        if found not in ((wanted,) if finished else (wanted, older)):
            problems.append("%s: %s" % (finished, found and found[:300]))
    tap.check(not problems, "export: %d of %d runs killed, the patch set is as before or whole"
              % (stopped, kills), "\n".join(problems))
    result = run(*argv)
    with open(out, "rb") as file:
        tap.check(result.returncode == 0 and file.read() == wanted,
                  "export: the next run writes the same bytes", result.stderr.decode())


def ways(rng, workspace):
    """Options that change nothing of what apply writes."""
    return rng.choice([[], ["-C", workspace], ["-C", workspace, "--trust-index"],
                       ["--jobs", "1"], ["--jobs", "5"], ["-C", workspace, "--full"]])


def sweep_apply(rng, kills, work, workspace, patch, shards):
    before = tree_hash(os.path.dirname(shards[0]))
    clean = os.path.join(work, "out-clean")
    full = duration("apply", "--to", clean, patch, *shards)
    wanted = tree_hash(clean)
    stopped = bad = 0
    detail = ""
    out = os.path.join(work, "out")
    for _ in range(kills):
        finished, _ = killed(rng.random() * full * 1.1, "apply", "--to", out,
                             *ways(rng, workspace), patch, *shards)
        stopped += not finished
        if os.path.exists(out):
            if tree_hash(out) != wanted:
                bad += 1
                detail = "the output differs"
            shutil.rmtree(out)
        elif finished:
            bad += 1
            detail = "finished without output"
    tap.check(bad == 0, "apply: %d of %d runs killed, the output is absent or whole"
              % (stopped, kills), detail)
    result = run("apply", "--to", out, patch, *shards)
    tap.check(result.returncode == 0 and tree_hash(out) == wanted,
              "apply: the next run writes the same bytes", result.stderr.decode())
    left = [name for name in os.listdir(work) if name.startswith("out.partial-")]
    tap.check(not left, "apply: no litter is left", left)
    result = run("apply", "--to", out, patch, *shards)
    tap.check(result.returncode == 0 and tree_hash(out) == wanted,
              "apply: once more changes nothing", result.stderr.decode())
    tap.check(tree_hash(os.path.dirname(shards[0])) == before,
              "apply: the shards were never written to")


class SmallDisk:
    """A tmpfs of the given size, where the machine lets us mount one."""

    def __init__(self, path, size):
        self.path = path
        os.makedirs(path, exist_ok=True)
        self.mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=%d" % size, "tmpfs", path],
            stderr=subprocess.DEVNULL).returncode == 0

    def grow(self):
        subprocess.run(["mount", "-o", "remount,size=1g", self.path], check=True)

    def close(self):
        if self.mounted:
            subprocess.run(["umount", "-l", self.path], check=True)


def says_full(result):
    text = result.stderr.decode()
    return result.returncode in (73, 74, 65) and (
        "space" in text or "full" in text or "80 %" in text)


def disk_export(rng, turn, work, workspace, patch):
    """One export to a disk that is too small; (full, what is wrong)."""
    with open(patch, "rb") as file:
        wanted = file.read()
    disk = SmallDisk(os.path.join(work, "disk-e%d" % turn),
                     max(rng.randrange(len(wanted) * 2) >> 12, 1) << 12)
    out = os.path.join(disk.path, "p.stet.jsonl")
    result = run("export", "-C", workspace, "--yes", "-o", out)
    wrong = []
    full = result.returncode != 0
    if full and (not says_full(result) or os.listdir(disk.path)):
        wrong.append("%s, left %s" % (result.stderr.decode(), os.listdir(disk.path)))
    if full:
        disk.grow()
        result = run("export", "-C", workspace, "--yes", "-o", out)
    with open(out, "rb") as file:
        if result.returncode != 0 or file.read() != wanted:
            wrong.append("after growing: " + result.stderr.decode())
    disk.close()
    return full, wrong


def disk_apply(rng, turn, work, workspace, patch, shards):
    disk = SmallDisk(os.path.join(work, "disk-a%d" % turn), rng.randrange(4, 900) << 10)
    out = os.path.join(disk.path, "out")
    wrong = []
    result = run("apply", "--to", out, *ways(rng, workspace), patch, *shards)
    full = result.returncode != 0
    if full:
        if not says_full(result) or os.path.exists(out):
            wrong.append(result.stderr.decode())
        if os.listdir(disk.path):
            wrong.append("left behind: %s" % os.listdir(disk.path))
        disk.grow()
        again = run("apply", "--to", out, patch, *shards)
        if again.returncode != 0:
            wrong.append("after growing: " + again.stderr.decode())
    disk.close()
    return full, wrong


def sweep_disk(rng, sizes, work, workspace, patch, shards, parts):
    probe = SmallDisk(os.path.join(work, "disk-probe"), 1 << 20)
    if not probe.mounted:
        tap.count += 1
        print("ok %d - full disk # SKIP mounting a tmpfs needs root" % tap.count)
        return
    probe.close()
    problems = {part: [] for part in parts if part != "tasks"}
    full = dict.fromkeys(problems, 0)
    for turn in range(sizes):
        for part, one in (("export", lambda: disk_export(rng, turn, work, workspace, patch)),
                          ("apply", lambda: disk_apply(rng, turn, work, workspace, patch,
                                                       shards))):
            if part in problems:
                filled, wrong = one()
                full[part] += filled
                problems[part] += wrong
        if "index" not in problems or "tagging" not in problems:
            continue
        # Index.
        disk = SmallDisk(os.path.join(work, "disk-i%d" % turn), rng.randrange(32, 900) << 10)
        result = run("index", "-C", disk.path, "-q", "--yes", *shards)
        if result.returncode != 0:
            full["index"] += 1
            if not says_full(result):
                problems["index"].append(result.stderr.decode())
            disk.grow()
            again = run("index", "-C", disk.path, "-q", *shards)
            if again.returncode != 0 or counts(disk.path)[0] != str(200 * len(shards)):
                problems["index"].append("after growing: " + again.stderr.decode())
        disk.close()
        # Tagging: the workspace fits, the store grows into the wall.
        disk = SmallDisk(os.path.join(work, "disk-t%d" % turn), 64 << 20)
        assert run("index", "-C", disk.path, "-q", *shards[:1]).returncode == 0
        run("verdict", "-C", disk.path, "bad", "id:doc-0-0")
        used = os.statvfs(disk.path)
        used = (used.f_blocks - used.f_bfree) * used.f_frsize
        subprocess.run(["mount", "-o", "remount,size=%d" % (used + (rng.randrange(0, 40) << 10)),
                        disk.path], check=True)
        acknowledged = []
        for i in range(40):
            result = run("note", "-C", disk.path, "--json", "x" * 3000, "id:doc-0-%d" % i)
            if result.returncode == 0:
                acknowledged.append(json.loads(result.stdout)["uuid"])
            elif not says_full(result):
                problems["tagging"].append(result.stderr.decode())
            else:
                full["tagging"] += 1
        disk.grow()
        log = run("log", "-C", disk.path, "--json")
        stored = {json.loads(line)["uuid"] for line in log.stdout.decode().splitlines()}
        if not set(acknowledged) <= stored or run("check", "-C", disk.path).returncode != 0:
            problems["tagging"].append("lost or damaged")
        disk.close()
    for what in problems:
        tap.check(not problems[what], "full disk: %s, %d times full, clean message, nothing lost"
                  % (what, full[what]), "\n".join(problems[what]))


PARTS = ("index", "tasks", "tagging", "export", "apply")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--disks", type=int, default=3)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--only", help="parts, by commas, of: " + " ".join(PARTS))
    options = parser.parse_args()
    print("# seed %d" % options.seed)
    rng = random.Random(options.seed)
    work = tempfile.mkdtemp(prefix="stet-kill-")
    try:
        shards = corpus.make(os.path.join(work, "shards"), 9, 200, options.seed)
        parts = options.only.split(",") if options.only else list(PARTS)
        if "index" in parts:
            workspace = sweep_index(rng, options.kills, work, shards)
        else:
            workspace = os.path.join(work, "workspace")
            os.makedirs(workspace)
            assert run("index", "-C", workspace, "-q", *shards).returncode == 0
        if "tasks" in parts:
            sweep_tasks(rng, options.kills, work, shards)
        if "tagging" in parts:
            sweep_tagging(rng, options.kills, workspace, shards)
        patch = make_patch(workspace, work)
        if "export" in parts:
            sweep_export(rng, options.kills, workspace, work, patch)
        if "apply" in parts:
            sweep_apply(rng, options.kills, work, workspace, patch, shards)
        sweep_disk(rng, options.disks, work, workspace, patch, shards, parts)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("1..%d" % tap.count)
    sys.exit(tap.failed > 0)


if __name__ == "__main__":
    main()
