#!/usr/bin/env python3
"""`stet report`: hits of phrases against a count in Python, edits against what
was decided, and the page of --html: well-formed, nothing from elsewhere, no
script, hostile texts as text, plots that say what the figures say (TAP).
"""
import collections
import html.parser
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import program  # noqa: E402
import tokenizer_twin as twin  # noqa: E402

STET = os.path.abspath(program.STET)
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
chance = random.Random(SEED)
tap = program.Tap()
print("# seed %d" % SEED)

EVIL = ["</title><script>alert(1)</script>", "\" onload=\"alert(1)", "' onerror='alert(1)",
        "<img src=http://evil.example/x.png>", "&lt;b&gt; &#60;script&#62; &amp",
        "\u202eevil\u202c\u2066", "\x1b[31m\x00\x07\x7f\x9b", "]]> <!-- <![CDATA[",
        "\ufffe\uffff\ud800", "javascript:alert(1)", "url(http://evil.example)", "</style>",
        "\u4e2d\u6587\u3001\U0001f600\u200d\U0001f525", "long" * 400]
WORDS = ["ab", "b", "cd", "na\u00efve", "x1", "\u4e2d", "\u6587", "\u0e2a\u0e27\u0e31\u0e2a"]


def run(folder, *args, status=0):
    env = dict(os.environ, STET_REVIEWER="kim")
    result = subprocess.run([STET, *args], cwd=folder, env=env, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=600)
    errors = result.stderr.decode("utf-8", "replace")
    if result.returncode != status or program.REPORT.search(errors):
        raise AssertionError("%s: exit %d: %s" % (" ".join(map(str, args)), result.returncode,
                                                  errors))
    return result.stdout.decode()


def report(folder, *args):
    return [json.loads(line) for line in run(folder, "report", "--json", *args).splitlines()]


def write(folder, name, documents):
    with open(os.path.join(folder, name), "w") as file:
        for document in documents:
            file.write(json.dumps(document) + "\n")


# Phrases.

def places(words, phrase):
    return sum(words[i:i + len(phrase)] == phrase for i in range(len(words) - len(phrase) + 1))


def expected_phrases(texts, categories):
    tokens = [[t[0] for t in twin.tokens(text)] for text in texts]
    counts = {}
    for name, phrases in categories.items():
        each = [[places(words, [t[0] for t in twin.tokens(phrase)]) for words in tokens]
                for phrase in phrases]
        counts[name] = {
            "hits": sum(map(sum, each)), "documents": sum(any(c) for c in zip(*each)),
            "tokens": sum(map(len, tokens)),
            "each": [{"phrase": phrase, "hits": sum(c), "documents": sum(n > 0 for n in c)}
                     for phrase, c in zip(phrases, each)]}
    return counts


def phrases_test():
    wrong = []
    for turn in range(4):
        folder = tempfile.mkdtemp()
        texts = {}
        for shard in range(3):
            texts[shard] = [" ".join(chance.choice(WORDS) for _ in range(chance.randrange(40)))
                            for _ in range(chance.choice([1, 30]))]
            write(folder, "s%d.jsonl" % shard,
                  [{"id": "%d-%d" % (shard, i), "text": text, "lang": "en" if i % 2 else "de"}
                   for i, text in enumerate(texts[shard])])
        run(folder, "index", "--quiet", *["s%d.jsonl" % i for i in range(3)],
            *(["--builder", "fts5"] if turn == 0 else []))
        categories = {"c%d" % c: [" ".join(chance.choice(WORDS)
                                           for _ in range(chance.randrange(1, 4)))
                                  for _ in range(chance.randrange(1, 6))] for c in range(3)}
        with open(os.path.join(folder, "p.txt"), "w") as file:
            file.write("# comment\n\n...\n")
            for name, phrases in categories.items():
                file.write("[%s]\n%s\n" % (name, "\n".join(phrases)))
        cases = [([], range(3), lambda i: True),
                 (["--query", "lang:en"], range(3), lambda i: i % 2)]
        for args, shards, wanted in cases:
            should = expected_phrases([text for s in shards for i, text in enumerate(texts[s])
                                       if wanted(i)], categories)
            found = {row["phrases"]: {key: row[key] for key in ("hits", "documents", "tokens",
                                                                "each")}
                     for row in report(folder, "--phrases", "p.txt", *args) if "phrases" in row}
            if found != should:
                wrong.append("%s: %s is not %s" % (args, found, should))
        run(folder, "index", "--quiet", "--forget", "s1.jsonl")
        should = expected_phrases(texts[0] + texts[2], categories)
        for row in report(folder, "--phrases", "p.txt"):
            if "phrases" in row and (row["hits"], row["tokens"]) != \
                    (should[row["phrases"]]["hits"], should[row["phrases"]]["tokens"]):
                wrong.append("forgotten: %s is not %s" % (row, should))
        shutil.rmtree(folder)
    tap.check(wrong, "phrases are counted as Python counts them")


# Edits.

def edits_test():
    folder = tempfile.mkdtemp()
    write(folder, "d.jsonl", [{"id": "d%d" % i, "text": "text %d" % i} for i in range(40)])
    run(folder, "index", "--quiet", "d.jsonl")
    last = {}
    for _ in range(60):
        doc = "d%d" % chance.randrange(40)
        reason = chance.choice(["slur", "personal data", EVIL[0], EVIL[5]])
        kind = chance.choice(["drop", "keep", "rewrite", "undo"])
        if kind == "rewrite":
            with open(os.path.join(folder, "new"), "w") as file:
                file.write("new text %d" % len(last))
            run(folder, "rewrite", doc, "--from", "new", "--reason", reason)
        elif kind == "undo":
            mine = run(folder, "log", "--json").splitlines()
            if not mine:
                continue
            newest = json.loads(mine[-1])
            if newest["kind"] == "undo":
                continue
            run(folder, "undo")
            last[newest["item"]["id"]].pop()
            continue
        else:
            run(folder, kind, doc, "--reason", reason)
        last.setdefault(doc, []).append((kind, reason))
    should = collections.Counter(acts[-1] for acts in last.values() if acts)
    found = {(row["edit"], row["reason"]): row["documents"] for row in report(folder)
             if "edit" in row}
    tap.check([] if found == dict(should) else ["%s is not %s" % (found, dict(should))],
              "edits are counted by the newest one's kind and reason")
    shutil.rmtree(folder)


# The page.

class Page(html.parser.HTMLParser):
    """As a browser reads it, which knows nothing of XML."""

    TAGS = set("html head meta title style body h1 h2 p div b span section figure figcaption "
               "table tr th td br svg line rect circle polyline text".split())

    def __init__(self, text):
        super().__init__()
        self.wrong = []
        self.data = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in self.TAGS:
            self.wrong.append("element %s" % tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("href", "src", "action", "style", "data"):
                self.wrong.append("attribute %s" % name)
            if tag != "meta" and re.search(r"url\(|//|javascript", value or "") \
                    and name not in ("aria-label",):
                self.wrong.append("attribute %s=%s" % (name, value))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_comment(self, data):
        self.wrong.append("comment %r" % data)

    def handle_data(self, data):
        self.data.append(data)


def look_at(path):
    """(root element, what is wrong)"""
    with open(path, "rb") as file:
        raw = file.read()
    text = raw.decode("utf-8")
    page = Page(text)
    wrong = page.wrong
    root = tree.fromstring(raw)
    style = root.find("head/style").text
    if re.search(r"url|import|@font|expression|<", style):
        wrong.append("style: refers to something")
    for element in root.iter():
        for name, value in element.attrib.items():
            if re.search(r"nan|inf", value) and name not in ("aria-label", "content"):
                wrong.append("%s %s=%s" % (element.tag, name, value))
        if element.tag in ("rect", "line", "circle"):
            numbers = [float(element.get(n)) for n in ("x", "y", "x1", "x2", "y1", "y2", "cx",
                                                       "cy", "width", "height")
                       if element.get(n)]
            if any(n < 0 or n > 1500 for n in numbers):
                wrong.append("%s out of the plot: %s" % (element.tag, element.attrib))
    bad = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    if bad:
        wrong.append("U+%04X in the page" % ord(bad.group()))
    return root, wrong


def number(text):
    return int(text.replace(",", ""))


def page_test():
    folder = tempfile.mkdtemp("<&\">'")
    documents = []
    for i in range(300):
        documents.append({
            "id": EVIL[i % len(EVIL)] + str(i), "source": EVIL[i // 9 % len(EVIL)],
            "text": "text %d" % i + EVIL[i % len(EVIL)],
            "attributes": {"toxic": round(chance.random(), 3), EVIL[0]: chance.randrange(6),
                           "flat": 1, "few": 0.5 if i == 7 else None}})
    write(folder, "d.jsonl", documents)
    run(folder, "index", "--quiet", "d.jsonl")
    run(folder, "config", "set", "score.toxic.threshold", "0.62")
    run(folder, "config", "set", "score.toxic.bad", "high")
    run(folder, "queue", "save", "drawn", "--order", "random(1)", "--limit", "120")
    lines = []
    by_id = {document["id"]: document for document in documents}
    truth = collections.Counter()
    twice = same = 0
    for at, item in enumerate(run(folder, "queue", "export", "drawn").splitlines()[:100]):
        item = json.loads(item)
        item["text"] = item.pop("sha256")
        score = by_id.get(item["id"], {"attributes": {"toxic": 0}})["attributes"]["toxic"]
        bad = score > chance.random()
        truth[bad, score >= 0.62] += 1
        lines.append(json.dumps(dict(
            uuid="01a21e1f-c8a5-7360-b504-%012x" % at, lamport=at + 2,
            at="2026-11-20T12:00:00.000000Z", reviewer="ann", kind="verdict", item=item,
            value="bad" if bad else "good", how="read")))
        if at % 4 == 0:
            other = chance.random() < 0.3
            twice += 1
            same += not other
            lines.append(json.dumps(dict(
                uuid="01a21e1f-c8a5-7360-b506-%012x" % at, lamport=1,
                at="2026-11-20T12:00:00.000000Z", reviewer="bo", kind="verdict", item=item,
                value="bad" if bad != other else "good", how="read")))
        if bad:
            lines.append(json.dumps(dict(
                uuid="01a21e1f-c8a5-7360-b505-%012x" % at, lamport=1000 + at,
                at="2026-11-20T12:00:00.000000Z", reviewer="ann", kind="drop", item=item,
                reason=EVIL[at % 7], how="read")))
    with open(os.path.join(folder, "j.jsonl"), "w") as file:
        file.write("\n".join(lines) + "\n")
    run(folder, "merge", "j.jsonl")
    with open(os.path.join(folder, "p.txt"), "w") as file:
        file.write("".join("[%s]\ntext\nlong\n" % evil.replace("\n", " ")
                           for evil in EVIL if "\ud800" not in evil))
    path = os.path.join(folder, "page.html")
    run(folder, "report", "--html", path, "--phrases", "p.txt")
    root, wrong = look_at(path)
    tap.check(wrong, "the page is well-formed, harmless and of one piece")

    rows = report(folder)
    texts = {"".join(element.itertext()) for element in root.iter()}
    wrong = []
    whole = rows[0]
    if whole["documents"] != 300 or not any("from %d of %d documents drawn" %
                                            (whole["drawn_judged"], whole["drawn"]) in text
                                            for text in texts):
        wrong.append("the sample is not described")
    share = "%.1f%% to %.1f%%" % (100 * whole["bad"]["low"], 100 * whole["bad"]["high"])
    if not any(share in text for text in texts):
        wrong.append("no interval " + share)
    tap.check(wrong, "the whole and its interval")

    wrong = ["no agreement"]
    for section in root.iter("section"):
        title = section.find("h2").text
        plots = list(section.iter("svg"))
        if title == "Score toxic":
            counts = [number(text.text) for text in plots[0].iter("text")
                      if text.get("class") == "count"]
            should = [row["documents"] for row in rows
                      if row.get("score") == "toxic" and row.get("documents")]
            if counts != should:
                wrong.append("histogram: %s, not %s" % (counts, should))
            heights = [float(r.get("height")) for r in plots[0].iter("rect")
                       if r.get("class") == "bar"]
            tallest = max(heights)
            for height, count in zip(heights, should):
                if abs(height / tallest - count / max(should[:len(heights)])) > 0.02:
                    wrong.append("bar of %d is %.1f of %.1f" % (count, height, tallest))
            cells = [number(cell.text) for cell in section.iter("td") if cell.text.isdigit()]
            if cells[:4] != [truth[True, True], truth[False, True], truth[True, False],
                             truth[False, False]]:
                wrong.append("confusion: %s, not %s" % (cells, truth))
            judged = [row["bad"] for row in rows if row.get("score") == "toxic" and
                      "low" in row and row["bad"]["whole"]]
            dots = [float(dot.get("cy")) for dot in plots[1].iter("circle")]
            base, top = 194.0, 26.0
            for dot, bad in zip(dots, judged):
                if abs((base - dot) / (base - top) - bad["part"] / bad["whole"]) > 0.01:
                    wrong.append("a band's dot is not at %s" % bad)
            if len(dots) != len(judged):
                wrong.append("%d dots, not %d" % (len(dots), len(judged)))
        if title == "Agreement between reviewers":
            cells = [cell.text for cell in section.findall("table/tr")[1]]
            if cells[1:3] != [str(twice), "2"] or \
                    cells[3] != "%.3f" % (same / twice):
                wrong.append("agreement: %s, not %d of %d" % (cells, same, twice))
            wrong = [w for w in wrong if w != "no agreement"]
    tap.check(wrong, "plots and tables say what the figures say")

    path = os.path.join(folder, "beside.html")
    other = tempfile.mkdtemp()
    write(other, "d.jsonl", documents[:100])
    run(other, "index", "--quiet", "d.jsonl")
    run(other, "report", "--html", path, "--phrases", os.path.join(folder, "p.txt"), "--before",
        folder)
    root, wrong = look_at(path)
    captions = [c.text for c in root.iter("figcaption")]
    if captions.count("Before") != captions.count("Now") or not captions.count("Now"):
        wrong.append("captions: %s" % captions)
    if not any("(was " in (t.text or "") for t in root.iter("text")):
        wrong.append("no phrases of before")
    tap.check(wrong, "two workspaces side by side")
    shutil.rmtree(folder)
    shutil.rmtree(other)

    empty = tempfile.mkdtemp()
    write(empty, "d.jsonl", [{"id": "only", "text": ""}])
    run(empty, "index", "--quiet", "d.jsonl")
    path = os.path.join(empty, "page.html")
    run(empty, "report", "--html", path)
    tap.check(look_at(path)[1], "a page about next to nothing")
    shutil.rmtree(empty)


phrases_test()
edits_test()
page_test()
sys.exit(tap.end())
