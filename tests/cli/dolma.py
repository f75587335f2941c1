"""`stet export --format dolma` against Dolma's mixer: hundreds of random
decisions, mixed by a model of the mixer in Python and, in the long form or when
its wheel is in the cache, by the mixer itself; what comes out must be what
`stet apply` makes.

Long form: STET_TEST_LONG=1 fetches the wheel of dolma into the cache."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import mixer_model  # noqa: E402
from decided_corpus import Corpus, decompress, records  # noqa: E402
from program import STET, Tap  # noqa: E402
from wheels import wheel_python  # noqa: E402

LONG = bool(os.environ.get("STET_TEST_LONG"))
# The last two only spare pip a search that takes it many minutes.
WHEELS = ["dolma==1.2.1", "boto3==1.26.76", "aiobotocore==2.5.0"]


def same_form(record):
    """What must agree: all but attributes and where it came from."""
    record = json.loads(json.dumps(record))
    record.pop("attributes", None)
    metadata = record.get("metadata", {})
    metadata.pop("provenance", None)
    if not metadata:
        record.pop("metadata", None)
    return json.dumps(record, sort_keys=True)


class Export:
    def __init__(self, corpus, folder, *options):
        self.corpus = corpus
        self.folder = folder
        corpus.stet("export", "--yes", "--format", "dolma", "-o", folder, *options)
        with open(os.path.join(folder, "mixer.json"), encoding="utf-8") as file:
            self.config = json.load(file)
        self.streams = self.config["streams"]
        self.documents = [path for stream in self.streams for path in stream["documents"]]
        with open(self.patches, encoding="utf-8") as file:
            self.id = json.loads(file.readline())["id"]

    @property
    def patches(self):
        return os.path.join(self.folder, "edits.stet.jsonl")

    def document(self, name):
        """Where a shard is in the folder."""
        for path in self.documents:
            if os.path.realpath(path) == os.path.join(self.corpus.root, name):
                return path
        return None

    @property
    def added(self):
        return os.path.join(self.folder, "documents", "added", self.id + ".jsonl.zst")

    def apply(self, out):
        self.corpus.stet("apply", "--all", "--tags-at", "none", "--root", self.corpus.root,
                         "--to", out, self.patches, *[name for name, _ in self.corpus.shards])
        files = {name: records(os.path.join(out, name)) for name, _ in self.corpus.shards}
        files[None] = records(os.path.join(out, "added", self.id + ".jsonl.zst"))
        return files


def compare(export, mixed, applied):
    """`mixed`: records by path of the documents' file in the folder. Returns
    problems and how many documents were dropped and added instead."""
    problems = []
    fresh = [same_form(record) for record in mixed[export.added]]
    moved = 0
    for name, _ in export.corpus.shards:
        want = [same_form(record) for record in applied[name]]
        got = [same_form(record) for record in mixed[export.document(name)]]
        at = 0
        for one in want:
            if at < len(got) and got[at] == one:
                at += 1
            elif one in fresh:
                fresh.remove(one)
                moved += 1
            else:
                problems.append("%s: expected %s, not %s" % (name, one, got[at:at + 1]))
                break
        if at != len(got):
            problems.append("%s: %d records too many" % (name, len(got) - at))
    if sorted(fresh) != sorted(same_form(record) for record in applied[None]):
        problems.append("added: %r" % fresh)
    return problems, moved


def check_rows(export):
    """Every file of attributes is row for row that of its documents."""
    problems = []
    run = export.streams[0]["attributes"][0]
    names = set()
    for path in export.documents:
        rows = [json.loads(line) for line in decompress(
            path.replace("/documents/", "/attributes/%s/" % run)).splitlines()]
        docs = records(path)
        if [row["id"] for row in rows] != [doc["id"] for doc in docs]:
            problems.append("%s: not in step" % path)
        for row, doc in zip(rows, docs):
            problems += check_row(row["attributes"], len(doc["text"]), run)
            names.update(row["attributes"])
    kinds = sorted({name.split("__")[2].rstrip("0123456789") for name in names})
    for kind in ("drop", "good", "bad", "redact", "rate_severity", "r", "tag_topic"):
        if kind not in kinds and not (kind == "r" and "r" in kinds):
            problems.append("no attribute is called %s: %r" % (kind, kinds))
    return problems


def check_row(attributes, length, run):
    problems = []
    places = []
    for name, value in attributes.items():
        if not name.startswith(run + "__human__"):
            problems.append("name: " + name)
        kind = name.split("__")[2]
        if kind.endswith("_text"):
            if "{}" in value:
                problems.append("a replacement with braces: %r" % value)
            continue
        for start, end, score in value:
            if not (0 <= start <= end <= length and isinstance(score, float)):
                problems.append("%s: %r of %d" % (name, [start, end, score], length))
            if kind[:1] == "r" and kind[1:].isdigit():
                places.append((start, end))
    places.sort()
    for (_, before), (start, end) in zip([(0, 0)] + places, places):
        if start < before or start == end:
            problems.append("spans: %r" % places)
    return problems


def real_mixer(python, export, work):
    config = os.path.join(export.folder, "mixer.json")
    dolma = os.path.join(os.path.dirname(python), "dolma")
    done = subprocess.run([dolma, "-c", config, "mix"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, cwd=work)
    if done.returncode:
        raise AssertionError(done.stdout.decode("utf-8", "replace")[-2000:])
    mixed = {}
    for path in export.documents:
        below = path[len(export.folder) + 1:]
        found = os.path.join(export.folder, "mixed", below)
        mixed[path] = records(found)
    return mixed


def run_round(tap, work, seed, python):
    root = os.path.join(work, "corpus%d" % seed)
    os.makedirs(root)
    corpus = Corpus(root, seed)
    corpus.decide()
    check_round(tap, corpus, work, seed, python)
    return corpus


def run_real(tap, work, python):
    """Real shards, one in fifty documents decided on."""
    folder = os.path.join(os.environ.get("STET_TEST_DATA", ""), "flagged")
    names = ["davidson-00000.jsonl.zst", "stormfront-00000.jsonl.zst", "edos-00000.jsonl.zst",
             "civil-spans-00000.jsonl", "civil-spans-00001.json.gz", "convabuse-00000.jsonl.zst",
             "wikitalk-perspective-00000.jsonl.zst", "openai-moderation-00000.json.gz"]
    if not LONG or not os.path.exists(os.path.join(folder, names[0])):
        tap.skip("real shards", "not the long form" if not LONG else "no STET_TEST_DATA")
        return
    root = os.path.join(work, "real")
    os.makedirs(root)
    corpus = Corpus.of_files(root, 99, folder, names)
    corpus.decide(corpus.rng.sample(sorted(corpus.docs), len(corpus.docs) // 50))
    check_round(tap, corpus, work, 99, python)


def check_round(tap, corpus, work, seed, python):
    export = Export(corpus, os.path.join(work, "dolma%d" % seed), "--all")
    applied = export.apply(os.path.join(work, "applied%d" % seed))
    tap.check(check_rows(export), "seed %d: rows are in step, spans apart" % seed)
    modelled = mixer_model.mix(export.config)
    problems, moved = compare(export, modelled, applied)
    edited = sum(fate in ("whole", "edits", "drop") for fate in corpus.fates.values())
    tap.check(problems[:5], "seed %d: the mixer's model makes what apply makes of %d documents, "
              "%d of them dropped and added" % (seed, edited, moved))
    if python:
        problems, moved = compare(export, real_mixer(python, export, work), applied)
        tap.check(problems[:5], "seed %d: so does the real mixer" % seed)


def check_again(tap, corpus, work):
    """Same state, same bytes; only touched shards unless asked."""
    folders = [os.path.join(work, "again%d" % i) for i in range(2)]
    exports = [Export(corpus, folder, "--run", "q") for folder in folders]
    trees = []
    for folder in folders:
        tree = {}
        for path, _, names in os.walk(folder):
            for name in names:
                full = os.path.join(path, name)
                with open(full, "rb") as file:
                    tree[full[len(folder):]] = file.read().replace(folder.encode(), b"")
        trees.append(tree)
    tap.check([] if trees[0] == trees[1] else ["they differ"], "same state, same bytes")
    export = exports[0]
    problems = []
    if export.document("quiet.jsonl") or not export.document("documents/c.jsonl"):
        problems.append("shards: %r" % export.documents)
    for name, below in (("documents/c.jsonl", "documents/c.jsonl"),
                        ("v1/documents/c.jsonl", "v1/documents/c.jsonl.zst"),
                        ("v1/documents/x/documents/d.jsonl.zst",
                         "v1/documents/x/Documents/d.jsonl.zst"),
                        ("lying.jsonl", "documents/lying.jsonl.zst"),
                        ("we[ir]d*.jsonl", "documents/we_ir_d_.jsonl")):
        if export.document(name) != os.path.join(export.folder, below):
            problems.append("%s is at %s" % (name, export.document(name)))
    tap.check(problems, "only touched shards, under names that the mixer reads")


def check_beside(tap, corpus, work):
    """Rewrites beside their originals, and what is left in the journal."""
    export = Export(corpus, os.path.join(work, "beside"), "--all", "--rewrites", "beside")
    applied = export.apply(os.path.join(work, "applied-beside"))
    problems, _ = compare(export, mixer_model.mix(export.config), applied)
    beside = sum("rewrite_of" in record.get("metadata", {}).get("stet", record.get("stet", {}))
                 for record in applied[None])
    if not beside:
        problems.append("no rewrite is beside its original")
    tap.check(problems[:5], "%d rewrites beside their originals" % beside)
    log = [json.loads(line) for line in corpus.stet("log", "--json").splitlines()]
    exports = [line["value"] for line in log if line["kind"] == "export"]
    tap.check([] if exports[-1:] == [export.id] else ["%r" % exports], "the export is journalled")


def check_refusals(tap, work):
    """What the mixer would trip over is refused, and nothing is left."""
    good = '{"id":"a","text":"first"}\n'
    cases = [("a blank line", good + "\n" + '{"id":"b","text":"x"}\n', "record 1 is blank"),
             ("half a pair", good + '{"id":"b","text":"\\ud800"}\n', "half of a surrogate"),
             ("a record without text", good + '{"id":"b","content":"y"}\n', "no string `text`"),
             ("attributes of this run", '{"id":"a","text":"first","attributes":'
              '{"q__human__r0":[[0,1,1.0]]}}\n', "attributes q__human__"),
             ("a byte order mark", "\ufeff" + good, "byte order mark")]
    problems = []
    for number, (what, content, message) in enumerate(cases):
        root = os.path.join(work, "refused%d" % number)
        os.makedirs(root)
        with open(os.path.join(root, "s.jsonl"), "w", encoding="utf-8") as file:
            file.write(content)
        corpus = Corpus.__new__(Corpus)
        corpus.root = root
        subprocess.run([STET, "index", "s.jsonl"], cwd=root,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        corpus.stet("verdict", "bad", "id:a")
        try:
            corpus.stet("export", "--yes", "--format", "dolma", "--run", "q", "-o", "out",
                        status=65)
        except AssertionError as error:
            problems.append("%s: %s" % (what, error))
        left = sorted(name for name in os.listdir(root) if name.startswith("out"))
        if left:
            problems.append("%s: left %r" % (what, left))
        done = subprocess.run([STET, "export", "--yes", "--format", "dolma", "--run", "q",
                               "-o", "out"], cwd=root, stderr=subprocess.PIPE)
        if message not in done.stderr.decode():
            problems.append("%s: %r" % (what, done.stderr))
    tap.check(problems, "what the mixer would stop at is refused, and nothing is written")


def main():
    tap = Tap()
    python, why = wheel_python("dolma", WHEELS, "import dolma", LONG)
    seeds = range(1, 7) if LONG else range(1, 2)
    with tempfile.TemporaryDirectory() as work:
        work = os.path.realpath(work)
        for seed in seeds:
            corpus = run_round(tap, work, seed, python)
        if not python:
            tap.skip("the real mixer", why)
        run_real(tap, work, python)
        check_again(tap, corpus, work)
        check_beside(tap, corpus, work)
        check_refusals(tap, work)
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work, exist_ok=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
