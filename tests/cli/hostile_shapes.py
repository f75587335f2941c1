"""Records whose shape is unkind: hundreds of scores, a hundred thousand labels,
values that change type, depth, names that no shell likes, tokens that are no
JSON. Each document is either found or its record is named.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from program import STET, Tap, forbidden  # noqa: E402

PROGRAM = os.path.abspath(STET)


class Case:
    """A shard of given lines in a folder of its own."""

    def __init__(self, folder, name, lines):
        self.folder = os.path.join(folder, name)
        self.problems = []
        os.mkdir(self.folder)
        with open(os.path.join(self.folder, "x.jsonl"), "w", encoding="utf-8") as out:
            for line in lines:
                out.write((line if isinstance(line, str) else json.dumps(line)) + "\n")

    def stet(self, *words, status=0):
        done = subprocess.run([PROGRAM, *words], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        for data in (done.stdout, done.stderr):
            if forbidden(data):
                self.problems.append("prints " + forbidden(data))
        if done.returncode != status:
            self.problems.append("stet %s: exit %d, not %d: %s" % (
                " ".join(words), done.returncode, status, done.stderr.decode()[-300:]))
        self.said = done.stderr.decode()
        return done.stdout.decode()

    def index(self, documents, rejected=0):
        report = json.loads(self.stet("index", "--quiet", "--json", "x.jsonl",
                                      status=1 if rejected else 0).splitlines()[-1])
        self.expect("documents", report["documents"], documents)
        self.expect("rejected", report["rejected"], rejected)

    def count(self, query, want):
        self.expect(query, self.stet("search", "--count", "--", query).strip(), str(want))

    def scores(self, record):
        return json.loads(self.stet("show", "--json", "at:x.jsonl:%d" % record))["scores"]

    def expect(self, what, got, want):
        if got != want:
            self.problems.append("%s: %r, not %r" % (what, got, want))


def hundreds(folder):
    case = Case(folder, "hundreds", [
        {"id": n, "text": "word", "attributes": {"run__t%d__toxic" % k: n * k / 7000
                                                 for k in range(700)}} for n in range(10)])
    case.index(10)
    case.count("run__t699__toxic:0.5..", 4)
    case.count("run__t0__toxic:0", 10)
    case.expect("scores", len(case.scores(9)), 700)
    return case.problems


def dictionary(folder):
    """Keys that are data are no names of scores."""
    case = Case(folder, "dictionary", [
        {"id": n, "text": "word", "attributes": {"real": n, "counts": {
            "k%d" % (n * 40 + k): k for k in range(40)}}} for n in range(60)])
    case.index(60)
    case.expect("scores", sorted(case.scores(7)), ["real"])
    out = case.stet("index", "--explain", "x.jsonl")
    case.expect("data are said to be", "they are data, not names" in out, True)
    return case.problems


def labels(folder):
    """A great many kinds, after a thousand records of two."""
    count = 100000 if os.environ.get("STET_TEST_LONG") else 20000
    case = Case(folder, "labels", (
        {"id": n, "text": "t%d" % n, "label": "few%d" % (n % 2) if n < 1500 else "many %d" % n,
         "attributes": {"set": ["a", "b%d" % n] if n >= 1500 else ["a"]}}
        for n in range(count)))
    case.index(count)
    case.count('label:"many 19999"', 1)
    case.count("label:few1", 750)
    case.count("label:many*", count - 1500)
    case.count("set:a", count)
    case.count("set:b17777", 1)
    return case.problems


def types(folder):
    """A score that is something else in the middle: unknown there."""
    values = [0.5, "0.75", "none", None, {"a": 1}, [1], [], True, [[0, 4, 0.25]], -1e308, 1e-320]
    case = Case(folder, "types", [
        {"id": n, "text": "word", "attributes": {"toxicity": value}}
        for n, value in enumerate([0.5] * 1100 + values)])
    case.index(1111)
    known = [case.scores(1100 + n).get("toxicity") for n in range(len(values))]
    case.expect("values", known[:10], [0.5, 0.75, None, None, None, 0, None, 1, 0.25, -1e308])
    case.count("toxicity:0.74..", 2)
    return case.problems


def tokens(folder):
    """NaN and its kind are no JSON: the record is named. 1e999 is unknown."""
    case = Case(folder, "tokens", [
        '{"id":0,"text":"fine","attributes":{"toxicity":0.5}}',
        '{"id":1,"text":"no","attributes":{"toxicity":NaN}}',
        '{"id":2,"text":"no","attributes":{"toxicity":-Infinity}}',
        '{"id":3,"text":"far","attributes":{"toxicity":1e999}}',
        '{"id":4,"text":"far","attributes":{"toxicity":-1E+999}}',
        '{"id":5,"text":"twice","text":"last","attributes":{"toxicity":1},'
        '"attributes":{"toxicity":0.25}}',
        '{"id":6,"text":"quoted","attributes":{"toxicity":"0.125"}}'])
    case.index(5, rejected=2)
    said = case.said
    for record in ("record 1, byte 98", "record 2, byte 150"):
        case.expect(record, record in said, True)
    case.expect("1e999", case.scores(3), {})
    case.count("toxicity:..", 3)
    case.count("last", 1)
    case.count("twice", 0)
    case.expect("quoted", case.scores(6), {"toxicity": 0.125})
    return case.problems


def depth(folder):
    case = Case(folder, "depth", [
        '{"id":%d,"text":"deep","metadata":%s1%s,"attributes":{"toxicity":0.5}}'
        % (deep, '{"a":' * deep, "}" * deep) for deep in (1, 7, 9, 100, 126, 127, 128, 500)])
    case.index(6, rejected=2)
    case.count("toxicity:0.5", 6)
    return case.problems


def names(folder):
    """Names are not identifiers."""
    odd = ["hate/threatening", "a.b", "with \"quotes\"", "new\nline", "back\\slash", "",
           "self-harm", "schön", "tab\tname", "\x1b[31m", "x" * 200, "a b", "'", "score",
           "日本", "[section]", "key = value", "# comment"]
    case = Case(folder, "names", [
        {"id": n, "text": "word", "attributes": {name: 0.25 + n / 4 for name in odd}}
        for n in range(3)])
    case.index(3)
    case.expect("scores", len(case.scores(1)), len(odd))
    case.count('"hate/threatening":0.5..', 2)
    case.count("hate_threatening:0.5..", 2)
    case.count("self_harm:0.75..", 1)
    case.count('"a.b":0.5', 1)
    case.count('"a b":0.5', 1)
    case.count('"schön":0.5', 1)
    case.count('"日本":0.5', 1)
    case.stet("index", "--explain", "x.jsonl")
    case.stet("search", "word")
    case.stet("config", "list")
    case.stet("index", "--quiet", "x.jsonl")
    case.count('"hate/threatening":0.5..', 2)
    return case.problems


def records(folder):
    """A record that is too odd costs itself."""
    case = Case(folder, "records", [
        {"id": 1, "text": "one"}, {"id": 2, "text": None}, {"id": 3}, {"id": [4], "text": "x"},
        "[]", '"bare"', "17", "nul", {"id": 5, "text": {"a": 1}}, {"id": 6, "text": ""},
        {"id": 1.5, "text": "half"}, {"id": 1e2, "text": "hundred"}, {"id": None, "text": "none"}])
    case.index(4, rejected=9)
    case.count("id:1", 1)
    return case.problems


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({"HOME": folder, "XDG_CONFIG_HOME": folder})
        for test in (hundreds, dictionary, labels, types, tokens, depth, names, records):
            tap.check(test(folder), test.__name__)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
