"""Control tokens and segments: `stet apply` against the model of its page, on
random records; the same for any threads and any shards; rates; collisions.

Long form: training.py --rounds 300 [--seed N]
"""
import argparse
import fnmatch
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.dont_write_bytecode = True
import patch_random  # noqa: E402
import training_model as model  # noqa: E402
from program import STET, Tap  # noqa: E402

STET = os.path.abspath(STET)
WORDS = ["stone", "river", "né", "川", "日本語", "👍🏽", "\u3000", "a\u0301", "end.", "why?", "so!\"",
         "。", "x。", "\n", "\n\n", " ", "(ok.)", "\t", "thai ไทย", "\x00", "\\", '"', "U.S."]
TAGS = ["hate/x", "hate/y", "fine", "topic"]


class Rules:
    def __init__(self, rng):
        self.unit = rng.choice(["sentence", "sentence", "line", "given"])
        self.good, self.bad = rng.choice([("<|good|>", "<|bad|>"), ("<|aligned|>", None),
                                          (None, "<|misaligned|>")])
        self.inject = rng.choice([None, "<potentially_unsafe_content>"])
        self.rate, self.dropout = rng.choice([0.05, 0.5, 1]), rng.choice([0, 0.01, 0.3])
        self.seed = rng.choice([0, 1, 2 ** 64 - 1])
        self.low = rng.random() < 0.2
        self.threshold = rng.choice([0, 0.00056, 0.5])

    def options(self):
        pair = ",".join("%s=%s" % pair for pair in (("good", self.good), ("bad", self.bad))
                        if pair[1])
        out = ["--tokens", pair, "--unit", self.unit, "--dropout", str(self.dropout), "--seed",
               str(self.seed), "--score", "score", "--threshold", str(self.threshold),
               "--bad", "low" if self.low else "high", "--bad-tags", "hate/*,slur",
               "--good-tags", "fine"]
        return out + (["--inject", self.inject, "--rate", str(self.rate)] if self.inject else [])

    @staticmethod
    def tag_label(tag):
        if fnmatch.fnmatchcase(tag, "hate/*"):
            return "bad"
        return "good" if tag == "fine" else None

    @staticmethod
    def verdict_label(verdict):
        return verdict if verdict in ("good", "bad") else None


def make_text(rng, most=30):
    return rng.choice(["", " "]).join(rng.choice(WORDS) for _ in range(rng.randrange(most)))


def make_record(rng, number):
    """A record as an earlier patch set left it."""
    shape = rng.choice(["text", "text", "list", "bare"])
    parts = [make_text(rng, 8) for _ in range(rng.randrange(1, 6))]
    text = "".join(parts)
    if shape == "bare":
        return text
    record = {"id": "r%d" % number, "n": 12345678901234567890123}
    record["texts" if shape == "list" else "text"] = parts if shape == "list" else text
    kind = rng.randrange(4)
    if shape == "list":
        record["scores"] = [rng.choice([None, 0, 0.25, 0.75]) for _ in parts]
        record["score"] = record["scores"]
    elif kind == 0:
        record["score"] = rng.choice([0, 0.0001, 0.9])
    elif kind == 1 and text:
        spans = [sorted(rng.sample(range(len(text) + 3), 2)) for _ in range(rng.randrange(4))]
        record["score"] = [[a, b, rng.random()] for a, b in spans]
    elif kind == 2:
        record["score"] = None
    if rng.random() < 0.6:
        stet = {"tags": sorted(rng.sample(TAGS, rng.randrange(3))), "patch": "0123456789abcdef"}
        if rng.random() < 0.4:
            stet["verdict"] = rng.choice(["good", "bad", "unsure"])
        if text and rng.random() < 0.6:
            stet["spans"] = []
            for _ in range(rng.randrange(1, 4)):
                a = rng.randrange(len(text))
                stet["spans"].append({"start": a, "end": a + rng.randrange(1, 20),
                                      "tag": rng.choice(TAGS + ["good", "bad"])})
        if rng.random() < 0.5:
            record["metadata"] = {"stet": stet}
        else:
            record["stet"] = stet
    return record


def parse(record):
    """(text, parts or None, stet, score)"""
    if isinstance(record, str):
        return record, None, {}, None
    parts = record.get("texts")
    stet = record.get("metadata", {}).get("stet") or record.get("stet") or {}
    return ("".join(parts) if parts is not None else record["text"]), parts, stet, \
        record.get("score")


def expected_tokens(record, rules):
    text, parts, stet, score = parse(record)
    tokens = model.with_tokens(text, model.segments(text, rules, parts, stet, score), rules)
    if isinstance(record, str):
        return model.put(text, tokens)
    if parts is None:
        return dict(record, text=model.put(text, tokens))
    out, base = [], 0
    for part in parts:
        mine = [(at - base, token) for at, token in tokens if base <= at < base + len(part)]
        out.append(model.put(part, mine))
        base += len(part)
    return dict(record, texts=out)


def expected_segments(record, rules):
    text, parts, stet, score = parse(record)
    found = model.segments(text, rules, parts, stet, score)
    new = {"texts": [text[a:b] for a, b, _, _ in found], "scores": [one[3] for one in found]}
    if isinstance(record, str):
        return new
    return dict({key: value for key, value in record.items() if key != "text"}, **new)


class Round:
    def __init__(self, seed, folder):
        self.rng = random.Random(seed)
        self.folder = folder
        self.rules = Rules(self.rng)
        self.records = [make_record(self.rng, number) for number in range(60)]

    def write(self, name, records, pack=lambda data: data):
        data = "".join(json.dumps(record, ensure_ascii=number % 2 == 0) + "\n"
                       for number, record in enumerate(records)).encode()
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(pack(data))

    def empty_patch_set(self, name):
        data = patch_random.patch_set({}, {}, [], 0)
        header, end = (json.loads(line) for line in data.splitlines())
        header["mappings"] = [{"text": "text", "id": "id"}, {"text": "texts", "id": "id"},
                              {"text": ""}]
        header["segment_scores"] = ["scores"]
        body = patch_random.line(header)
        end["end"]["sha256"] = patch_random.text_id(body)["sha256"]
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(body + patch_random.line(end))

    def stet(self, *args, status=0, stdin=None):
        done = subprocess.run([STET, "apply", *args], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, input=stdin)
        if done.returncode != status:
            raise AssertionError("%s: exit %d\n%s" % (" ".join(args), done.returncode,
                                                      done.stderr.decode("utf-8", "replace")))
        return done.stdout

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            data = file.read()
        return [json.loads(line) for line in
                (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).splitlines()]

    def compare(self, got, want):
        return ["%s\n is\n%s\n wants\n%s" % (old, one, other)
                for old, one, other in zip(self.records, got, want) if one != other][:2] + (
                    [] if len(got) == len(want) else ["%d records" % len(got)])

    def check_model(self):
        self.empty_patch_set("p")
        self.write("in.gz", self.records, gzip.compress)
        self.stet("--to", "tokens", *self.rules.options(), "p", "in.gz")
        problems = self.compare(self.read("tokens/in.gz"),
                                [expected_tokens(one, self.rules) for one in self.records])
        options = self.rules.options()
        if not self.rules.low:
            options = options[:options.index("--inject")] if self.rules.inject else options
            self.stet("--to", "segments", "--segments", *options, "p", "in.gz")
            got = self.read("segments/in.gz")
            problems += self.compare(got, [expected_segments(one, self.rules)
                                           for one in self.records])
            problems += ["concatenation: %r" % one for record, one in zip(self.records, got)
                         if "".join(one["texts"]) != parse(record)[0]]
        return problems

    def check_order(self):
        """Other shards in another order, other threads, a pipe: the same texts."""
        order = list(range(len(self.records)))
        self.rng.shuffle(order)
        names = ["z%d" % number for number in range(5)]
        for number, name in enumerate(names):
            self.write(name, [self.records[at] for at in order[number::5]])
        want = self.read("tokens/in.gz")
        problems = []
        for jobs in ("1", "4"):
            self.stet("--to", "dealt" + jobs, "--jobs", jobs, *self.rules.options(), "p", *names)
            for number, name in enumerate(names):
                problems += self.compare(self.read("dealt%s/%s" % (jobs, name)),
                                         [want[at] for at in order[number::5]])
        with open(os.path.join(self.folder, "z0"), "rb") as file:
            got = self.stet("-q", *self.rules.options(), "p", "-", stdin=file.read())
        with open(os.path.join(self.folder, "dealt1/z0"), "rb") as file:
            return problems + ([] if got == file.read() else ["a pipe gives another one"])

    def check_again(self):
        """Texts with tokens are refused, and nothing is written."""
        tokens = [token for token in (self.rules.good, self.rules.bad, self.rules.inject) if token]
        texts = [parse(record)[0] for record in self.read("tokens/in.gz")]
        count = sum(any(token in text for token in tokens) for text in texts)
        self.stet("--to", "again", *self.rules.options(), "p", "tokens/in.gz",
                  status=65 if count else 0)
        if not count:
            return []
        listed = self.read("again.collisions.jsonl")
        problems = [] if len(listed) == count else ["%d listed of %d" % (len(listed), count)]
        problems += ["written"] if os.path.exists(os.path.join(self.folder, "again")) else []
        self.stet("--to", "again", "--allow-collisions", *self.rules.options(), "p",
                  "tokens/in.gz")
        return problems


def check_rates(folder):
    """Rates over many draws, from seeds that stay the same."""
    round_ = Round(1, folder)
    round_.empty_patch_set("p")
    problems = []
    records = [{"id": "d%d" % number, "score": number % 2, "text": "".join(
        "Word%d two three four five. " % at for at in range(40))} for number in range(500)]
    records = [dict(record, text=record["text"] + record["id"]) for record in records]
    round_.write("many", records)
    for seed, dropout, rate in ((7, 0.01, 0.05), (8, 0.1, 0.03), (9, 0.5, 0.1)):
        name = "rates%d" % seed
        round_.stet("--to", name, "--tokens", "good=<|good|>,bad=<|bad|>", "--score", "score",
                    "--threshold", "0.5", "--seed", str(seed), "--dropout", str(dropout),
                    "--inject", "<unsafe>", "--rate", str(rate), "p", "many")
        got = round_.read(name + "/many")
        bad = [new["text"] for new, old in zip(got, records) if old["score"]]
        good = [new["text"] for new, old in zip(got, records) if not old["score"]]
        sentences = 41 * len(records)
        put = sum(text.count("<|bad|>") for text in bad) + sum(
            text.count("<|good|>") for text in good)
        words = 200 * len(bad)  # of the 201 the first is left alone
        injected = sum(text.count("<unsafe>") for text in bad)
        if not model.within(sentences - put, sentences, dropout):
            problems.append("dropout %s: %d of %d" % (dropout, sentences - put, sentences))
        if not model.within(injected, words, rate):
            problems.append("rate %s: %d of %d" % (rate, injected, words))
        if any("<unsafe>" in text for text in good) or any("<|good|>" in text for text in bad):
            problems.append("a token where it does not belong")
        problems += ["%s does not come out again" % old["id"] for new, old in zip(got, records)
                     if new["text"].replace("<unsafe> ", "").replace("<|bad|>", "").replace(
                         "<|good|>", "") != old["text"]][:3]
    first, second = (round_.read("rates%d/many" % seed) for seed in (7, 8))
    if sum(one == other for one, other in zip(first, second)) > len(records) // 10:
        problems.append("two seeds give the same")
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int,
                        default=300 if os.environ.get("STET_TEST_LONG") else 8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tap = Tap()
    wrong = {"model": [], "order": [], "again": []}
    for seed in range(options.seed, options.seed + options.rounds):
        folder = tempfile.mkdtemp(prefix="stet-training-")
        try:
            round_ = Round(seed, folder)
            for name, problems in wrong.items():
                problems += ["seed %d: %s" % (seed, problem)
                             for problem in getattr(round_, "check_" + name)()]
        except AssertionError as error:
            wrong["model"].append("seed %d: %s" % (seed, error))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    tap.check(wrong["model"][:5], "tokens and segments are the model's (seeds %d..%d)" % (
        options.seed, seed))
    tap.check(wrong["order"][:5], "neither threads nor the order of shards matter")
    tap.check(wrong["again"][:5], "texts with a token are listed and refused")
    folder = tempfile.mkdtemp(prefix="stet-training-")
    try:
        tap.check(check_rates(folder), "dropout and injection keep to their rates")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
