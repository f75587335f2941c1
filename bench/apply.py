"""Speed of applying a thousand edits, beside what only copies or packs the same
shards, and beside what others apply edits with. Every round runs each pair once,
one after the other; what is told is the ratio within the round.

    many    seekable shards, by the index: SHA-256, copy, sync and SHA-256 again
    zstd    a shard of one frame: zstd -dc | zstd -3
    gzip    a gzip shard: gzip -dc | gzip
    script  the seekable shards: Python with json and zstandard, once
    mixer   the same: Dolma's mixer, if its wheel is in the cache, once
"""
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "tests", "lib"))
from wheels import wheel_python  # noqa: E402

COPIES = 4  # of the corpus, with ids of their own: a thousand edits are few
EDITS = {"tag": 400, "redact": 300, "verdict": 200, "drop": 100}
PER_SHARD = 1500  # documents that edits are chosen of
MIXER = ["dolma==1.2.1", "boto3==1.26.76", "aiobotocore==2.5.0"]


def stet_run(stet, *argv):
    done = subprocess.run([stet, *argv], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(done.stderr.decode("utf-8", "replace")[-1000:])


def copies_of(shards, count):
    """(name, records) of each shard, `count` times with ids of their own."""
    for shard in shards:
        data = machine_output("zstd", "-dcq", shard)
        for copy in range(count):
            name = "c%d-%s" % (copy, os.path.basename(shard).split(".")[0])
            yield name, re.sub(rb'(?m)^\{"id":"', b'{"id":"%s/' % name.encode(), data)


def machine_output(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout


def sample(records):
    """Ids and lengths of some documents, every so many bytes one."""
    every = max(len(records) // PER_SHARD, 1)
    at = 0
    while at < len(records):
        end = records.index(b"\n", at)
        row = json.loads(records[at:end])
        yield row["id"], len(row["text"])
        at = records.find(b"\n", max(at + every, end)) + 1 or len(records)


def decide(stet, work, documents):
    """EDITS on as many documents (fewer where there are few): the patch set and how
    many are in it."""
    ordered = sorted(documents, key=lambda one: hashlib.sha256(one[0].encode()).digest())
    share = min(1, len(ordered) / sum(EDITS.values()))
    at = 0
    for op, count in EDITS.items():
        batch = os.path.join(work, op + ".batch")
        count = int(count * share)
        mine, at = ordered[at:at + count], at + count
        with open(batch, "w", encoding="utf-8") as file:
            for name, length in mine:
                middle = length // 2
                file.write("%d:%d\t%s\n" % (middle, min(middle + 12, length), name)
                           if op == "redact" else name + "\n")
        value = {"tag": ["+bench"], "verdict": ["bad"]}.get(op, [])
        stet_run(stet, op, "-C", work, *value, "--batch", batch)
    patchset = os.path.join(work, "edits.stet.jsonl")
    stet_run(stet, "export", "-C", work, "--yes", "-o", patchset)
    with open(patchset, "rb") as file:
        made = json.loads(file.readlines()[-1])["end"]["edits"]
    if made != at:
        sys.exit("%d edits of %d in the patch set" % (made, at))
    return patchset, made


class Case:
    """Shards in a workspace of their own, indexed and decided upon."""

    def __init__(self, stet, work, name):
        self.stet, self.work = stet, machine.empty(os.path.join(work, name))
        self.shards, self.documents, self.patchset, self.edits = [], [], None, 0

    def add(self, name, records, pack):
        path = os.path.join(self.work, name)
        with open(path + ".part", "wb") as file:
            file.write(records)
        pack(path + ".part", path)
        os.unlink(path + ".part")
        self.shards.append(path)
        self.documents += sample(records)

    def ready(self, *options):
        print("  indexing %d shards" % len(self.shards), file=sys.stderr, flush=True)
        stet_run(self.stet, "index", "-qy", "-C", self.work, *options, *self.shards)
        self.patchset, self.edits = decide(self.stet, self.work, self.documents)
        machine.warm(self.shards)
        return self

    def size(self):
        return sum(os.path.getsize(shard) for shard in self.shards)

    def apply(self, *options):
        """One run of stet; the output is gone afterwards."""
        out = os.path.join(self.work, "out")
        shutil.rmtree(out, ignore_errors=True)
        run = machine.run([[self.stet, "apply", "-q", "-C", self.work, "--to", out, *options,
                            self.patchset, *self.shards]])
        shutil.rmtree(out)
        return run

    def other(self, script):
        """One run of a shell's pipeline for each shard, to a folder that is new."""
        out = machine.empty(os.path.join(self.work, "out"))
        run = machine.run([["sh", "-ec", script, "sh", out, *self.shards]])
        shutil.rmtree(out)
        return run


COPY = ('out=$1; shift; sha256sum "$@" >"$out/in"; cp "$@" "$out"; sync "$out"/*; '
        'sha256sum "$out"/*.zst >"$out/out"')
ZSTD = 'out=$1; shift; for f; do zstd -dcq "$f" | zstd -3 -q -o "$out/$(basename "$f")"; done'
GZIP = 'out=$1; shift; for f; do gzip -dc "$f" | gzip >"$out/$(basename "$f")"; done'


def row(case, what, ours, others):
    """One pair: how many times as long stet took."""
    return {"what": what, "edits": case.edits, "bytes": case.size(), "shards": len(case.shards),
            "stet_seconds": machine.spread([run.seconds for run in ours]),
            "stet_cpu_seconds": machine.spread([run.cpu_seconds for run in ours]),
            "stet_peak_bytes": max(run.peak_bytes for run in ours),
            "other_cpu_seconds": machine.spread([run.cpu_seconds for run in others]),
            "other_seconds": machine.spread([run.seconds for run in others]),
            "ratio": machine.spread([a.seconds / b.seconds for a, b in zip(ours, others)])}


def compare(case, what, options, other, runs):
    """what: (name, the most that stet should take of the other's time)."""
    what, most = what
    ours, others = [], []
    for number in range(runs):
        # Who is first changes, so that what one leaves behind falls on both.
        if number % 2:
            others.append(other())
        ours.append(case.apply(*options))
        if not number % 2:
            others.append(other())
        print("  %-44s %7.2f s, the other %7.2f s" % (what, ours[-1].seconds, others[-1].seconds),
              file=sys.stderr, flush=True)
    return dict(row(case, what, ours, others), most=most)


def with_script(case, python):
    def run():
        out = machine.empty(os.path.join(case.work, "out"))
        done = machine.run([[python, os.path.join(HERE, "apply_script.py"), case.patchset, out,
                             *case.shards]])
        if json.loads(done.output)["edits"] != case.edits:
            sys.exit("the script applied other edits: " + done.output)
        shutil.rmtree(out)
        return done
    return run


def with_mixer(case, python):
    folder = os.path.join(case.work, "dolma")
    shutil.rmtree(folder, ignore_errors=True)
    stet_run(case.stet, "export", "-C", case.work, "--yes", "--format", "dolma", "--all",
             "-o", folder)
    config = os.path.join(folder, "mixer.json")
    with open(config, encoding="utf-8") as file:
        known = json.load(file)
    known["processes"] = os.cpu_count()
    with open(config, "w", encoding="utf-8") as file:
        json.dump(known, file)

    def run():
        shutil.rmtree(os.path.join(folder, "mixed"), ignore_errors=True)
        return machine.run([["sh", "-ec", 'exec "$@" 2>/dev/null', "sh",
                             os.path.join(os.path.dirname(python), "dolma"), "-c", config,
                             "mix"]])
    return run


def apart(make, *args):
    """In a process of its own: a parent's memory counts as its children's peak."""
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        return pool.submit(make, *args).result()


def make_many(stet, work, shards, copies):
    """Seekable shards: frames of 256 KiB, level 3."""
    case = Case(stet, work, "many")

    def pack(plain, path):
        stet_run(stet, "seekable", "-q", "--to", os.path.dirname(path), plain)
        os.rename(plain + ".zst", path)
    for name, records in copies_of(shards, copies):
        case.add(name + ".jsonl.zst", records, pack)
    return case.ready()


def make_one(stet, work, shards, name, tool):
    """All records in one shard, as a tool of the field packs them."""
    case = Case(stet, work, name)
    records = b"".join(data for _, data in copies_of(shards, 1))

    def pack(plain, path):
        with open(path, "wb") as out:
            subprocess.run([*tool, plain], stdout=out, check=True)
    case.add("all.jsonl." + ("gz" if tool[0] == "gzip" else "zst"), records, pack)
    return case.ready()


def measure(stet, venv_python, corpus, runs, work, quick=False):
    folder, about = corpus
    shards = [os.path.join(folder, shard) for known in about["sets"].values()
              for shard in known["shards"]]
    some = shards if quick else shards[:len(shards) // 2]
    machine.empty(work)  # no workspace above those that are made here
    print("applying: making seekable shards", file=sys.stderr)
    many = apart(make_many, stet, work, shards, 1 if quick else COPIES)
    result = [compare(many, ("seekable shards, by the index", 1.3), [], lambda: many.other(COPY), runs),
              compare(many, ("the same, --trust-index", 1.3), ["--trust-index"],
                      lambda: many.other(COPY), runs)]
    once = []
    if venv_python and machine.version_of("zstandard", venv_python):
        once.append((("Python, json and zstandard", 1 / 20), with_script(many, venv_python)))
    python, why = wheel_python("dolma", MIXER, "import dolma", False)
    if python:
        once.append((("Dolma's mixer", 1 / 5), with_mixer(many, python)))
    else:
        print("  without Dolma's mixer: %s" % why, file=sys.stderr)
    for what, other in once:
        result.append(compare(many, what, [], other, 1))
    shutil.rmtree(many.work)
    one = apart(make_one, stet, work, some, "zstd", ["zstd", "-3", "-cq", "--single-thread"])
    result += [compare(one, ("one zstd frame, by the index", 1.3), [], lambda: one.other(ZSTD), runs),
               compare(one, ("one zstd frame, read whole", 1.3), ["--full"], lambda: one.other(ZSTD),
                       runs)]
    shutil.rmtree(one.work)
    packed = apart(make_one, stet, work, some if quick else some[:2], "gzip", ["gzip", "-c"])
    result += [compare(packed, ("gzip, by the index", 1.2), [], lambda: packed.other(GZIP), runs),
               compare(packed, ("gzip, read whole", 1.2), ["--full"], lambda: packed.other(GZIP), runs)]
    shutil.rmtree(packed.work)
    return result
