"""The other formats of `stet export`, held against the patch set of the same
decisions: datatrove (by a model of its reader and filter and, in the long form
or when its wheel is in the cache, by themselves), ids, pairs, ratings, csv,
diff, jsonl."""
import collections
import csv
import io
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from decided_corpus import Corpus, decompress, records  # noqa: E402
from program import STET, Tap  # noqa: E402
from wheels import wheel_python  # noqa: E402

LONG = bool(os.environ.get("STET_TEST_LONG"))
WHEELS = ["datatrove==0.10.1", "orjson", "regex", "tokenizers", "xxhash", "zstandard"]
SHARDS = [("a.jsonl.gz", "gzip"), ("deep/b.jsonl.zst", "zstd"), ("c.jsonl", "plain"),
          ("rough.jsonl", "plain"), ("quiet.jsonl", "plain")]

# Runs in datatrove's Python: what its reader and its filter let through.
REAL = """
import json, sys
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.dedup import MinhashDedupFilter
root, folder, tasks = sys.argv[1], sys.argv[2], int(sys.argv[3])
for rank in range(tasks):
    reader = JsonlReader(root, paths_file=folder + "/paths.txt")
    keep = MinhashDedupFilter(folder + "/remove")
    for doc in keep.run(reader.run(rank=rank, world_size=tasks), rank=rank, world_size=tasks):
        print(json.dumps([rank, doc.id, doc.text]))
for doc in JsonlReader(folder + "/added").run():
    print(json.dumps(["added", doc.id, doc.text]))
"""
TAKEN = """
import json, sys
from datatrove.pipeline.readers import JsonlReader
for doc in JsonlReader(sys.argv[1]).run():
    print(json.dumps([doc.id, doc.text, doc.metadata]))
"""


class Decided:
    """The patch set: for each place its edits and its new text."""

    def __init__(self, corpus, path):
        corpus.stet("export", "--yes", "-o", path)
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.header = lines[0]
        self.patches = [line for line in lines[1:-1] if "target" in line]
        self.adds = [line for line in lines[1:-1] if "add" in line]
        self.corpus = corpus

    def places(self):
        for patch in self.patches:
            place = (patch["target"]["shard"], patch["target"]["record"])
            yield patch, place, self.corpus.docs[place]

    @staticmethod
    def ops(patch):
        return [edit["op"] for edit in patch["edits"]]


def new_text(patch, text):
    """The text with the edits of a patch, last ones first."""
    edits = [edit for edit in patch["edits"] if edit["op"] in ("replace", "redact", "insert")]
    for edit in reversed(edits):
        start, end = edit.get("span", {}).get("codepoints", [0, len(text)])
        text = text[:start] + edit["text"] + text[end:]
    return text


def redactions(patch):
    return [(*edit["span"]["codepoints"], edit["text"]) for edit in patch["edits"]
            if edit["op"] == "redact"]


def shown_text(patch, text):
    """The old text as it may be shown: without what is redacted."""
    for start, end, new in reversed(redactions(patch)):
        text = text[:start] + new + text[end:]
    return text


def move(patch, at, is_end):
    """A place of the old text in the shown one."""
    shift = 0
    for start, end, new in redactions(patch):
        if at <= start:
            break
        if at < end:
            return start + shift + (len(new) if is_end else 0)
        shift += len(new) - (end - start)
    return at + shift


def same(want, got, name):
    """What differs between two lists, in words."""
    if want == got:
        return []
    for one, other in zip(want, got):
        if one != other:
            return ["%s: %r, not %r" % (name, other, one)]
    return ["%s: %d, not %d" % (name, len(got), len(want))]


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# --- datatrove ---

def read_documents(root, names):
    """What datatrove's reader yields of files."""
    for name in names:
        for line in decompress(os.path.join(root, name)).split(b"\n"):
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if not record.get("text") or re.search("[\ud800-\udfff]", record["text"]):
                continue
            yield record


def model_datatrove(root, folder, tasks):
    out = []
    with open(os.path.join(folder, "paths.txt"), encoding="utf-8") as file:
        paths = file.read().splitlines()
    for rank in range(tasks):
        name = os.path.join(folder, "remove", "%06d.remove" % rank)
        removed = []
        if os.path.exists(name):
            with open(name, "rb") as file:
                removed = [number for number, in struct.iter_unpack("<I", file.read())]
        assert removed == sorted(set(removed)), "not in order"
        for number, record in enumerate(read_documents(root, paths[rank::tasks])):
            if number not in set(removed):
                out.append([rank, record["id"], record["text"]])
    for record in read_documents(folder, ["added/00000.jsonl.gz"]):
        out.append(["added", record["id"], record["text"]])
    return out


def expected_datatrove(corpus, decided):
    """Id and text of what must come through, in any order."""
    changed = {place: patch for patch, place, _ in decided.places()}
    texts = []
    for place, record in corpus.docs.items():
        patch = changed.get(place)
        if patch and "drop" in decided.ops(patch):
            continue
        text = new_text(patch, record["text"]) if patch else record["text"]
        texts.append((str(record["id"]), text))
    texts += [(add["add"]["id"], add["add"]["text"]) for add in decided.adds]
    return sorted(pair for pair in texts if pair[1])


def check_datatrove(tap, corpus, decided, work, python, why):
    for tasks in (None, 2):
        name = "datatrove, %s" % ("%d tasks" % tasks if tasks else "a task a shard")
        folder = os.path.join(work, "datatrove%s" % (tasks or ""))
        words = ["--tasks", str(tasks)] if tasks else []
        corpus.stet("export", "--yes", "--format", "datatrove", "-o", folder, *words)
        got = model_datatrove(corpus.root, folder, tasks or len(SHARDS))
        want = expected_datatrove(corpus, decided)
        tap.check(same(want, sorted((str(doc), text) for _, doc, text in got), "documents"),
                  name + ": %d documents come through" % len(want))
        if not python:
            tap.skip(name + ": the real reader and filter", why)
            continue
        done = subprocess.run([python, "-c", REAL, corpus.root, folder,
                               str(tasks or len(SHARDS))], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        real = [json.loads(line) for line in done.stdout.splitlines()]
        problems = [done.stderr.decode()[-1000:]] if done.returncode else same(got, real, "real")
        tap.check(problems, name + ": the real reader and filter say the same")


# --- the small ones ---

def check_ids(tap, corpus, decided, work):
    folder = os.path.join(work, "ids")
    corpus.stet("export", "--yes", "--format", "ids", "-o", folder)
    want = collections.defaultdict(list)
    for patch, _, record in decided.places():
        names = []
        for edit in patch["edits"]:
            name = {"verdict": "verdict-", "tag": "tag-"}.get(edit["op"])
            if name:
                names.append(name + edit["value"].replace("/", "%2F"))
            elif edit["op"] not in ("rate", "note"):
                names.append(edit["op"])
        for name in dict.fromkeys(names):
            want[name + ".ids"].append(str(record["id"]))
    want["add.ids"] = [add["add"]["id"] for add in decided.adds]
    got = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            got[name] = file.read().splitlines()
    tap.check(same(sorted(want.items()), sorted(got.items()), "list"),
              "ids: %d lists" % len(want))


def labels(patch):
    out = {}
    for edit in patch["edits"]:
        if edit["op"] == "verdict":
            out["verdict"] = edit["value"]
        elif edit["op"] == "tag" and "span" not in edit:
            out.setdefault("tags", []).append(edit["value"])
        elif edit["op"] == "rate":
            out.setdefault("ratings", {})[edit["value"]] = edit["number"]
        elif edit["op"] == "tag":
            start, end = edit["span"]["codepoints"]
            start, end = move(patch, start, False), move(patch, end, True)
            out.setdefault("spans", []).append({"start": start, "end": end, "tag": edit["value"]})
    return out


def home(record, place):
    return {"source": record["source"], "shard": place[0], "record": place[1]}


def check_lines(tap, corpus, decided, work):
    for name in ("pairs", "ratings", "jsonl"):
        corpus.stet("export", "--yes", "--format", name, "-o", os.path.join(work, name))
    pairs = []
    ratings = []
    documents = []
    for patch, place, record in decided.places():
        text = record["text"]
        after = new_text(patch, text)
        dropped = "drop" in decided.ops(patch)
        where = dict(home(record, place), id=record["id"])
        shown = shown_text(patch, text)
        if after != shown and not dropped:
            pairs.append(dict(where, original=shown, rewrite=after))
        if labels(patch):
            ratings.append(dict(where, text=shown, **labels(patch)))
        documents.append((record["id"], after, dropped, labels(patch).get("verdict")))
    tap.check(same(pairs, lines_of(os.path.join(work, "pairs")), "pair"),
              "pairs: %d" % len(pairs))
    tap.check(same(ratings, lines_of(os.path.join(work, "ratings")), "rating"),
              "ratings: %d" % len(ratings))
    got = [(line["id"], line["text"], line["metadata"].get("dropped", False),
            line["metadata"].get("verdict")) for line in lines_of(os.path.join(work, "jsonl"))]
    documents += [(add["add"]["id"], add["add"]["text"], False, None) for add in decided.adds]
    tap.check(same(documents, got, "document") + check_spans(os.path.join(work, "jsonl")),
              "jsonl: %d documents" % len(documents))


def check_spans(path):
    """Spans are in the text that the line has."""
    return ["%r" % line for line in lines_of(path) for span in line["metadata"].get("spans", [])
            if not 0 <= span["start"] <= span["end"] <= len(line["text"])]


def check_csv(tap, corpus, decided, work):
    path = os.path.join(work, "table.csv")
    corpus.stet("export", "--yes", "--format", "csv", "-o", path)
    with open(path, "rb") as file:
        data = file.read()
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    want = []
    for patch, place, record in decided.places():
        ops = decided.ops(patch)
        edited = sum(op in ("replace", "redact", "insert") for op in ops)
        want.append((place[0], str(place[1]), str(record["id"]),
                     "drop" if "drop" in ops else "change" if edited else "",
                     labels(patch).get("verdict", "")))
    want += [("", "", add["add"]["id"], "add", "") for add in decided.adds]
    got = [(row["shard"], row["record"], row["id"], row["fate"], row["verdict"]) for row in rows]
    problems = same(want, got, "row")
    problems += ["a control character"] if re.search(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]", data) else []
    problems += ["a formula: %r" % cell for row in rows for cell in row.values()
                 if cell[:1] in tuple("=+-@")]
    tap.check(problems, "csv: %d rows" % len(want))


def check_diff(tap, corpus, decided, work):
    path = os.path.join(work, "changes.diff")
    corpus.stet("export", "--yes", "--format", "diff", "-o", path)
    with open(path, encoding="utf-8", newline="\n") as file:
        heads = [line.split("\t")[0].rstrip("\n") for line in file if line.startswith("--- ")]
    want = []
    for patch, place, record in decided.places():
        if "drop" in decided.ops(patch) or set(decided.ops(patch)) & {
                "replace", "insert", "redact"}:
            want.append("--- %s:%d" % place)
    want += ["--- /dev/null"] * len(decided.adds)
    tap.check(same(want, heads, "head"), "diff: %d documents" % len(want))


def check_redacted(tap, work):
    """What is redacted is in no export, unless quotes are asked for."""
    root = os.path.join(work, "redacted")
    os.makedirs(root)
    with open(os.path.join(root, "s.jsonl"), "w", encoding="utf-8") as file:
        file.write('{"id":"a","text":"call 555-0199 or 555-0198, fool"}\n')

    def stet(*words):
        done = subprocess.run([STET, *words], cwd=root, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        assert done.returncode == 0, (words, done.stderr)
    stet("index", "s.jsonl")
    stet("redact", "--span", "5:13", "id:a")
    stet("redact", "--span", "17:25", "id:a")
    stet("tag", "+insult", "--span", "27:31", "id:a")
    stet("verdict", "bad", "id:a")
    problems = []
    for name in ("csv", "diff", "pairs", "ratings", "jsonl", "ids", "dolma"):
        for quotes in ([], ["--quotes"]):
            out = os.path.join(root, name + "".join(quotes))
            stet("export", "--yes", "--format", name, "-o", out, *quotes)
            paths = [out] if os.path.isfile(out) else [
                os.path.join(folder, one) for folder, _, names in os.walk(out) for one in names
                if not os.path.islink(os.path.join(folder, one))]
            data = b""
            for path in paths:
                with open(path, "rb") as file:
                    data += file.read()
            shown = b"555-019" in data
            if shown != (bool(quotes) and name not in ("jsonl", "ids")):
                problems.append("%s %r: %r" % (name, quotes, data))
    with open(os.path.join(root, "ratings"), encoding="utf-8") as file:
        line = json.loads(file.readline())
    span = line["spans"][0]
    if line["text"][span["start"]:span["end"]] != "fool":
        problems.append("span: %r" % line)
    tap.check(problems, "what is redacted is shown only with --quotes")


def check_formula(tap, work):
    """Cells that a spreadsheet would compute; ids that are no line; no id."""
    root = os.path.join(work, "formula")
    os.makedirs(root)
    with open(os.path.join(root, "s.jsonl"), "w", encoding="utf-8") as file:
        file.write('{"id":"=1+2","text":"@SUM(A1)"}\n{"id":"two\\nlines","text":"-x"}\n'
                   '{"text":"no id"}\n')

    def stet(*words):
        return subprocess.run([STET, *words], cwd=root, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    stet("index", "s.jsonl")
    stet("verdict", "bad", "at:s.jsonl:0", "at:s.jsonl:1", "at:s.jsonl:2")
    problems = []
    for name in ("csv", "ids"):
        done = stet("export", "--yes", "--format", name, "-o", name)
        problems += [done.stderr.decode()] if done.returncode else []
    with open(os.path.join(root, "csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    problems += same(["'=1+2", "'@SUM(A1)", "'-x"],
                     [rows[0]["id"], rows[0]["text"], rows[1]["text"]], "cells")
    with open(os.path.join(root, "ids", "verdict-bad.ids"), encoding="utf-8") as file:
        problems += same(["=1+2", '"two\\nlines"', "at:s.jsonl:2"], file.read().splitlines(),
                         "ids")
    again = stet("export", "--yes", "--format", "ids", "-o", "ids")
    problems += [] if again.returncode == 73 else ["again: %d" % again.returncode]
    log = stet("log", "--json").stdout.decode()
    problems += ["journalled: " + log] if '"export"' in log else []
    tap.check(problems, "odd ids and texts, a folder that is there, no journal entry")


def main():
    tap = Tap()
    python, why = wheel_python("datatrove", WHEELS, "import datatrove.pipeline.dedup, orjson", LONG)
    with tempfile.TemporaryDirectory() as work:
        for seed in range(1, 5 if LONG else 2):
            folder = os.path.join(os.path.realpath(work), str(seed))
            root = os.path.join(folder, "corpus")
            os.makedirs(root)
            print("# seed %d" % seed, flush=True)
            corpus = Corpus(root, seed, shards=SHARDS)
            corpus.decide()
            decided = Decided(corpus, os.path.join(folder, "set.stet.jsonl"))
            check_datatrove(tap, corpus, decided, folder, python, why)
            check_ids(tap, corpus, decided, folder)
            check_lines(tap, corpus, decided, folder)
            check_csv(tap, corpus, decided, folder)
            check_diff(tap, corpus, decided, folder)
            check_reader(tap, folder, python, why)
        check_formula(tap, work)
        check_redacted(tap, work)
    return tap.end()


def check_reader(tap, folder, python, why):
    """datatrove reads the jsonl format as documents."""
    if not python:
        tap.skip("jsonl: datatrove's reader", why)
        return
    only = os.path.join(folder, "only")
    os.makedirs(only)
    os.rename(os.path.join(folder, "jsonl"), os.path.join(only, "documents.jsonl"))
    done = subprocess.run([python, "-c", TAKEN, only], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    got = []
    for line in done.stdout.splitlines():
        doc_id, text, metadata = json.loads(line)
        metadata.pop("file_path", None)
        got.append([doc_id, text, metadata])
    want = [[line["id"], line["text"], line["metadata"]]
            for line in records(os.path.join(only, "documents.jsonl")) if line["text"]]
    tap.check([done.stderr.decode()[-1000:]] if done.returncode else same(want, got, "document"),
              "jsonl: datatrove's reader takes it")


if __name__ == "__main__":
    sys.exit(main())
