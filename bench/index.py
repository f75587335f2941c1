"""Speed of indexing, whole: compressed shards in, a searchable index out. Every
round runs all contenders once, one after the other, so that a slow moment of the
machine falls on all; what is told is how many times as long the others took as
stet in the same round.
"""
import json
import os
import statistics
import sys

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
HASHSIZE = 16 << 20  # of FTS5's insert path: 4 to 16 MB are its best
SLOW_SHARDS = 1      # what a contender gets that would take minutes

STET = "stet"
INSERT = "FTS5 insert path, stet's tokens"


class Contender:
    """argv(work, shards) -> commands to run side by side; size(work) -> bytes
    of its index."""

    def __init__(self, name, argv, size=machine.folder_bytes, shards=None):
        self.name, self.argv, self.size, self.shards = name, argv, size, shards


def in_part(work):
    """stet's index without the seekable copies."""
    index = os.path.join(work, ".stet", "index")
    copies = os.path.join(index, "shards")
    return machine.folder_bytes(index) - machine.folder_bytes(copies)


def in_whole(work):
    return machine.folder_bytes(os.path.join(work, ".stet", "index"))


def stet_argv(stet, *options):
    return lambda work, shards: [[stet, "index", "-qy", "--json", "-C", work, *options, *shards]]


def stet_contenders(stet):
    yield Contender(STET, stet_argv(stet, "--seekable=never"), in_part)
    yield Contender("stet, seekable copies", stet_argv(stet), in_whole)
    help_text = machine.run([[stet, "index", "--help"]]).output
    if "--builder" in help_text:
        yield Contender("stet --builder=fts5",
                        stet_argv(stet, "--seekable=never", "--builder=fts5"), in_part)


def insert_path(program, tokenizer):
    """A process for each core, each with its part of the shards."""
    def argv(work, shards):
        cores = min(os.cpu_count(), len(shards))
        return [[program, os.path.join(work, "%d.db" % core), tokenizer, str(HASHSIZE),
                 *shards[core::cores]] for core in range(cores)]
    return argv


def other_contenders(programs, venv_python):
    insert = os.path.join(programs, "fts5_insert")
    yield Contender(INSERT, insert_path(insert, "stet"))
    yield Contender("FTS5 insert path, unicode61", insert_path(insert, "unicode61"))

    def script(name, python):
        return lambda work, shards: [[python, os.path.join(HERE, "contenders.py"), name, work,
                                      *shards]]
    yield Contender("Python + FTS5", script("python", sys.executable))
    if venv_python:
        yield Contender("Tantivy", script("tantivy", venv_python))
        yield Contender("DuckDB fts", script("duckdb", venv_python), shards=SLOW_SHARDS)


def check_work(contender, output, documents):
    """Everybody says how much they indexed: the same work."""
    counted = sum(json.loads(line)["documents"] for line in output.splitlines())
    if counted != documents:
        sys.exit("%s indexed %d documents of %d" % (contender.name, counted, documents))


def one_round(contenders, work, shards, known):
    """name -> what this round showed of it. known: what each shard holds."""
    shown = {}
    for contender in contenders:
        mine = shards[:contender.shards]
        run = machine.run(contender.argv(machine.empty(work), mine))
        check_work(contender, run.output, sum(known[shard]["documents"] for shard in mine))
        text = sum(known[shard]["text_bytes"] for shard in mine)
        shown[contender.name] = {
            "seconds": run.seconds, "cpu_seconds": run.cpu_seconds,
            "peak_bytes": run.peak_bytes, "text_bytes": text,
            "index_bytes": contender.size(work)}
        print("  %-32s %7.2f s  %6.1f MB/s" % (contender.name, run.seconds,
                                               text / run.seconds / 1e6),
              file=sys.stderr, flush=True)
    machine.empty(work)
    return shown


def summarise(rounds):
    """Spreads over the rounds; `times` is how often stet would have been done."""
    result = {}
    for name in rounds[0]:
        runs = [shown[name] for shown in rounds]
        speeds = [run["text_bytes"] / run["seconds"] for run in runs]
        base = [shown[STET]["text_bytes"] / shown[STET]["seconds"] for shown in rounds]
        result[name] = {
            "text_bytes": runs[0]["text_bytes"],
            "seconds": machine.spread([run["seconds"] for run in runs]),
            "cpu_seconds": machine.spread([run["cpu_seconds"] for run in runs]),
            "bytes_per_second": machine.spread(speeds),
            "times": machine.spread([b / speed for b, speed in zip(base, speeds)]),
            "peak_bytes": max(run["peak_bytes"] for run in runs),
            "index_share": statistics.median(run["index_bytes"] / run["text_bytes"]
                                             for run in runs),
        }
    return result



def measure(stet, programs, venv_python, corpus, runs, work):
    """corpus: (folder, what about.json says). set -> contender -> spreads."""
    folder, about = corpus
    contenders = [*stet_contenders(stet), *other_contenders(programs, venv_python)]
    result = {}
    for name, known in about["sets"].items():
        shards = {os.path.join(folder, shard): inside
                  for shard, inside in known["shards"].items()}
        machine.warm(shards)
        rounds = []
        for number in range(runs):
            print("indexing, %s, round %d of %d" % (name, number + 1, runs), file=sys.stderr)
            rounds.append(one_round(contenders, work, list(shards), shards))
        result[name] = summarise(rounds)
    return result
