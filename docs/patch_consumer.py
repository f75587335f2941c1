#!/usr/bin/env python3
"""Applies a patch set of stet to a shard: a consumer to start your own from.

    patch_consumer.py PATCHSET SHARD >NEW.jsonl
    patch_consumer.py PATCHSET --added >ADDED.jsonl

patch-format.md explains the format. This takes shards as they were reviewed and
refuses others: finding documents in a corpus that was changed since is what
`stet apply` adds. Records without a decision keep their bytes, the others are
written anew with the values that `stet apply` gives them. Standard library
only; of .zst files the zstd tool is asked.
"""
import gzip
import hashlib
import json
import re
import subprocess
import sys

TEXT_OPS, TAG_OPS = {"replace", "redact", "insert"}, {"verdict", "rate", "tag", "untag"}
OPS = TEXT_OPS | TAG_OPS | {"drop", "keep", "note", "add"}
OWN = {"verdict", "tags", "rating", "spans", "patch"}


class Refused(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Refused(why)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def load(path):
    """Header and lines of a patch set that is whole."""
    with open(path, "rb") as file:
        body, _, trailer = file.read().rpartition(b'{"end":')
    need(trailer.endswith(b"\n"), "the patch set is cut off")
    try:
        end = json.loads(b'{"end":' + trailer)["end"]
        need(end["sha256"] == sha256(body), "the patch set is damaged")
        header, *lines = map(json.loads, body.split(b"\n")[:-1])
        need((header["format"], header["version"]) == ("stet-patch-set", 1), "not version 1")
        ops = [edit["op"] for line in lines for edit in line["edits"]]
        need(OPS.issuperset(ops), "an unknown op")
        added = sum("add" in line for line in lines)
        need((end["patches"], end["additions"], end["edits"], end["ops"]) == (
            len(lines) - added, added, len(ops), {op: ops.count(op) for op in ops}),
             "the counts are wrong")
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("the patch set is damaged: %r" % error)
    return header, lines


def parent_of(record, path):
    """What holds the value at a PATH, and under which key."""
    *keys, last = [json.loads(key) if key[0] == '"' else key
                   for key in re.findall(r'"(?:[^"\\]|\\.)*"|[^."]+', path)]
    for key in keys:
        record = record[key]
    return record, last


def edited(text, edits):
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text


def edit_list(parts, edits):
    """A list of strings is one text: an edit's new text goes to the first string
    that it touches (an insertion between two, to the one before)."""
    ends = [sum(map(len, parts[:n + 1])) for n in range(len(parts))]
    for start, end, new in reversed(edits):
        first = next((n for n, stop in enumerate(ends) if stop > start or stop == start == end),
                     len(parts) - 1)
        for n in range(first, len(parts)):
            base = ends[n - 1] if n else 0
            cut = (start - base if n == first else 0, max(0, min(end, ends[n]) - base))
            if n == first or base < end:
                parts[n] = edited(parts[n], [(*cut, new if n == first else "")])
    return parts


def moved(edits, at, is_end):
    """A place of the guarded text in the new one. A span takes in the new text of
    an edit that it overlaps, and not what is inserted at its ends."""
    shift = 0
    for start, end, new in edits:
        if start > at or (start == at and (is_end or start < end)):
            break
        if start < end and at < end:
            return start + shift + (len(new) if is_end else 0)
        shift += len(new) - (end - start)
    return at + shift


def tag(record, patch, edits, patch_id):
    """Verdict, tags, ratings and tagged spans go to the stet object, if they are
    not there already."""
    home = record["metadata"] if isinstance(record.get("metadata"), dict) else record
    old = home.get("stet", {})
    given = any(edit["op"] in TAG_OPS for edit in patch["edits"])
    if not given and (patch["edits"] or "patch" not in old):
        return False
    need(isinstance(old, dict) and ("patch" in old or not OWN & set(old)),
         "something else is in the tags' place")
    new = {key: value for key, value in old.items() if key not in OWN}
    ops = {op: [edit for edit in patch["edits"] if edit["op"] == op] for op in TAG_OPS}
    new.update({"verdict": edit["value"] for edit in ops["verdict"]})
    new["tags"] = sorted(edit["value"] for edit in ops["tag"] if "span" not in edit)
    if ops["rate"]:
        new["rating"] = {edit["value"]: edit["number"] for edit in ops["rate"]}
    spans = [(*edit["span"]["codepoints"], edit["value"]) for edit in ops["tag"] if "span" in edit]
    if spans:
        new["spans"] = [{"start": moved(edits, start, False), "end": moved(edits, end, True),
                         "tag": name} for start, end, name in spans]
    home["stet"] = dict(new, patch=patch_id)
    return home["stet"] != old


def new_record(header, mapping, patch, line):
    """A record with its patch applied; None: it is dropped."""
    is_text, edits = patch["guard"]["of"] == "text", []
    record = json.loads(line.decode("utf-8", "strict" if is_text else "surrogateescape"))
    if is_text:
        holder, key = ([record], 0) if mapping["text"] == "" else parent_of(record, mapping["text"])
        text = value = holder[key]
        if isinstance(value, list):  # the parts of `text` are paragraphs, those of others adjoin
            text = ("\n\n" if mapping["text"] == "text" else "").join(value)
    seen = text.encode("utf-8", "surrogatepass") if is_text else line
    need(sha256(seen) == patch["guard"]["sha256"], "a text is another than was judged")
    if any(edit["op"] == "drop" for edit in patch["edits"]):
        return None
    for edit in patch["edits"]:
        if edit["op"] in TEXT_OPS:
            span = edit["span"]["codepoints"] if "span" in edit else (0, len(text))
            edits.append((*span, edit["text"]))
            is_whole = "span" not in edit
    edits.sort()
    if edits:
        new = edited(text, edits)
        need(sha256(new.encode("utf-8", "surrogatepass")) == patch["after"]["sha256"],
             "the edits do not give the text that was seen")
        holder[key] = new if isinstance(value, str) else [new] if is_whole else \
            edit_list(value, edits)
        for path in header.get("segment_scores", ()) if is_whole and value != text else ():
            scores, name = parent_of(record, path)
            scores[name] = [None]
        record = holder[0] if mapping["text"] == "" else record
    tagged = isinstance(record, dict) and tag(record, patch, edits, header["id"])
    return dump(record, not is_text) if edits or tagged else line


def dump(value, is_bad=False):
    """One line. Lone surrogates are escaped, bytes that are not UTF-8 kept."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    lone = "[\ud800-\udc7f\udd00-\udfff]" if is_bad else "[\ud800-\udfff]"
    text = re.sub(lone, lambda found: "\\u%04x" % ord(found[0]), text)
    return text.encode("utf-8", "surrogateescape")


def decompress(data):
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd" or data[1:4] == b"\x2a\x4d\x18":
        return subprocess.run(["zstd", "-dqc"], input=data, check=True, stdout=-1).stdout
    return data


def new_shard(header, lines, data, name=""):
    """A shard's bytes, decompressed, with the patch set applied."""
    known = [shard for shard in header["shards"] if shard["sha256"] == sha256(data)]
    need(known, "%s: not as it was reviewed, or nothing in it is decided" % name)
    shard = ([one for one in known if name.endswith(one["path"])] or known)[0]
    rows = re.split(b"(?<=\n)", decompress(data))
    for patch in lines:
        if "add" in patch or patch["target"]["shard"] != shard["path"]:
            continue
        number = patch["target"]["record"]
        mark, line, end = re.fullmatch(b"(\xef\xbb\xbf)?(.*?)(\r?\n?)", rows[number], re.S).groups()
        new = new_record(header, header["mappings"][shard["mapping"]], patch, line)
        rows[number] = (mark or b"") + (b"" if new is None else new + end)
    return b"".join(rows)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        header, lines = load(sys.argv[1])
        if sys.argv[2] == "--added":
            out = b"".join(dump(line["add"]) + b"\n" for line in lines if "add" in line)
        else:
            with open(sys.argv[2], "rb") as file:
                out = new_shard(header, lines, file.read(), sys.argv[2])
    except Refused as why:
        sys.exit("patch_consumer.py: %s" % why)
    sys.stdout.buffer.write(out)


if __name__ == "__main__":
    main()
