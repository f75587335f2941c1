"""stet search prints hits of a regular expression as they are found, in pages that
go on where they ended, and ^C stops it in the middle of a costly pattern."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from program import STET, Tap  # noqa: E402

HITS = 600
COSTLY = 3000  # documents, each of which costs the whole match limit
PATTERN = "/(x+x+)+[yz]/"
TIMEOUT = 600  # of a machine that is busy; nothing is measured
tap = Tap()


def make(where):
    with open(os.path.join(where, "a.jsonl"), "w") as shard:
        for number in range(HITS):
            shard.write(json.dumps({"id": number, "text": "xxy %d" % number}) + "\n")
    with open(os.path.join(where, "b.jsonl"), "w") as shard:
        for number in range(COSTLY):
            shard.write(json.dumps({"id": number, "text": "x" * 400}) + "\n")
    code, _, err = run(where, "index", "-q", ".")
    assert code == 0, err


def run(where, *args):
    result = subprocess.run([os.path.abspath(STET), *args], cwd=where,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def test_found_at_once(where):
    """The first line is there while documents are left to read, for a search that
    had ended could not be stopped any more."""
    with subprocess.Popen([os.path.abspath(STET), "search", "--limit", "0", "--refs", PATTERN],
                          cwd=where, bufsize=0, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as search:
        first = search.stdout.readline().decode()
        search.send_signal(signal.SIGINT)
        rest, err = search.communicate(timeout=TIMEOUT)
    lines = [first.strip()] + rest.decode().split()
    problems = [] if search.returncode == 130 else ["exit status %d" % search.returncode]
    if err.decode() != "stet: cancelled\n":
        problems.append("said: " + err.decode())
    if lines != ["at:a.jsonl:%d" % i for i in range(len(lines))]:
        problems.append("not the first hits in order: " + " ".join(lines[:5]))
    tap.check(problems, "hits come before a costly search ends; ^C ends it")


def ids_of(output):
    return [row["id"] for row in map(json.loads, output.splitlines()) if "id" in row]


def test_pages(where):
    """What is printed as it is found has the cursors of a search that has ended."""
    query = "/xxy [0-9]*7/ sort:shard"
    _, whole, _ = run(where, "search", "--json", "--limit", "0", query)
    hits = [number for number in range(HITS) if number % 10 == 7 or "7" in str(number)]
    problems = [] if ids_of(whole) == hits else ["%d hits" % len(ids_of(whole))]
    for size in (1, 7, len(hits) - 1, len(hits)):
        paged = []
        after = []
        while len(paged) < len(hits):
            code, page, err = run(where, "search", "--json", "--limit", str(size), *after, query)
            if code or not ids_of(page) or len(ids_of(page)) > size:
                problems.append("a page of %d: %s" % (size, err))
                break
            paged += ids_of(page)
            if len(paged) > 4 * size:
                after = ["--after", json.loads(page.splitlines()[-1])["cursor"]]
                _, page, _ = run(where, "search", "--json", "--limit", "0", *after, query)
                paged += ids_of(page)
                break
            after = ["--after", json.loads(page.splitlines()[-1])["cursor"]]
        if paged != hits:
            problems.append("pages of %d have %d hits" % (size, len(paged)))
    tap.check(problems, "pages of hits printed as they are found join")


def test_other_orders(where):
    """What another order decides last is printed at the end, once."""
    _, out, _ = run(where, "search", "--refs", "--limit", "0", "/xxy [0-9]*7/ sort:random(3)")
    lines = out.split()
    problems = [] if len(lines) == len(set(lines)) > 100 else ["%d lines" % len(lines)]
    if lines == sorted(lines, key=lambda line: int(line.split(":")[2])):
        problems.append("in the order of the shards")
    tap.check(problems, "an order that is known at the end has each hit once")


def main():
    where = tempfile.mkdtemp(prefix="stet-found-")
    try:
        make(where)
        test_found_at_once(where)
        test_pages(where)
        test_other_orders(where)
    finally:
        shutil.rmtree(where)
    tap.end()
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
