"""The whole loop on every shape of the field: index, search by word, score,
label, source and language, show, tag, rewrite, drop, export, apply; then
Python's json says what the new shards hold. Nothing of the program is used to
check it.
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import shapes  # noqa: E402
from program import STET, Tap  # noqa: E402

NEW = "A new text: ½ \"quoted\".\n"

# What queries find, beside the word: {query: number of documents}.
QUERIES = {
    "dolma": {"source:cc": 3, "hatespeech__jigsaw__toxic:0.9..": 1,
              "hatespeech__jigsaw__insult_spans:0.5..": 1, "label:de": 1, "label:en": 2,
              "lang__ft__en:..0.5": 1, "id:http://x.example/1": 1},
    "datatrove": {"lang:de": 1, "toxicity_score:0.9..": 1, "meta.dump:*2023*": 3},
    "datatrove_flat": {"lang:de": 1, "toxicity_score:0.9..": 1, "id:a/1": 1},
    "datatrove_string": {"lang:de": 1, "toxicity_score:0.9..": 1,
                         "meta.dump:*2023*": 3},
    "fineweb_edu": {"lang:de": 1, "int_score:3": 2, "score:3..": 1},
    "moral_education": {"score:2.5": 3, "int_score:3": 3},
    "dclm": {"lang:en": 3, "id:<urn:uuid:dc1>": 1},
    "c4": {"id:http://x.example/2": 1},
    "noid": {},
    "pile": {"source:OpenWebText2": 1, "source:Pile-CC": 2},
    "list_text": {},
    "bare": {},
    "redpajama": {"lang:en": 3, "rps_doc_ldnoobw_words:1": 1, "perplexity:190..": 1,
                  "rps_lines_uppercase_letter_fraction:0.1..": 0,
                  "id:sha1:RHSYMIJUGZXBJHTB34YU5MHHDAZCAHO1": 1},
    "oscar": {"lang:de": 1, "harmful_pp:..100": 1, "label:tiny": 1, "label:header": 1,
              "label:hate": 1, "label:adu*": 1, "quality_warnings:footer": 1,
              "-label:tiny": 2},
    "segments": {"source:Pile-CC": 2, "scores:0.9..": 1, "avg_score:0.4..": 1},
    "segments_code": {"scores:0.07..": 1},
    "nemo": {"label:O3": 1, "label:safe": 2, "aegis_pred:safe": 2, "quality_pred:Low": 1},
    "hplt": {"lang:en": 3, "id:2": 1},
    "datamap": {"lang:de": 1, "__label__en:0.9..": 2},
    "members": {"id:2": 1},
    "frames": {"id:2": 1},
    "annotated": {"safety_score:4..": 1},
}
READ_ONLY = {"list_text": "put together from a list"}


def decode(data):
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] in (b"\x28\xb5\x2f\xfd", b"\x5e\x2a\x4d\x18"):
        return subprocess.run(["zstd", "-qdc"], input=data, check=True,
                              stdout=subprocess.PIPE).stdout
    return data


def records(path):
    with open(path, "rb") as shard:
        data = decode(shard.read())
    return [line for line in data[3 if data.startswith(b"\xef\xbb\xbf") else 0:].split(b"\n")
            if line.strip()]


def text_of(record):
    """The text as stet has it."""
    if isinstance(record, str):
        return record
    for key in ("texts", "text", "content", "raw_content"):
        if key in record:
            value = record[key]
            return value if isinstance(value, str) else \
                ("" if key == "texts" else "\n\n").join(value)
    raise KeyError("text")


def without_stet(record):
    """Without what apply adds for tags and verdicts."""
    if not isinstance(record, dict):
        return record
    record = dict(record)
    record.pop("stet", None)
    if isinstance(record.get("metadata"), dict):
        record["metadata"] = {k: v for k, v in record["metadata"].items() if k != "stet"}
        if not record["metadata"]:
            del record["metadata"]
    return record


PROGRAM = os.path.abspath(STET)


class Loop:
    def __init__(self, folder, name):
        self.folder = os.path.join(folder, name)
        self.name = name
        self.problems = []
        self.files = shapes.shards(self.folder)

    def stet(self, *words, stdin=None, status=0):
        done = subprocess.run([PROGRAM, *words], input=stdin, cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != status:
            self.problems.append("stet %s: exit %d: %s" % (
                " ".join(words), done.returncode, done.stderr.decode()[-600:]))
        return done

    def expect(self, what, got, want):
        if got != want:
            self.problems.append("%s: %r, not %r" % (what, got, want))

    def rows(self, *words):
        out = self.stet(*words, "--json").stdout.decode("utf-8", "surrogatepass")
        return [json.loads(line) for line in out.splitlines()]

    def run(self):
        before = {file: records(os.path.join(self.folder, file)) for file in self.files}
        count = sum(len(lines) for lines in before.values())
        report = self.rows("index", "--quiet", ".")[-1]
        self.expect("documents", report["documents"], count)
        self.expect("rejected", report["rejected"], 0)
        for query, found in QUERIES[self.name].items():
            self.expect(query, int(self.stet("search", "--count", "--", query).stdout or 0), found)
        hits = self.rows("search", shapes.MARK)
        self.expect("hits", len(hits), 1)
        if not hits:
            return self.problems
        ref = "at:%s:%d" % (hits[0]["shard"], hits[0]["record"])
        shown = self.rows("show", ref)[0]
        old = json.loads(before[hits[0]["shard"]][hits[0]["record"]])
        self.expect("text", shown["text"], text_of(old))
        self.spans(hits[0])
        self.edit(before, hits[0], ref, count)
        return self.problems

    def spans(self, hit):
        """Dolma's spans come from their shard, in code points."""
        if self.name != "dolma":
            return
        shown = self.rows("show", "at:%s:1" % hit["shard"])[0]
        text = shown["text"]
        self.expect("spans", [(text[s["start"]:s["end"]], s["value"]) for s in shown["spans"]],
                    [("go away", 0.9), ("Never come back", 0.4)])

    def edit(self, before, hit, ref, count):
        dropped = None
        self.stet("tag", "+stone", ref)
        if self.name in READ_ONLY:
            done = self.stet("rewrite", "--from", "-", ref, stdin=NEW.encode(), status=64)
            if READ_ONLY[self.name] not in done.stderr.decode():
                self.problems.append("refused with: " + done.stderr.decode())
        else:
            self.stet("rewrite", "--from", "-", ref, stdin=NEW.encode())
        if count > 2:
            dropped = ("at:%s:%d" % (self.files[-1], len(before[self.files[-1]]) - 1))
            self.stet("drop", dropped)
        self.stet("export", "--yes", "-o", "p.stet.jsonl")
        apply = ["apply", "--quiet", "--root", ".", "--to", "out", "p.stet.jsonl", *self.files]
        if self.name == "bare":
            done = self.stet(*apply, status=65)
            if "no place for tags" not in done.stderr.decode():
                self.problems.append("refused with: " + done.stderr.decode())
            apply[1:1] = ["--tags-at", "none"]
        self.stet(*apply)
        if os.path.isdir(os.path.join(self.folder, "out")):
            self.check(before, hit, dropped is not None)

    def check(self, before, hit, dropped):
        for file, lines in before.items():
            want = list(lines)
            got = records(os.path.join(self.folder, "out", file))
            if dropped and file == self.files[-1]:
                want.pop()
            self.expect("records of " + file, len(got), len(want))
            for number, (old, new) in enumerate(zip(want, got)):
                if file == hit["shard"] and number == hit["record"]:
                    self.changed(json.loads(old), json.loads(new))
                else:
                    self.expect("%s:%d" % (file, number), new, old)
        self.again(dropped)

    def changed(self, old, new):
        if self.name in READ_ONLY:
            self.expect("text", text_of(new), text_of(old))
        else:
            self.expect("text", text_of(new), NEW)
        if not isinstance(old, dict):
            return
        if "texts" in old:
            self.expect("texts", (new["texts"], new["scores"]), ([NEW], [None]))
        holder = new.get("metadata", new) if isinstance(new.get("metadata", new), dict) else new
        self.expect("tags", holder.get("stet", {}).get("tags"), ["stone"])
        for record in (old, new):
            for key in ("text", "texts", "content", "raw_content", "scores"):
                record.pop(key, None)
        self.expect("the other members", without_stet(new), without_stet(old))

    def again(self, dropped):
        """The new shards can be indexed, their rows still fit, and the new text is found."""
        report = self.rows("index", "--quiet", "-C", "out", "out")[-1]
        self.expect("rows that do not fit", report["rows_failed"], 0)
        if self.name not in READ_ONLY:
            self.expect("found again", len(self.rows("search", "-C", "out", '"new text"')), 1)
        if dropped and self.name in ("dolma", "redpajama"):
            for root, _, names in os.walk(os.path.join(self.folder, "out")):
                for name in names if "attributes" in root or "signals" in root else ():
                    self.expect("rows of " + name, len(records(os.path.join(root, name))), 2)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({"STET_TEST_NOW": "2026-11-20T12:00:00Z", "STET_REVIEWER": "ann",
                           "HOME": folder, "XDG_CONFIG_HOME": folder})
        shapes.make(folder)
        for name in shapes.SHAPES:
            tap.check(Loop(folder, name).run(), name)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
