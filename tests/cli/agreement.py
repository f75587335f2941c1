#!/usr/bin/env python3
"""`stet stats --agreement` against definitions written out pair by pair: random
ratings in documents and in journals. With STET_TEST_DATA also the figures that
are known for published data sets and worked examples (TAP).
"""
import hashlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import program  # noqa: E402

STET = os.path.abspath(program.STET)
DATA = os.environ.get("STET_TEST_DATA", "")
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
chance = random.Random(SEED)
tap = program.Tap()
print("# seed %d" % SEED)


def run(folder, *args):
    env = dict(os.environ, STET_REVIEWER="kim")
    result = subprocess.run([STET, *args], cwd=folder, env=env, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=600)
    if result.returncode or program.REPORT.search(result.stderr.decode("utf-8", "replace")):
        raise AssertionError("%s: exit %d: %s" % (" ".join(args), result.returncode,
                                                  result.stderr.decode("utf-8", "replace")))
    return result.stdout.decode()


def agreement(folder, *args):
    lines = run(folder, "stats", "--agreement", "--json", "--resamples", "20", *args)
    return [json.loads(line) for line in lines.splitlines()]


def write(folder, name, documents):
    with open(os.path.join(folder, name), "w") as file:
        for document in documents:
            file.write(json.dumps(document) + "\n")
    run(folder, "index", "--quiet", name)


# The definitions, over {unit: {rater: value}}.

def alpha(units, metric):
    """Krippendorff's: observed over expected difference of two values."""
    units = [list(u.values()) for u in units.values() if len(u) > 1]
    values = sorted(v for u in units for v in u)
    if metric == "ordinal":
        count = {v: values.count(v) for v in set(values)}

        def difference(a, b):
            low, high = min(a, b), max(a, b)
            between = sum(n for v, n in count.items() if low <= v <= high)
            return (between - (count[a] + count[b]) / 2) ** 2
    elif metric == "interval":
        def difference(a, b):
            return (a - b) ** 2
    else:
        def difference(a, b):
            return a != b
    expected = sum(difference(a, b) for a, b in itertools.combinations(values, 2))
    if not expected:
        return None
    expected /= len(values) * (len(values) - 1) / 2
    observed = sum(2 * difference(a, b) / (len(u) - 1)
                   for u in units for a, b in itertools.combinations(u, 2)) / len(values)
    return 1 - observed / expected


def observed_share(units):
    shares = [sum(a == b for a, b in itertools.permutations(u.values(), 2)) /
              (len(u) * (len(u) - 1)) for u in units.values() if len(u) > 1]
    return sum(shares) / len(shares) if shares else None


def over(observed, expected):
    return None if observed is None or expected > 1 - 1e-12 else \
        (observed - expected) / (1 - expected)


def fleiss(units):
    values = [v for u in units.values() for v in u.values()]
    return over(observed_share(units),
                sum((values.count(v) / len(values)) ** 2 for v in set(values)))


def gwet(units, categories):
    rated = [list(u.values()) for u in units.values() if u]
    shares = [sum(u.count(c) / len(u) for u in rated) / len(rated) for c in categories]
    if len(categories) < 2:
        return None
    return over(observed_share(units),
                sum(p * (1 - p) for p in shares) / (len(categories) - 1))


def cohen(units, a, b):
    both = [(u[a], u[b]) for u in units.values() if a in u and b in u]
    n = len(both)
    categories = {v for pair in both for v in pair}
    return n, over(sum(x == y for x, y in both) / n,
                   sum(sum(x == c for x, _ in both) * sum(y == c for _, y in both)
                       for c in categories) / n / n)


def differ(name, is_, should):
    if (should is None) != ("why" in is_):
        return ["%s: %s, should be %s" % (name, is_, should)]
    if should is not None and abs(is_["value"] - should) > 2e-6:
        return ["%s: %s is not %.6f" % (name, is_["value"], should)]
    return []


def compare(lines, units, categories, numbers):
    """What is wrong with the lines of one thing rated."""
    wrong = []
    whole = lines[0]
    if whole["documents"] != sum(len(u) > 1 for u in units.values()):
        wrong.append("documents: %d" % whole["documents"])
    wrong += differ("percent", whole["percent"], observed_share(units))
    enough = whole["documents"] > 0
    said = [v for u in units.values() for v in u.values()]
    prevalence = [(c, round(said.count(c) / len(said), 6)) for c in categories if c in said]
    if [(p["value"], p["share"]) for p in whole["prevalence"] if p["share"]] != prevalence:
        wrong.append("prevalence: %s is not %s" % (whole["prevalence"], prevalence))
    wrong += differ("fleiss", whole["fleiss_kappa"], fleiss(units) if enough else None)
    wrong += differ("ac1", whole["gwet_ac1"], gwet(units, categories) if enough else None)
    for metric in ("nominal", "ordinal", "interval"):
        should = alpha(units, metric) if metric == "nominal" or numbers else None
        wrong += differ(metric, whole["alpha_" + metric], should)
    raters = sorted({r for u in units.values() for r in u})
    pairs = {frozenset(line["raters"]): line for line in lines[1:]}
    for a, b in itertools.combinations(raters, 2):
        if not any(a in u and b in u for u in units.values()):
            continue
        line = pairs.pop(frozenset((a, b)), None)
        if line is None:
            wrong.append("no pair %s %s" % (a, b))
            continue
        n, kappa = cohen(units, a, b)
        if line["documents"] != n:
            wrong.append("pair %s %s: %d documents, not %d" % (a, b, line["documents"], n))
        wrong += differ("cohen %s %s" % (a, b), line["cohen_kappa"], kappa)
    if pairs:
        wrong.append("pairs too many: %s" % list(pairs))
    return wrong


def random_units(count, raters, values):
    return {u: {r: chance.choice(values) for r in raters if chance.random() < 0.6}
            for u in range(count)}


def documents_test():
    wrong = []
    for turn in range(6):
        folder = tempfile.mkdtemp()
        values = chance.choice([[0, 1], [-3, -2, 0.5, 7], ["a", "b", "c"], [5]])
        units = random_units(chance.choice([1, 3, 40]), ["r%d" % i for i in range(turn % 5 + 1)],
                             values)
        categories = sorted({v for u in units.values() for v in u.values()})
        write(folder, "d.jsonl", [
            {"id": "d%d" % u, "text": "text %d" % u, "metadata": {
                "by": ratings,
                "list": [{"who": r, "deep": {"is": v}} for r, v in ratings.items()] +
                        [{"who": r, "deep": {"is": values[0]}} for r in ratings] +
                        [{"who": "nobody", "deep": {"is": None}}, {"who": "other"}]}}
            for u, ratings in units.items()])
        if not categories:
            shutil.rmtree(folder)
            continue
        numbers = not isinstance(values[0], str)
        for args in (["--from", "metadata.by"],
                     ["--from", "metadata.list", "--rater", "who", "--value", "deep.is"]):
            wrong += compare(agreement(folder, "--pairs", "99", *args), units, categories, numbers)
        if numbers:
            halves = {u: {r: "yes" if v < 1 else "no" for r, v in ratings.items()}
                      for u, ratings in units.items()}
            wrong += compare(
                agreement(folder, "--pairs", "99", "--from", "metadata.list", "--rater", "who",
                          "--value", "deep.is<1"),
                halves, sorted({v for u in halves.values() for v in u.values()}), False)
        shutil.rmtree(folder)
    tap.check(wrong, "random ratings in documents are as the definitions have them")


def line(nth, reviewer, kind, unit, how="read", **more):
    text = "text %d" % unit
    return json.dumps(dict(
        uuid="01a21e1f-c8a5-7360-b504-%012x" % nth, lamport=nth,
        at="2026-11-20T12:00:00.000000Z", reviewer=reviewer, kind=kind,
        item={"source": "s", "id": "d%d" % unit,
              "text": hashlib.sha256(text.encode()).hexdigest()}, how=how, **more))


def journal_test():
    folder = tempfile.mkdtemp()
    raters = ["ana", "bo", "kim", "lee"]
    verdicts = random_units(60, raters, ["good", "bad", "unsure"])
    ratings = random_units(60, raters, [0, 1, 2, 5])
    tags = random_units(60, raters, ["yes", "no"])
    os.mkdir(os.path.join(folder, ".stet"))
    run(folder, "config", "set", "verdict.values", "good bad unsure yes")
    write(folder, "d.jsonl", [{"id": "d%d" % u, "source": "s", "text": "text %d" % u,
                               "lang": "en" if u < 30 else "de"} for u in range(60)])
    lines = []
    for u in range(60):
        for r in raters:
            if r in verdicts[u]:
                lines.append((r, "verdict", u, "read", {"value": "good"}))
                lines.append((r, "verdict", u, "read", {"value": verdicts[u][r]}))
            if r in ratings[u]:
                lines.append((r, "rate", u, "read", {"value": "quality", "number": 1}))
                lines.append((r, "rate", u, "read",
                              {"value": "quality", "number": ratings[u][r]}))
            if tags[u].get(r) == "yes":
                lines.append((r, "tag", u, "read", {"value": "spam"}))
            elif tags[u].get(r) == "no":
                lines.append((r, "tag", u, "read", {"value": "spam"}))
                lines.append((r, "untag", u, "read", {"value": "spam"}))
        lines.append(("bulk", "verdict", u, "command", {"value": "bad"}))
        lines.append(("model/m@1", "verdict", u, "model", {"value": "bad"}))
    lines += [("model/odd@2", "verdict", u, "model", {"value": "yes" if u % 2 else "bad"})
              for u in range(60)]
    lines = [line(i + 1, r, kind, u, "import" if r == "lee" else how, **more)
             for i, (r, kind, u, how, more) in enumerate(lines)]
    chance.shuffle(lines)
    with open(os.path.join(folder, "j.jsonl"), "w") as file:
        file.write("\n".join(lines) + "\n")
    run(folder, "merge", "j.jsonl")
    read = {u: {r: tags[u].get(r, "no") for r in raters
                if r in tags[u] or r in verdicts[u] or r in ratings[u]} for u in range(60)}
    cases = [("verdict", "", verdicts, ["bad", "good", "unsure"], False),
             ("rating", "quality", ratings, [0, 1, 2, 5], True),
             ("tag", "spam", read, ["no", "yes"], False)]
    for args, units in (([], range(60)), (["--query", "lang:de"], range(30, 60))):
        found = agreement(folder, "--pairs", "99", *args)
        for what, name, rated, categories, numbers in cases:
            mine = [row for row in found if (row["agreement"], row["name"]) == (what, name)]
            tap.check(compare(mine, {u: rated[u] for u in units}, categories, numbers),
                      " ".join(["a journal's %s %s are as the definitions have them" %
                                (what, name)] + args))
        tap.check([str(row) for row in found if "bulk" in str(row) or "model" in str(row)],
                  " ".join(["what was not read by people does not count"] + args))
        mixed = agreement(folder, "--pairs", "99", "--models", *args)
        wrong = [str(row) for row in found if row not in mixed]
        for row in mixed:
            if row["agreement"] != "verdict" or "model/m@1" not in str(row["raters"]):
                continue
            person = [name for name in row["raters"] if name != "model/m@1"][0]
            if person.startswith("model/"):
                continue
            both = {u: {person: verdicts[u][person], "m": "bad"} for u in units
                    if person in verdicts[u]}
            n, kappa = cohen(both, person, "m")
            wrong += differ("cohen with a model", row["cohen_kappa"], kappa)
            if n != row["documents"]:
                wrong.append("%d documents, not %d" % (row["documents"], n))
        if sum("model/m@1" in str(row["raters"]) for row in mixed) < 4:
            wrong.append("no pairs with the model")
        tap.check(wrong, " ".join(["models are compared, never mixed"] + args))
    shutil.rmtree(folder)


def known(name, folder, args, figures, by=0.00005):
    """To the digits that were published."""
    row = agreement(folder, "--pairs", "0", *args)[0]
    tap.check(["%s: %s, should be %s" % (key, row[key], should)
               for key, should in figures.items()
               if "value" not in row[key] or
               abs(row[key]["value"] - should) > by * 1.001], name)


def data_test():
    flagged = os.path.join(DATA, "flagged")
    examples = os.path.join(DATA, "agreement")
    if not os.path.isdir(flagged) or not os.path.isdir(examples):
        tap.skip("known figures of published data", "no data sets in STET_TEST_DATA")
        return
    sets = [
        (["davidson-00000.jsonl.zst"],
         ["--from", "attributes", "--counts", "hate_speech,offensive_language,neither"],
         {"alpha_nominal": 0.5428, "fleiss_kappa": 0.5406, "percent": 0.8116}),
        (["convabuse-00000.jsonl.zst"], ["--from", "metadata.annotations", "--value",
                                         "severity<0"], {"alpha_nominal": 0.6502}),
        (["convabuse-00000.jsonl.zst"], ["--from", "metadata.annotations", "--value", "severity"],
         {"alpha_nominal": 0.4359, "alpha_ordinal": 0.6584, "alpha_interval": 0.7320}),
        (["civil-spans-00000.jsonl", "civil-spans-00001.json.gz"],
         ["--from", "metadata.annotations", "--value", "spans"], {"alpha_nominal": 0.0819}),
    ]
    for files, args, figures in sets:
        folder = tempfile.mkdtemp()
        for name in files:
            shutil.copy(os.path.join(flagged, name), folder)
        run(folder, "index", "--quiet", *files)
        known("%s, %s" % (files[0], args[3]), folder, args, figures)
        shutil.rmtree(folder)
    folder = tempfile.mkdtemp()
    with open(os.path.join(examples, "krippendorff-2011.tsv")) as file:
        rows = [row.split() for row in file if row[0] != "#"]
    write(folder, "k.jsonl", [
        {"id": "u%d" % u, "text": "unit %d" % u,
         "by": {"o%d" % o: int(row[u]) for o, row in enumerate(rows) if row[u] != "."}}
        for u in range(len(rows[0]))])
    expected = {}
    with open(os.path.join(examples, "krippendorff-2011.expected.tsv")) as file:
        for row in file:
            key, value = row.split()
            if not key.endswith("ratio"):
                expected[key.replace("krippendorff_", "")] = float(value)
    known("Krippendorff 2011", folder, ["--from", "by"], expected, 0.0005)
    with open(os.path.join(examples, "fleiss-14-raters.tsv")) as file:
        rows = [row.split() for row in file if row[0] != "#"]
    shutil.rmtree(folder)
    folder = tempfile.mkdtemp()
    write(folder, "f.jsonl", [
        {"id": "s%d" % i, "text": "subject %d" % i,
         "chose": {"c%d" % k: int(n) for k, n in enumerate(row)}} for i, row in enumerate(rows)])
    with open(os.path.join(examples, "fleiss-14-raters.expected.tsv")) as file:
        expected = {"fleiss_kappa": float(file.read().split()[1])}
    known("Fleiss, fourteen raters", folder, ["--from", "chose", "--counts", "c0,c1,c2,c3,c4"],
          expected, 0.0005)
    shutil.rmtree(folder)


documents_test()
journal_test()
data_test()
sys.exit(tap.end())
