"""The benchmarks, in one run: what they measure is in index.py, scan.py, search.py,
trace.py, desk.py and apply.py, each of which says how. Writes JSON and prints tables.

    bench/run.py --build build [--quick] [PART...]

PART: index scan search trace desk apply big
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import apply
import corpus
import desk
import index
import machine
import report
import scan
import synthetic

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = ("index", "scan", "search", "trace", "desk", "apply")  # big: by name
# Documents, words in one: a million pages, and ten million short ones, for which
# FTS5's insert path would take too long.
BIG = ((1_000_000, 450, (index.STET, index.INSERT)), (10_000_000, 100, (index.STET,)))
BIG_QUICK = ((20_000, 60, (index.STET, index.INSERT)),)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", default="build", help="folder of stet and of bench/")
    parser.add_argument("--quick", action="store_true", help="a small corpus, one round")
    parser.add_argument("--runs", type=int, help="rounds (default 5)")
    parser.add_argument("--corpus", metavar="FOLDER", help="a corpus made before")
    parser.add_argument("--venv", metavar="PYTHON", help="a Python that has the wheels")
    parser.add_argument("--work", metavar="FOLDER", help="where indexes are built")
    parser.add_argument("--json", metavar="FILE", help="where the numbers go")
    parser.add_argument("parts", nargs="*", metavar="PART")
    options = parser.parse_args()
    for part in options.parts:
        if part not in PARTS + ("big",):
            parser.error("no such part: %s (there are %s, big)" % (part, ", ".join(PARTS)))
    options.parts = options.parts or list(PARTS)
    options.runs = options.runs or (1 if options.quick else 5)
    options.build = os.path.abspath(options.build)
    return options


def load_corpus(options):
    """In a process of its own: a parent's memory counts as its children's peak
    until they exec."""
    argv = [sys.executable, os.path.join(HERE, "corpus.py")]
    argv += ["--quick"] if options.quick else []
    folder = options.corpus
    if not folder:
        out = subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout
        folder = out.decode().split("\n")[0]
    with open(os.path.join(folder, "about.json")) as file:
        return folder, json.load(file)


def measure_search(stet, folder, work, *more):
    """search.py prints rows as desk.py makes them."""
    print("searching in %s" % folder, file=sys.stderr)
    argv = [sys.executable, os.path.join(HERE, "search.py"), "--stet", stet, "--work", work,
            "--json", *more, folder]
    return json.loads(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout)


def measure_trace(stet, folder, work, *shards, quick=False):
    print("tracing in %s" % folder, file=sys.stderr)
    argv = [sys.executable, os.path.join(HERE, "trace.py"), "--stet", stet, "--work", work,
            "--json", *(["--quick"] if quick else []), folder, *shards]
    return json.loads(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout)


def frequent_words(programs):
    """From the one that most documents have to one that few have."""
    ranks = (str(int(1.5**step) - 1) for step in range(24))
    return machine.run([[os.path.join(programs, "synthetic"), "word", *ranks]]).output.split()


def measure_big(stet, programs, work, options):
    """One run each, on corpora nobody wrote."""
    result = []
    folder = os.path.join(corpus.cache_folder(), "synthetic")
    everybody = [*index.stet_contenders(stet), *index.other_contenders(programs, None)]
    for documents, words, names in BIG_QUICK if options.quick else BIG:
        contenders = [one for one in everybody if one.name in names]
        print("making %d documents of %d words" % (documents, words), file=sys.stderr)
        known = synthetic.make(programs, folder, documents, words)
        shown = index.one_round(contenders, work, list(known), known)
        machine.run(index.stet_argv(stet)(machine.empty(work), list(known)))
        result.append({"documents": documents, "words": words, "index": shown,
                       "search": measure_search(stet, work, work, "--words",
                                                ",".join(frequent_words(programs))),
                       "trace": measure_trace(stet, work, work, *known, quick=options.quick),
                       "desk": desk.on_index(stet, work, 20 if options.quick else 100, "sort:len",
                                             frequent_words(programs)[12])})
    return result


def measure(options, work):
    stet = os.path.join(options.build, "stet")
    programs = os.path.join(options.build, "bench")
    about = machine.describe(os.path.dirname(HERE), stet, options.venv)
    folder, known = load_corpus(options)
    result = {"machine": about, "runs": options.runs, "quick": options.quick, "corpus": known}
    if "index" in options.parts:
        result["index"] = index.measure(stet, programs, options.venv, (folder, known),
                                        options.runs, work)
    if "scan" in options.parts:
        result["scan"] = scan.measure(stet, (folder, known), options.runs, work)
    if "search" in options.parts:
        result["search"] = measure_search(stet, folder, work,
                                          *(["--quick"] if options.quick else []))
    if "trace" in options.parts:
        result["trace"] = measure_trace(stet, folder, work, quick=options.quick)
    if "desk" in options.parts:
        result["desk"] = desk.measure(stet, (folder, known), 20 if options.quick else 100, work)
    if "apply" in options.parts:
        result["apply"] = apply.measure(stet, options.venv, (folder, known), options.runs, work,
                                        options.quick)
    if "big" in options.parts:
        result["big"] = measure_big(stet, programs, work, options)
    about["load_after"] = os.getloadavg()[0]
    return result


def compact(result):
    """JSON that reads well in a diff: lists of numbers stay on a line."""
    text = json.dumps(result, indent=1, allow_nan=False)
    return re.sub(r"\[[^][{}]*\]", lambda found: " ".join(found.group().split()), text)


def main():
    options = arguments()
    base = options.work or corpus.cache_folder()
    os.makedirs(base, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="work-", dir=base) as work:
        result = measure(options, work)
    if options.json:
        with open(options.json, "w") as file:
            file.write(compact(result) + "\n")
    print(report.markdown(result))


if __name__ == "__main__":
    main()
