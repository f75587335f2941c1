#!/usr/bin/env python3
"""`stet import scores` against a model of it: every way to name a document,
rows that disagree, re-indexing, texts that change, kills (TAP).

Long form: STET_TEST_LONG=1 kills more often.
"""
import fcntl
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import program  # noqa: E402

STET = os.path.abspath(program.STET)
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
KILLS = 60 if os.environ.get("STET_TEST_LONG") else 6
chance = random.Random(SEED)
tap = program.Tap()
ENV = dict(os.environ, STET_REVIEWER="kim")
print("# seed %d" % SEED)


def run(folder, *args, status=0, out_only=False):
    result = subprocess.run([STET, *args], env=ENV, cwd=folder, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=300)
    text = (result.stdout + result.stderr).decode("utf-8", "replace")
    if out_only and result.returncode == status:
        text = result.stdout.decode()
    if status is not None and result.returncode != status:
        raise AssertionError("%s: exit %d: %s" % (" ".join(args), result.returncode, text))
    if program.REPORT.search(text):
        raise AssertionError(text)
    return text


def write(folder, name, rows):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = b"".join((row if isinstance(row, str) else json.dumps(row)).encode() + b"\n"
                    for row in rows)
    if name.endswith(".gz"):
        data = gzip.compress(data)
    elif name.endswith(".zst"):
        data = subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE,
                              check=True).stdout
    with open(path, "wb") as file:
        file.write(data)


def scores(folder, query=""):
    """{(shard, record): scores} as the program has them."""
    found = {}
    for line in run(folder, "search", "--limit", "100000", "--json", query,
                    out_only=True).splitlines():
        hit = json.loads(line)
        found[hit["shard"], hit["record"]] = hit["scores"]
    return found


def sha(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Corpus:
    """Shards of documents, many of which share ids or texts."""

    def __init__(self, folder, count):
        self.folder = folder
        self.shards = {}
        for number in range(3):
            name = "docs/part-%d.jsonl%s" % (number, ("", ".gz", ".zst")[number])
            self.shards[name] = [self.document() for _ in range(count)]
            write(folder, name, self.shards[name])

    @staticmethod
    def document():
        kind = chance.random()
        ident = chance.randrange(400)
        doc = {"text": "text %d %s" % (chance.randrange(500), "é" * chance.randrange(3))}
        if kind < 0.5:
            doc.update(id="d%d/é" % ident, source=chance.choice(["web", "books", "src é"]))
        elif kind < 0.7:
            doc.update(id=ident)
        elif kind < 0.9:
            doc.update(id=str(ident), source="web")
        return doc

    def documents(self):
        return [((shard, number), doc) for shard, docs in self.shards.items()
                for number, doc in enumerate(docs)]


def key_of(doc):
    return json.dumps(doc.get("id")), doc.get("source"), doc["text"]


class Lookup:
    """Places by everything that a row may say."""

    def __init__(self, documents):
        self.docs = dict(documents)
        self.by = {}
        for place, doc in documents:
            ident = json.dumps(doc.get("id"))
            for key in (("key", key_of(doc)), ("sha", sha(doc["text"])), ("id", ident),
                        ("source", ident, doc.get("source", ""))):
                self.by.setdefault(key, []).append(place)

    def get(self, *key):
        return self.by.get(key, [])

    def matches(self, row):
        """Places that a row means, or None when it may not be said."""
        if "shard" in row:
            return [(row["shard"], row["record"])]
        if "id" not in row:
            return self.get("sha", row["sha256"])
        ident = json.dumps(row["id"])
        found = self.get("source", ident, row["source"]) if "source" in row \
            else self.get("id", ident)
        if "source" not in row and len({self.docs[p].get("source") for p in found}) > 1:
            return None
        return [p for p in found
                if "sha256" not in row or sha(self.docs[p]["text"]) == row["sha256"]]

    def same(self, place):
        """Places that what is kept for this one means, too."""
        doc = self.docs[place]
        return self.get("key", key_of(doc)) if "id" in doc else self.get("sha", sha(doc["text"]))


def random_row(documents):
    place, doc = chance.choice(documents)
    row = {}
    way = chance.randrange(5)
    if way == 0 or "id" not in doc:
        row["sha256"] = sha(doc["text"])
    elif way == 1:
        row["id"] = doc["id"]
    elif way < 4:
        row.update({key: doc[key] for key in ("id", "source") if key in doc})
        if chance.random() < 0.3:
            row["sha256"] = sha(doc["text"] + chance.choice(["", "", "x"]))
    if way == 4:
        row = {"shard": place[0], "record": place[1]}
    if chance.random() < 0.05:
        row = {"id": "nobody%d" % chance.randrange(9)}
    return row


def model(documents, rows):
    """Values after the rows: a value holds for (id, source, text)."""
    lookup = Lookup(documents)
    values = {}
    for row in rows:
        by_hash = "id" not in row and "shard" not in row
        for place in lookup.matches(row) or []:
            for target in [place] if by_hash else lookup.same(place):
                values[target] = row["score"]
    return values


def differences(found, wanted, name):
    problems = []
    for place, values in found.items():
        if values.get(name) != wanted.get(place):
            problems.append("%s: %r, not %r" % (place, values.get(name), wanted.get(place)))
    return problems[:5]


def check_model(folder):
    corpus = Corpus(folder, 200)
    run(folder, "index", "-q", "docs")
    documents = corpus.documents()
    rows = [dict(random_row(documents), score=chance.randrange(1000) / 1000)
            for _ in range(1200)]
    write(folder, "rows.jsonl", rows[:500])
    write(folder, "rows2.jsonl.gz", rows[500:800])
    write(folder, "rows3.jsonl.zst", rows[800:])
    run(folder, "import", "scores", "--classifier", "tox@v1", "--bad", "high",
        "rows.jsonl", "rows2.jsonl.gz", "rows3.jsonl.zst", status=None)
    wanted = model(documents, rows)
    problems = differences(scores(folder), wanted, "tox@v1")
    tap.check(problems, "rows by id, source, hash and place give what they should")
    found = scores(folder, "tox:0.5..")
    known = {p for p, v in wanted.items() if v >= 0.5}
    tap.check([] if set(found) == known else ["%d, not %d" % (len(found), len(known))],
              "a range finds what was imported")
    order = [hit.get("tox@v1") for hit in scores(folder, "sort:tox").values()]
    other = [hit.get("tox@v1") for hit in scores(folder, "sort:-tox").values()]
    problems = []
    for values, reverse in ((order, True), (other, False)):
        real = [v for v in values if v is not None]
        if real != sorted(real, reverse=reverse) or None in values[:len(real)]:
            problems.append("out of order")
    tap.check(problems, "it sorts, unknown last both ways")

    before = scores(folder)
    text = run(folder, "import", "scores", "--classifier", "tox@v1", "rows.jsonl",
               "rows2.jsonl.gz", "rows3.jsonl.zst", status=None)
    problems = [] if "nothing new" in text else [text]
    problems += [] if scores(folder) == before else ["values changed"]
    tap.check(problems, "importing the same again changes nothing")

    shutil.rmtree(os.path.join(folder, ".stet", "index"))
    run(folder, "index", "-q", "docs")
    tap.check([] if scores(folder) == before else ["values differ"],
              "an index that is built anew has them")

    by_key = {key_of(doc): before[place].get("tox@v1") for place, doc in documents}
    changed = corpus.shards["docs/part-0.jsonl"]
    for doc in changed[:100]:
        doc["text"] += " changed"
    changed[:] = changed[50:] + changed[:50]
    write(folder, "docs/part-0.jsonl", changed)
    run(folder, "index", "-q")
    problems = []
    for place, doc in corpus.documents():
        value = scores_of(folder, place)
        if " changed" in doc["text"]:
            problems += [] if value is None else ["%s has one of another text" % (place,)]
        elif place[0] == "docs/part-0.jsonl":
            problems += [] if value == by_key[key_of(doc)] else ["%s: %r" % (place, value)]
    tap.check(problems[:5], "moved texts keep theirs, changed texts lose theirs")


CACHE = {}


def scores_of(folder, place):
    stamp = os.stat(os.path.join(folder, ".stet/index/MANIFEST")).st_mtime_ns
    if CACHE.get("stamp") != stamp:
        CACHE.update(stamp=stamp, scores=scores(folder))
    return CACHE["scores"][place].get("tox@v1")


def small(folder):
    write(folder, "d.jsonl", [{"id": "n%d" % i, "source": "s", "text": "word %d" % i}
                              for i in range(20)])
    run(folder, "index", "-q", "d.jsonl")


def check_kinds(folder):
    small(folder)
    write(folder, "many.jsonl", [{"id": "n%d" % i, "source": "s", "attributes": {
        "hate/threat": i / 7, "kind": "even" if i % 2 == 0 else "odd é",
        "spans": [[0, 2, 0.25], [2, 4, i / 20]], "flag": i > 5}} for i in range(20)])
    run(folder, "import", "scores", "--classifier", "mod@2", "many.jsonl")
    found = scores(folder)["d.jsonl", 15]
    problems = [] if found.get("mod/hate/threat@2") == 15 / 7 and \
        found.get("mod/kind@2") == "odd é" and found.get("mod/flag@2") == 1 and \
        found.get("mod/spans@2") == 0.75 else [repr(found)]
    problems += [] if len(scores(folder, "label:even")) == 10 else ["label:even"]
    problems += [] if len(scores(folder, "mod_hate_threat:1..")) == 13 else ["range"]
    run(folder, "config", "set", "score.risk.derive", "max(mod_flag, mod_hate_threat)")
    problems += [] if len(scores(folder, "risk:1")) == 2 else [
        "risk " + str(sorted(s["risk"] for s in scores(folder).values()))]
    tap.check(problems, "several kinds of scores in a row; derived from them")
    text = run(folder, "import", "scores", "--remove", "mod/flag@2", status=65)
    problems = [] if "risk is derived from it" in text else [text]
    run(folder, "config", "set", "score.risk.derive", "")
    run(folder, "import", "scores", "--remove", "mod/flag@2")
    found = scores(folder)["d.jsonl", 15]
    problems += [] if "mod/flag@2" not in found and found["mod/kind@2"] == "odd é" and \
        found["mod/hate/threat@2"] == 15 / 7 else [repr(found)]
    run(folder, "import", "scores", "--remove", "mod/flag@2", status=66)
    run(folder, "index", "-q")
    problems += [] if scores(folder)["d.jsonl", 15] == found else ["after stet index"]
    tap.check(problems, "--remove takes one out and leaves the others")
    write(folder, "v1.jsonl", [{"id": "n%d" % i, "p": 0.5} for i in range(20)])
    write(folder, "v2.jsonl", [{"id": "n%d" % i, "p": i / 20} for i in range(15)])
    run(folder, "import", "scores", "--classifier", "t@v9", "v1.jsonl")
    run(folder, "import", "scores", "--classifier", "t@v10", "--score", "p", "v2.jsonl")
    order = list(scores(folder, "sort:disagree(t@v9,t@v10)"))
    problems = [] if order[0] == ("d.jsonl", 0) and order[-1][1] > 14 else [repr(order)]
    problems += [] if len(scores(folder, "t:0.6..")) == 3 else ["the newest is not meant"]
    tap.check(problems, "versions can be compared; the newest is the plain name")
    write(folder, "more.jsonl", [{"id": "n100", "source": "s", "text": "later"}])
    write(folder, "late.jsonl", [{"id": "n100", "source": "s", "p": 0.125}])
    run(folder, "import", "scores", "--classifier", "t@v10", "late.jsonl", status=1)
    run(folder, "index", "-q", "more.jsonl")
    found = scores(folder)["more.jsonl", 0]
    problems = [] if found.get("t@v10") == 0.125 else [repr(found)]
    problems += [] if scores(folder)["d.jsonl", 3]["t@v10"] == 0.15 else ["others lost"]
    tap.check(problems, "a document that comes later gets its score")


def check_mistakes(folder):
    small(folder)
    write(folder, "bad.jsonl", [{"id": "n1", "source": "s", "x": 0.5}, "{", {"x": 1}, [1],
                                {"id": "n2", "source": "s"}, {"id": "n3", "sha256": "zz", "x": 1},
                                {"id": "n4", "source": "s", "x": 0.25}])
    text = run(folder, "import", "scores", "bad.jsonl", status=1)
    problems = [word for word in ("bad.jsonl, line 2", "line 3", "line 4", "line 6",
                                  "4 rows are bad", "1 rows have no score",
                                  "x: 2 documents have it, 18 do not") if word not in text]
    tap.check(problems and [text], "bad rows are told with file and line")
    write(folder, "own.jsonl", [{"id": "m1", "text": "own", "attributes": {"tox": 1}}])
    run(folder, "index", "-q", "own.jsonl")
    write(folder, "tox.jsonl", [{"id": "m1", "tox": 0.5}])
    problems = [] if "--classifier tox@v2" in run(folder, "import", "scores", "tox.jsonl",
                                                  status=73) else ["no advice"]
    run(folder, "import", "scores", "--classifier", "@v2", "tox.jsonl")
    problems += [] if scores(folder)["own.jsonl", 0] == {"tox": 1, "tox@v2": 0.5} else ["values"]
    tap.check(problems, "a score of the shards is not hidden")
    problems = []
    for args, status in ((["--bad", "up", "tox.jsonl"], 64), (["--range", "1..0", "tox.jsonl"], 64),
                         (["none.jsonl"], 66), ([], 64), (["--classifier", "x@", "tox.jsonl"], 64),
                         (["--score", "nope", "tox.jsonl"], 1)):
        try:
            run(folder, "import", "scores", *args, status=status)
        except AssertionError as error:
            problems.append(str(error))
    try:
        run(folder, "import", "dreams", status=64)
    except AssertionError as error:
        problems.append(str(error))
    tap.check(problems, "mistakes have their exit codes")


def check_aligned(folder):
    docs = [{"id": "same", "text": "line %d" % i} for i in range(50)]
    write(folder, "documents/a/x.jsonl.gz", docs)
    write(folder, "documents/b/x.jsonl.gz", docs[:3])
    run(folder, "index", "-q", "documents/a", "documents/b")
    rows = [{"id": "same", "attributes": {"q": i / 50}} for i in range(50)]
    write(folder, "new/a/x.json", rows)
    run(folder, "import", "scores", "--aligned", "--classifier", "q@1", "new/a/x.json")
    found = scores(folder)
    problems = [str(i) for i in range(50)
                if found["documents/a/x.jsonl.gz", i].get("q@1") != i / 50]
    tap.check(problems, "aligned rows go by line")
    before = scores(folder)
    write(folder, "new/b/x.json", rows[:2])
    text = run(folder, "import", "scores", "--aligned", "--classifier", "q@2", "new/b/x.json",
               status=65)
    problems = [] if "has 2 lines" in text and "3" in text else [text]
    rows[1]["id"] = "other"
    write(folder, "new/b/x.json", rows[:3])
    text = run(folder, "import", "scores", "--aligned", "--classifier", "q@2", "new/b/x.json",
               status=65)
    problems += [] if "line 2" in text and '"other"' in text and '"same"' in text else [text]
    write(folder, "new/x.json", rows[:3])
    text = run(folder, "import", "scores", "--aligned", "new/x.json", status=65)
    problems += [] if "several shards" in text else [text]
    run(folder, "import", "scores", "--aligned", "new/y.json", status=66)
    problems += [] if scores(folder) == before else ["something was imported"]
    tap.check(problems, "files out of step are refused, and nothing is imported")


def check_readers(folder):
    small(folder)
    index = os.path.join(folder, ".stet", "index")
    write(folder, "r.jsonl", [{"id": "n%d" % i, "p": i / 20} for i in range(20)])
    run(folder, "import", "scores", "r.jsonl")
    lock = [name for name in os.listdir(index) if name.startswith("gen-")]
    with open(os.path.join(index, lock[0])) as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        files = {name: open(os.path.join(index, name), "rb").read()
                 for name in os.listdir(index) if name.startswith("part-")}
        write(folder, "r.jsonl", [{"id": "n%d" % i, "p": i / 40} for i in range(20)])
        run(folder, "import", "scores", "r.jsonl")
        run(folder, "import", "scores", "--remove", "p")
        problems = ["gone or changed: " + name for name, data in files.items()
                    if not os.path.exists(os.path.join(index, name))
                    or open(os.path.join(index, name), "rb").read() != data]
    tap.check(problems, "what a reader's generation has stays as it is")
    with open(os.path.join(index, "lock"), "a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        text = run(folder, "import", "scores", "r.jsonl", status=75)
    tap.check([] if "being written" in text else [text], "one writer at a time")
    run(folder, "import", "scores", "r.jsonl")
    before = scores(folder)
    column = [name for name in os.listdir(index) if ".p." in name][0]
    os.truncate(os.path.join(index, column), 50)
    problems = [] if scores(folder) != before else ["it was not needed"]
    run(folder, "index", "-q")
    problems += [] if scores(folder) == before else ["not made again"]
    os.unlink(os.path.join(index, column))
    run(folder, "index", "-q")
    problems += [] if scores(folder) == before else ["not made again when it is gone"]
    tap.check(problems, "a damaged column is made again by itself")
    run(folder, "import", "scores", "--remove", "p")
    left = [name for name in os.listdir(index) if ".p." in name]
    tap.check(left, "columns that nobody needs go")


def check_kills(folder):
    write(folder, "d.jsonl", [{"id": "n%d" % i, "source": "s", "text": "word %d" % i}
                              for i in range(3000)])
    run(folder, "index", "-q", "d.jsonl")
    old = [{"id": "n%d" % i, "p": 0.5} for i in range(3000)]
    write(folder, "old.jsonl", old)
    run(folder, "import", "scores", "--classifier", "p@1", "old.jsonl")
    new = [{"id": "n%d" % i, "p": i / 3000} for i in range(3000)]
    write(folder, "new.jsonl", new)
    start = time.monotonic()
    run(folder, "import", "scores", "--classifier", "t@1", "new.jsonl")
    span = time.monotonic() - start
    after = scores(folder)
    run(folder, "import", "scores", "--remove", "t@1")
    before = scores(folder)
    problems = []
    for i in range(KILLS):
        action = [["--classifier", "t@1", "new.jsonl"], ["--remove", "t@1"]][i % 2]
        process = subprocess.Popen([STET, "import", "scores", *action], cwd=folder, env=ENV,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.random() * span)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if scores(folder) not in (before, after):
            problems.append("half a score after kill %d" % i)
        run(folder, "index", "-q")
        if scores(folder) not in (before, after):
            problems.append("half a score after kill %d and stet index" % i)
        run(folder, "import", "scores", *action, status=None)
        if scores(folder) != [after, before][i % 2]:
            problems.append("kill %d: not completed by the next run" % i)
    tap.check(problems, "killed at %d moments: whole, and the next run completes" % KILLS)
    litter = [path for top, _, names in os.walk(os.path.join(folder, ".stet", "attributes"))
              for path in names if "partial" in path or "incoming" in path]
    tap.check(litter, "no litter is left")


def main():
    if not shutil.which("zstd"):
        print("1..0 # SKIP no zstd tool")
        return 0
    for check in (check_model, check_kinds, check_mistakes, check_aligned, check_readers,
                  check_kills):
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(folder)
            except AssertionError as error:
                tap.check([str(error)], check.__name__)
    return tap.end()


sys.exit(main())
