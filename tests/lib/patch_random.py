"""Random patch sets, put together without the program: every kind of edit on
many documents at once, as docs/patch-format.md has them."""
import hashlib
import json
import random

import loop_corpus as corpus
from loop_model import TEXT_OPS, Entry, edited, sorted_edits

TAGS = ["a", "hate/x", "主題", "s"]
PATHS = {"bare": {"text": ""}, "segments": {"text": "texts"}, "anonymous": {"text": "text"},
         "dolma": {"text": "text", "id": "id", "source": "source"}}


def mapping_of(shape):
    return PATHS.get(shape, {"text": "text", "id": "id"})


def text_id(data):
    text = data.decode("utf-8", "surrogatepass")
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "codepoints": len(text)}


def some_span(rng, text, most=9):
    a = rng.randrange(len(text))
    return a, min(len(text), a + rng.randrange(1, most))


def text_claims(rng, document):
    """Edits of a text that do not clash: some of them meet at their ends."""
    text = document.text
    if rng.random() < 0.15:
        return [Entry("replace", [], "ana", None, corpus.make_text(rng))]
    claims, at = [], 0
    while at <= len(text) and len(claims) < 4:
        start = at + rng.choice([0, 1, 3, 9])
        end = start + rng.choice([0, 1, 2, 7])
        if end > len(text):
            break
        new = corpus.make_text(rng, 4)
        if start == end:
            claims.append(Entry("insert", [], "ana", None, new or "x", (start, end)))
        elif rng.random() < 0.4:
            claims.append(Entry("redact", [], "ana", "[…]", None, (start, end)))
        else:
            claims.append(Entry("replace", [], "ana", None, new, (start, end)))
        at = end + (1 if start == end else 0)
    return claims


def document_claims(rng, document):
    """What is decided about a document, in the order of a patch."""
    claims = []
    if document.shape != "bare":
        if rng.random() < 0.5:
            claims.append(Entry("verdict", [], "ana", rng.choice(["good", "bad"])))
        claims += [Entry("rate", [], "ana", scale, rng.choice([0, 3, 0.25, -1]))
                   for scale in rng.sample(["harm", "q"], rng.randrange(3))]
        names = sorted(rng.sample(TAGS, rng.randrange(3)), key=str.encode)
        spans = [] if document.bad_utf8 or not document.text else sorted(
            {(rng.choice(TAGS).encode(), some_span(rng, document.text))
             for _ in range(rng.randrange(4))})
        claims += [Entry("tag", [], "ana", name) for name in names]
        claims += [Entry("tag", [], "ana", name.decode(), None, span) for name, span in spans]
        if rng.random() < 0.2:
            claims.append(Entry("untag", [], "ana", "gone"))
    if rng.random() < 0.1:
        return [claim for claim in claims if claim.op != "untag"] + [Entry("drop", [], "ana")]
    if rng.random() < 0.1:
        claims.append(Entry("keep", [], "ana"))
    elif not document.fixed and not document.bad_utf8 and rng.random() < 0.8:
        edits = text_claims(rng, document)
        if not corpus.joins_halves(edited(document.text, sorted_edits(edits, document.text))):
            claims += edits
    if rng.random() < 0.2:
        claims.append(Entry("note", [], "ana", None, "a note"))
    return claims


def edit_of(claim, document, rng):
    edit = {"op": claim.op, "reviewer": "r-0123456789abcdef",
            "at": "2026-01-02T03:04:05.000006Z",
            "uuid": "%08x-0000-4000-8000-%012x" % (rng.getrandbits(32), rng.getrandbits(48))}
    if claim.op in ("verdict", "rate", "tag", "untag"):
        edit["value"] = claim.value
    if claim.op == "rate":
        edit["number"] = claim.text
    if claim.op in TEXT_OPS + ("note",):
        edit["text"] = claim.value if claim.op == "redact" else claim.text
    if claim.span is not None:
        text = document.text
        a, b = claim.span
        sizes = [len(text[:at].encode("utf-8", "surrogatepass")) for at in (a, b)]
        edit["span"] = {"bytes": sizes, "codepoints": [a, b]}
        if claim.op != "redact":
            edit.update(before=text[max(0, a - 32):a], quote=text[a:b], behind=text[b:b + 32])
    return edit


def line(value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    out = "".join("\\u%04x" % ord(c) if "\ud800" <= c <= "\udfff" else c for c in text)
    return out.encode() + b"\n"


def patch_of(document, path, record, offset, claims, rng):
    seen = document.raw if document.bad_utf8 else document.text.encode("utf-8", "surrogatepass")
    target = {"shard": path, "record": record, "offset": offset}
    if document.source is not None:
        target["source"] = document.source
    if document.id is not None:
        target["id"] = "\0id"
    guard = text_id(seen) if not document.bad_utf8 else {
        "sha256": hashlib.sha256(seen).hexdigest(), "bytes": len(seen),
        "codepoints": len(seen.decode("utf-8", "replace"))}
    patch = {"target": target, "guard": dict(of="record" if document.bad_utf8 else "text", **guard),
             "edits": [edit_of(claim, document, rng) for claim in claims]}
    if not any(claim.op == "drop" for claim in claims):
        patch["after"] = guard
        if not document.bad_utf8:
            new = edited(document.text, sorted_edits(claims, document.text))
            patch["after"] = text_id(new.encode("utf-8", "surrogatepass"))
    # The id is its token as it stands in the record.
    return line(patch).replace(b'"\\u0000id"', document.id or b"", 1)


def addition(rng):
    uuid = "%08x-0000-4000-8000-%012x" % (rng.getrandbits(32), rng.getrandbits(48))
    text = corpus.make_text(rng) or "added"
    edit = {"op": "add", "reviewer": "r-0123456789abcdef", "uuid": uuid,
            "at": "2026-01-02T03:04:05.000006Z"}
    return line({"add": {"text": text, "id": "stet:" + uuid}, "uuid": uuid, "id": "stet:" + uuid,
                 "edits": [edit], "after": text_id(text.encode("utf-8", "surrogatepass"))})


def patch_set(shards, decided, additions, seed):
    """`shards`: {path: (lines, packed bytes)}; `decided`: {key: claims}."""
    rng = random.Random(seed)
    mappings, entries, lines = [], [], []
    for path, (documents, data) in sorted(shards.items(), key=lambda item: item[0].encode()):
        offset = 3 if corpus.plain_of(data).startswith(b"\xef\xbb\xbf") else 0
        found = []
        for record, document in enumerate(documents):
            if document.text is not None and document.key in decided:
                found.append(patch_of(document, path, record, offset, decided[document.key], rng))
            offset += len(document.raw) + len(document.eol)
        lines += found
        mapping = mapping_of(next(d.shape for d in documents if d.text is not None))
        if mapping not in mappings:
            mappings.append(mapping)
        if found:
            entries.append({"path": path, "bytes": len(data), "records": len(documents),
                            "sha256": hashlib.sha256(data).hexdigest(),
                            "mapping": mappings.index(mapping)})
    # What additions follow comes first.
    order = sorted(mappings, key=lambda one: (one["text"] != "text", one["text"]))
    for entry in entries:
        entry["mapping"] = order.index(mappings[entry["mapping"]])
    lines += additions
    header = {"format": "stet-patch-set", "version": 1, "id": "", "corpus": "c", "index": "0" * 64,
              "created": "2026-01-02T03:04:05.000006Z", "policy": "last", "rewrites": "replace",
              "mappings": order, "segment_scores": ["scores"], "verdicts": ["good", "bad"],
              "tags": TAGS, "shards": entries}
    header["id"] = hashlib.sha256(line(header) + b"".join(lines)).hexdigest()[:16]
    ops = [edit["op"] for one in lines for edit in json.loads(one)["edits"]]
    body = line(header) + b"".join(lines)
    return body + line({"end": {
        "patches": len(lines) - len(additions), "additions": len(additions), "edits": len(ops),
        "ops": {op: ops.count(op) for op in sorted(set(ops))},
        "sha256": hashlib.sha256(body).hexdigest()}})
