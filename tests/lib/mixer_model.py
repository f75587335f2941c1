"""What Dolma's mixer does with a configuration that stet exports, in Python:
merging attributes row by row, dropping, replacing spans with all the mixer's
own turns. Standard library only; tests/cli/dolma.py holds the real one
against it."""
import glob
import json
import os
import re

from decided_corpus import decompress


class Stop(Exception):
    """The mixer would abort."""


def replace_spans(text, spans):
    """`spans`: (start, end, replacement) in code points."""
    spans = sorted(spans, key=lambda span: span[0])
    out = []
    at = mark = 0
    for i, char in enumerate(text):
        if at == len(spans):
            out.append(char)
            continue
        start, end, replacement = spans[at]
        if i == start:
            mark = i
        if start <= i < end:
            continue
        if i == end:
            out.append(replacement.replace("{}", text[mark:i]))
            while at < len(spans) and spans[at][0] < i:
                at += 1
        if at < len(spans) and spans[at][0] == i:
            mark = i
        else:
            out.append(char)
    if at < len(spans):
        out.append(spans[at][2].replace("{}", text[mark:]))
    return "".join(out)


def lines_of(path):
    if not path.endswith((".gz", ".zst")):
        with open(path, "rb") as file:
            data = file.read()
    else:
        data = decompress(path)
    lines = data.decode("utf-8").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def attribute(record, path):
    name = re.fullmatch(r"\$\.attributes\.(\w+)", path).group(1)
    return (record.get("attributes") or {}).get(name)


def merged(record, rows, number):
    for row in rows:
        if number >= len(row):
            continue
        row = json.loads(row[number])
        if row.get("id") != record.get("id") or not isinstance(row.get("attributes"), dict):
            raise Stop("row %d: %r is not of %r" % (number, row.get("id"), record.get("id")))
        if row["attributes"]:
            record["attributes"] = dict(record.get("attributes") or {}, **row["attributes"])
    return record


def dropped(record, stream):
    for test in stream["filter"]["exclude"]:
        value = attribute(record, "$.attributes." + re.search(r"@\.(\w+)", test).group(1))
        if value and isinstance(value[0][2], float) and value[0][2] >= 0.5:
            return True
    return False


def spans_of(record, stream):
    found = []
    for entry in stream["span_replacement"]:
        for start, end, score in attribute(record, entry["span"]) or []:
            if score < entry["min_score"]:
                continue
            replacement = entry["replacement"]
            if replacement.startswith("$"):
                replacement = attribute(record, replacement)
            if not isinstance(replacement, str):
                raise Stop("no replacement for %r" % entry)
            found.append((start, end, replacement))
    return found


def mix(config):
    """Records by path of the documents' file."""
    out = {}
    written = set()
    for stream in config["streams"]:
        for pattern in stream["documents"]:
            for path in sorted(glob.glob(pattern)):
                # A file that is not found at a pattern's place is left out.
                names = [path.replace("/documents/", "/attributes/%s/" % name)
                         for name in stream["attributes"]]
                rows = [lines_of(found) for name in names for found in glob.glob(name)]
                result = os.path.join(stream["output"]["path"], path.split("/documents/")[-1])
                if result in written:
                    raise Stop("%s is written twice" % result)
                written.add(result)
                out[path] = mix_file(path, rows, stream)
    return out


def mix_file(path, rows, stream):
    kept = []
    for number, line in enumerate(lines_of(path)):
        record = merged(json.loads(line), rows, number)
        if dropped(record, stream):
            continue
        spans = spans_of(record, stream)
        if spans:
            record["text"] = replace_spans(record["text"], spans)
        if not isinstance(record.get("metadata"), dict):
            record["metadata"] = {}
        record["metadata"]["provenance"] = "%s:%d" % (os.path.basename(path), number + 1)
        kept.append(record)
    return kept
