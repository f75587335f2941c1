#!/usr/bin/env python3
"""Round and round: decide, export, apply, index what came out, and again. After
each round stet must know which decisions are done, which still hold and which
meet another text, and a second export must ask for nothing that is done (TAP).
"""
import collections
import gzip
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
SHARDS = ["s0.jsonl", "s1.jsonl.gz", "s2.jsonl"]


def run(folder, *args, status=0):
    env = dict(os.environ, STET_REVIEWER="kim")
    result = subprocess.run([STET, *args], cwd=folder, env=env, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=300)
    errors = result.stderr.decode("utf-8", "replace")
    if result.returncode != status or program.REPORT.search(errors):
        raise AssertionError("%s: exit %d: %s" % (" ".join(args), result.returncode, errors))
    return result.stdout.decode()


def opened(path, mode):
    return gzip.open(path, mode) if path.endswith(".gz") else open(path, mode)


def load(folder):
    """{id: text} of all shards."""
    texts = {}
    for name in SHARDS:
        with opened(os.path.join(folder, name), "rt") as file:
            for line in file:
                document = json.loads(line)
                texts[document["id"]] = document["text"]
    return texts


def records(path):
    """All of a shard but the names of the patch sets that it went through."""
    made = []
    with opened(path, "rt") as file:
        for line in file:
            made.append(json.loads(line))
            made[-1].get("stet", {}).pop("patch", None)
    return made


def store(folder, name, documents):
    with opened(os.path.join(folder, name), "wt") as file:
        for document in documents:
            file.write(json.dumps(document) + "\n")


def found(folder, query):
    return {json.loads(line)["id"] for line in run(folder, "search", "--json", "--limit", "9999",
                                                   query).splitlines()}


class Round:
    """What was decided on which text, by document; a new text is another item."""

    def __init__(self, folder):
        self.folder = folder
        self.items = {}  # (id, text): {"edit": None | "drop" | text, "other": bool}

    def decide(self, count):
        texts = load(self.folder)
        for name in chance.sample(sorted(texts), min(count, len(texts))):
            item = self.items.setdefault((name, texts[name]), {"edit": None, "other": False})
            kind = chance.choice(["drop", "rewrite", "rewrite", "tag", "verdict"])
            if kind == "drop":
                run(self.folder, "drop", name)
                item["edit"] = "drop"
            elif kind == "rewrite":
                new = "text %s rewritten %d" % (name, chance.randrange(1 << 30))
                with open(os.path.join(self.folder, "new"), "w") as file:
                    file.write(new)
                run(self.folder, "rewrite", name, "--from", "new")
                item["edit"] = new
            elif kind == "tag":
                run(self.folder, "tag", "+topic", name)
                item["other"] = True
            else:
                run(self.folder, "verdict", chance.choice(["good", "bad"]), name)
                item["other"] = True

    def end_of(self, name, text):
        """What became of an item by our own edits: all texts on the way, and whether it was
        dropped in the end."""
        on_the_way = []
        for _ in range(100):
            edit = self.items.get((name, text), {"edit": None})["edit"]
            if edit == "drop":
                return on_the_way, True
            if edit is None:
                break
            text = edit
            on_the_way.append(text)
        return on_the_way, False

    def counts(self):
        """holding, applied, changed, gone; and the documents that are applied."""
        texts = load(self.folder)
        counts = collections.Counter(holding=0, applied=0, changed=0, gone=0)
        done = set()
        for name, text in self.items:
            made, dropped = self.end_of(name, text)
            if texts.get(name) == text:
                counts["holding"] += 1
            elif name in texts and texts[name] in made:
                counts["applied"] += 1
                done.add(name)
            elif name in texts:
                counts["changed"] += 1
            elif dropped:
                counts["applied"] += 1
            else:
                counts["gone"] += 1
        return counts, done

    def check(self, when):
        counts, done = self.counts()
        stats = json.loads(run(self.folder, "stats", "--json").splitlines()[0])
        wrong = ["%s: %s %d, not %d" % (when, key, stats[key], value)
                 for key, value in counts.items() if stats[key] != value]
        if found(self.folder, "applied:yes") != done:
            wrong.append("%s: applied:yes %s, not %s" % (when, found(self.folder, "applied:yes"),
                                                         done))
        both = found(self.folder, "applied:yes") & found(self.folder, "changed:yes")
        # A text may be done for one decision and another one's changed text.
        older = {name for (name, text) in self.items} - done
        if both & older:
            wrong.append("%s: both: %s" % (when, both & older))
        return wrong


def patch(folder, name):
    """Export and apply; the shards that came out replace those that were."""
    said = json.loads(run(folder, "export", "--json", "-o", name, "--yes").splitlines()[0])
    out = name + ".out"
    run(folder, "apply", "--to", out, name, *SHARDS)
    for shard in SHARDS:
        if os.path.exists(os.path.join(folder, out, shard)):
            shutil.copy(os.path.join(folder, out, shard), os.path.join(folder, shard))
    return said, run(folder, "index", "--quiet", *SHARDS)


def rounds_test():
    folder = tempfile.mkdtemp()
    number = 0
    for shard in SHARDS:
        store(folder, shard, [{"id": "d%d" % (number + i), "source": "s",
                               "text": "text %d" % (number + i)} for i in range(25)])
        number += 25
    run(folder, "index", "--quiet", *SHARDS)
    state = Round(folder)
    for turn in range(3):
        state.decide(14)
        wrong = state.check("before")
        patch(folder, "p%d.stet.jsonl" % turn)
        wrong += state.check("after")
        said = json.loads(run(folder, "export", "--json", "-o", "q%d.stet.jsonl" % turn,
                              "--yes").splitlines()[0])
        counts = state.counts()[0]
        if said["conflicts"] or said["applied"] != counts["applied"]:
            wrong.append("exported again: %s, but %s" % (said, counts))
        run(folder, "apply", "--to", "again%d" % turn, "q%d.stet.jsonl" % turn, *SHARDS)
        for shard in SHARDS:
            again = os.path.join(folder, "again%d" % turn, shard)
            if os.path.exists(again) and records(again) != records(os.path.join(folder, shard)):
                wrong.append("applied again: %s differs" % shard)
        tap.check(wrong, "round %d" % (turn + 1))
    # Somebody else's edits: they meet decisions, or take the documents away.
    wrong = []
    for shard in SHARDS:
        with opened(os.path.join(folder, shard), "rt") as file:
            documents = [json.loads(line) for line in file]
        kept = []
        for document in documents:
            luck = chance.random()
            if luck < 0.2:
                document["text"] += " by others"
            if luck < 0.9:
                kept.append(document)
        store(folder, shard, kept)
    run(folder, "index", "--quiet", *SHARDS)
    wrong += state.check("others")
    tap.check(wrong, "other people's edits are told from ours")
    shutil.rmtree(folder)


rounds_test()
sys.exit(tap.end())
