#!/usr/bin/env python3
"""`stet diff` against a model of it: random corpora whose documents come, go,
change and are there several times, with and without ids; copies of an index;
what a patch changed (TAP).
"""
import collections
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import program  # noqa: E402

STET = os.path.abspath(program.STET)
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
chance = random.Random(SEED)
tap = program.Tap()
print("# seed %d" % SEED)


def run(folder, *args, status=0):
    env = dict(os.environ, STET_REVIEWER="kim")
    result = subprocess.run([STET, *args], cwd=folder, env=env, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=300)
    errors = result.stderr.decode("utf-8", "replace")
    if result.returncode != status or program.REPORT.search(errors):
        raise AssertionError("%s: exit %d: %s" % (" ".join(args), result.returncode, errors))
    return result.stdout.decode()


def diff(folder, *args):
    rows = [json.loads(line) for line in run(folder, "diff", "--json", *args).splitlines()]
    return rows[0], {row["score"]: row for row in rows if row["diff"] == "score"}, \
        [row for row in rows if row["diff"] not in ("documents", "score")]


def write(folder, documents, shards):
    names = []
    for shard in range(shards):
        names.append("s%d.jsonl" % shard)
        with open(os.path.join(folder, names[-1]), "w") as file:
            for document in documents[shard::shards]:
                file.write(json.dumps(document) + "\n")
    run(folder, "index", "--quiet", *names)


def document():
    made = {"text": "text %d" % chance.randrange(30), "source": "s%d" % chance.randrange(2)}
    kind = chance.random()
    if kind < 0.4:
        made["id"] = "d%d" % chance.randrange(60)
    elif kind < 0.8:
        made["id"] = chance.randrange(60)
    scores = {}
    if chance.random() < 0.9:
        scores["toxic"] = chance.randrange(100) / 100
    if chance.random() < 0.5:
        scores["kind"] = chance.choice(["hate", "spam"])
    made["attributes"] = scores
    return made


def changed(made):
    """The same document in another edition; None: it is gone."""
    made = json.loads(json.dumps(made))
    what = chance.random()
    if what < 0.15:
        return None
    if what < 0.3:
        made["text"] = "text %d" % chance.randrange(30)
    if what < 0.4 and "toxic" in made["attributes"]:
        made["attributes"]["toxic"] = chance.randrange(100) / 100
    if 0.4 < what < 0.45:
        made["attributes"].pop("toxic", None)
    if 0.45 < what < 0.5:
        made["attributes"]["kind"] = "hate"
    return made


def key(made):
    return (made["source"], json.dumps(made["id"])) if "id" in made else made["text"]


def model(a, b):
    """Counts by key; which of several are partners is told by texts only."""
    sides = []
    for documents in (a, b):
        by_key = collections.defaultdict(list)
        for made in documents:
            by_key[key(made)].append(made)
        sides.append(by_key)
    counts = collections.Counter(a=len(a), b=len(b), same=0, changed=0, removed=0, added=0)
    for k in set(sides[0]) | set(sides[1]):
        left = [collections.Counter(made["text"] for made in side[k]) for side in sides]
        same = left[0] & left[1]
        rest = [sum((texts - same).values()) for texts in left]
        counts["same"] += sum(same.values())
        counts["changed"] += min(rest)
        counts["removed"] += rest[0] - min(rest)
        counts["added"] += rest[1] - min(rest)
    return counts


def score_model(a, b):
    """Where every key is there once: what moved."""
    left = {key(made): made["attributes"] for made in a}
    out = {"both": 0, "moved": 0, "only_a": 0, "only_b": 0, "newly": 0, "no_longer": 0}
    moves = []
    for made in b:
        was = left.get(key(made))
        if was is None:
            continue
        x, y = was.get("toxic"), made["attributes"].get("toxic")
        out["only_a"] += x is not None and y is None
        out["only_b"] += x is None and y is not None
        if x is None or y is None:
            continue
        out["both"] += 1
        out["moved"] += x != y
        out["newly"] += x < 0.5 <= y
        out["no_longer"] += y < 0.5 <= x
        if x != y:
            moves.append((y - x, x, y, made))
    if moves:
        out["mean"] = sum(abs(m[0]) for m in moves) / len(moves)
        out["drift"] = sum(m[0] for m in moves) / len(moves)
        out["largest"] = max(abs(m[0]) for m in moves)
    return out, sorted(abs(round(m[0], 6)) for m in moves)[::-1]


def once(documents):
    return list({str(key(made)): made for made in documents}.values())


def random_test():
    wrong = []
    for turn in range(8):
        a = [document() for _ in range(chance.choice([1, 40, 200]))]
        a = once(a) if turn % 2 else a
        b = [made for made in map(changed, a) if made] + [document() for _ in range(20)]
        chance.shuffle(b)
        b = once(b) if turn % 2 else b
        folder = tempfile.mkdtemp()
        for name, documents in (("a", a), ("b", b)):
            os.mkdir(os.path.join(folder, name))
            write(os.path.join(folder, name), documents, chance.randrange(1, 4))
            where = os.path.join(folder, name)
            run(where, "config", "set", "score.toxic.threshold", "0.5")
            run(where, "config", "set", "score.toxic.bad", "high")
        whole, scores, listed = diff(folder, "a", "b", "--list", "--limit", "9999")
        should = model(a, b)
        if any(whole[name] != count for name, count in should.items()):
            wrong.append("%s is not %s" % (whole, dict(should)))
        kinds = collections.Counter(row["diff"] for row in listed)
        if any(kinds[name] != whole[name] for name in ("added", "removed", "changed")):
            wrong.append("listed: %s" % kinds)
        if turn % 2 and scores.get("toxic"):
            figures, moves = score_model(a, b)
            row = scores["toxic"]
            if any(abs(row[name] - value) > 1e-6 for name, value in figures.items()):
                wrong.append("%s is not %s" % (row, figures))
            rows = diff(folder, "a", "b", "--score", "toxic", "--limit", "9999")[2]
            if [round(abs(r["to"] - r["from"]), 6) for r in rows] != moves:
                wrong.append("moved most: %s" % rows[:3])
        back = diff(folder, "b", "a")[0]
        if (back["added"], back["removed"], back["changed"]) != \
                (whole["removed"], whole["added"], whole["changed"]):
            wrong.append("turned: %s, %s" % (back, whole))
        itself = diff(folder, "a", "a")[0]
        if itself["same"] != itself["a"]:
            wrong.append("with itself: %s" % itself)
        shutil.rmtree(folder)
    tap.check(wrong, "random corpora differ as the model says")


def versions_test():
    """A kept index against the one that is now, and what a patch did."""
    folder = tempfile.mkdtemp()
    documents = [{"id": "d%d" % i, "source": "s", "text": "text %d" % i} for i in range(50)]
    write(folder, documents, 2)
    subprocess.run(["cp", "-al", ".stet/index", "kept"], cwd=folder, check=True)
    run(folder, "drop", "d3")
    run(folder, "drop", "d4")
    with open(os.path.join(folder, "new"), "w") as file:
        file.write("another text")
    run(folder, "rewrite", "d7", "--from", "new")
    run(folder, "export", "-o", "p.stet.jsonl", "--yes")
    run(folder, "apply", "--to", "out", "p.stet.jsonl", "s0.jsonl", "s1.jsonl")
    for name in ("s0.jsonl", "s1.jsonl"):
        shutil.copy(os.path.join(folder, "out", name), folder)
    run(folder, "index", "--quiet", "s0.jsonl", "s1.jsonl")
    wrong = []
    for args in (["kept"], ["kept", "."]):
        whole, _, listed = diff(folder, *args, "--list")
        if (whole["removed"], whole["changed"], whole["added"]) != (2, 1, 0):
            wrong.append("%s: %s" % (args, whole))
        ids = sorted((row["diff"], row["id"]) for row in listed)
        if ids != [("changed", "d7"), ("removed", "d3"), ("removed", "d4")]:
            wrong.append("listed: %s" % ids)
    run(folder, "index", "--quiet", "--forget", "s1.jsonl")
    whole = diff(folder, "kept")[0]
    if whole["removed"] != 25 + 1:
        wrong.append("forgotten: %s" % whole)
    run(folder, "diff", "nowhere", status=66)
    run(folder, "diff", status=64)
    run(folder, "diff", "kept", "--score", "none", status=64)
    tap.check(wrong, "a kept index, a patch, a forgotten shard")
    shutil.rmtree(folder)


random_test()
versions_test()
sys.exit(tap.end())
