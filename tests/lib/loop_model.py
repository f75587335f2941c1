"""What the design says: what decisions add up to, and what a patch makes of a
record. Written from the text, for comparison with the program.
"""
import collections
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import loop_corpus as corpus  # noqa: E402

TEXT_OPS = ("replace", "redact", "insert")


class Wrong(Exception):
    pass


def check(condition, *what):
    if not condition:
        raise Wrong(" ".join(str(one) for one in what))


class Entry:
    """One annotation, as this test knows it."""

    def __init__(self, op, keys, reviewer, value=None, text=None, span=None):
        self.op, self.keys, self.reviewer = op, keys, reviewer
        self.value, self.text, self.span = value, text, span
        self.undone = False
        self.uuid = None

    def says(self):
        return (self.op, self.value, self.text, self.span)


# --- what decisions add up to ---

def same_aspect(a, b):
    if a.op in ("tag", "untag") and b.op in ("tag", "untag"):
        wide = any(one.op == "untag" and one.span is None for one in (a, b))
        return a.value == b.value and (wide or a.span == b.span)
    if a.op in ("drop", "keep"):
        return b.op in ("drop", "keep") or b.op in TEXT_OPS
    if a.op in TEXT_OPS:
        return b.op in ("drop", "keep") or b.op in TEXT_OPS and (
            a.span == b.span or a.span is None or b.span is None)
    if a.op == "verdict":
        return b.op == "verdict"
    return a.op == "rate" == b.op and a.value == b.value


def replaces(later, earlier):
    if later.op == "note" or not same_aspect(later, earlier):
        return False
    if later.op in TEXT_OPS and earlier.op in TEXT_OPS:
        return later.span == earlier.span or later.span is None
    return True


def clash(a, b):
    """Whether two edits of a text cannot stand side by side."""
    if a.span is None or b.span is None:
        return True
    if a.span[0] == a.span[1] and b.span[0] == b.span[1]:
        return a.span == b.span
    return a.span[0] < b.span[1] and b.span[0] < a.span[1]


def standing(entries, policy):
    """The claims that a patch carries; None: the document is left out."""
    pooled = policy == "last"
    claims = []
    for entry in entries:
        if entry.undone or entry.op in ("skip", "escalate"):
            continue
        claims = [old for old in claims
                  if not ((pooled or old.reviewer == entry.reviewer) and replaces(entry, old))]
        claims.append(entry)
    if any(entry.op == "escalate" and not entry.undone for entry in entries):
        return None
    if pooled:
        kept = []
        for claim in reversed(claims):
            if claim.op not in TEXT_OPS or not any(
                    other.op in TEXT_OPS and clash(claim, other) for other in kept):
                kept.insert(0, claim)
        claims = kept
    if policy.startswith("agree:"):
        need = int(policy[6:])
        agreed = [claim for claim in claims if claim.op == "note" or need <= len(
            {other.reviewer for other in claims if other.says() == claim.says()})]
        if claims and not agreed:
            return None
        claims = agreed
    if not pooled and any(a.reviewer != b.reviewer and same_aspect(a, b) and a.says() != b.says()
                          for a in claims for b in claims):
        return None
    merged = []
    for claim in claims:
        if claim.op == "note" or not any(claim.says() == other.says() for other in merged):
            merged.append(claim)
    if any(claim.op == "drop" for claim in merged):
        merged = [claim for claim in merged if claim.op not in TEXT_OPS + ("keep",)]
    edits = [claim for claim in merged if claim.op in TEXT_OPS]
    if any(clash(a, b) for a in edits for b in edits if a is not b):
        return None
    return merged


# --- what a patch makes of a record ---

def sorted_edits(claims, text):
    edits = []
    for claim in claims:
        if claim.op in TEXT_OPS:
            start, end = claim.span if claim.span is not None else (0, len(text))
            new = claim.value if claim.op == "redact" else claim.text
            edits.append((start, end, new))
    return sorted(edits)


def edited(text, edits):
    out, at = [], 0
    for start, end, new in edits:
        out += [text[at:start], new]
        at = end
    return "".join(out) + text[at:]


def find_quote(text, edit):
    """Where a quote stands in a changed text: (start, end), or None."""
    if "quote" not in edit:
        return None
    before, quote, behind = edit["before"], edit["quote"], edit["behind"]
    whole = before + quote + behind
    places = [at for at in range(len(text) - len(whole) + 1) if text.startswith(whole, at)]
    if len(before) < 32:
        places = [at for at in places if at == 0]
    if len(behind) < 32:
        places = [at for at in places if at + len(whole) == len(text)]
    if len(places) != 1:
        return None
    return places[0] + len(before), places[0] + len(before) + len(quote)


def moved(edits, at, is_end):
    """A place of the old text in the new one."""
    shift = 0
    for start, end, new in edits:
        insert = start == end
        if start > at or (start == at and (is_end or not insert)):
            break
        if not insert and at < end:
            return start + shift + (len(new) if is_end else 0)
        shift += len(new) - (end - start)
    return at + shift


def dump(value):
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def number(value):
    return str(int(value) if value == int(value) else value).encode()


def stet_object(claims, edits, size, patch_id):
    parts = []
    for claim in claims:
        if claim.op == "verdict":
            parts.append(b'"verdict":' + dump(claim.value))
    tags = sorted({c.value.encode() for c in claims if c.op == "tag" and c.span is None})
    parts.append(b'"tags":[' + b",".join(dump(tag.decode()) for tag in tags) + b"]")
    rates = sorted((c.value.encode(), c.text) for c in claims if c.op == "rate")
    if rates:
        parts.append(b'"rating":{' + b",".join(
            dump(name.decode()) + b":" + number(value) for name, value in rates) + b"}")
    spans = sorted((c.value.encode(), c.span) for c in claims
                   if c.op == "tag" and c.span is not None)
    if spans:
        places = [(moved(edits, a, False), moved(edits, b, True), tag) for tag, (a, b) in spans]
        parts.append(b'"spans":[' + b",".join(
            b'{"start":%d,"end":%d,"tag":%s}' % (min(a, b, size), min(b, size), dump(t.decode()))
            for a, b, t in places) + b"]")
    parts.append(b'"patch":' + dump(patch_id))
    return b"{" + b",".join(parts) + b"}"


def apply_splices(raw, splices):
    for start, end, new in sorted(splices, reverse=True):
        raw = raw[:start] + new + raw[end:]
    return raw


def text_splices(document, edits, whole):
    token = document.token
    if whole:
        new = b'"' + corpus.encode_new(edits[0][2], token.ascii_only) + b'"'
        return [(document.start, document.start + len(token.raw), new)]
    return [(document.start + token.at[a], document.start + token.at[b],
             corpus.encode_new(new, token.ascii_only)) for a, b, new in edits]


def tag_splices(document, claims, edits, size, where, patch_id):
    if where == "none" or not any(c.op in ("verdict", "tag", "untag", "rate") for c in claims):
        return []
    if where == "dolma":
        members = collections.OrderedDict()
        order = {"verdict": 0, "rate": 1, "tag": 2}
        marked = [c for c in claims if c.op in order]
        marked.sort(key=lambda c: (order[c.op], c.value.encode(), c.span is not None, c.span or ()))
        for c in marked:
            name = "run1__human__" + ("verdict_" if c.op == "verdict" else "") + c.value
            a, b = (0, size) if c.span is None else (
                moved(edits, c.span[0], False), moved(edits, c.span[1], True))
            b = min(b, size)
            members.setdefault(name, []).append(
                b"[%d,%d,%s]" % (min(a, b), b, number(c.text) if c.op == "rate" else b"1"))
        if not members:
            return []
        value = b'"attributes":{' + b",".join(
            dump(name) + b":[" + b",".join(rows) + b"]" for name, rows in members.items()) + b"}"
        return [(document.top_end, document.top_end, b"," + value)]
    value = stet_object(claims, edits, size, patch_id)
    if where == "stet":
        if document.has_stet:
            # What else is in an older object stays.
            at = document.home_end - len(corpus.OLD_STET) + len(b'"stet":')
            old = document.raw[at:document.home_end]
            return [(at, document.home_end, old[:-1] + b"," + value[1:])]
        if document.home_end is not None:
            return [(document.home_end, document.home_end,
                     (b"" if document.home_empty else b",") + b'"stet":' + value)]
        return [(document.top_end, document.top_end, b',"stet":' + value)]
    return [(document.top_end, document.top_end, b',"human":{"review":' + value + b"}")]


def segments_match(document, edits, whole, got, splices):
    """A list text: the parts that no edit touches stay as they are."""
    new_text = edited(document.text, edits)
    record = json.loads(got.decode("utf-8", "surrogatepass"))
    parts = record["texts"]
    check("".join(parts) == new_text, "list text", parts, "for", repr(new_text))
    if whole:
        check(parts == [new_text] and record["scores"] == [None], "one element", record)
        return
    check(len(parts) == len(document.segments), "elements", parts)
    at = 0
    for old, new in zip(document.segments, parts):
        if not any(a <= at + len(old) and at <= b for a, b, _ in edits):
            check(old == new, "an untouched element changed", repr(old), repr(new))
        at += len(old)
    end = document.start + len(document.array)
    head, tail = document.raw[:document.start], document.raw[end:]
    shift = len(got) - len(document.raw) - sum(len(new) - (b - a) for a, b, new in splices)
    array = got[len(head) + sum(len(n) - (b - a) for a, b, n in splices if b <= document.start):]
    array = array[:len(document.array) + shift]
    # An element's neighbours keep their bytes: put the old list back.
    check(json.loads(array.decode("utf-8", "surrogatepass")) == parts, "the list's place", got)
    back = got.replace(array, document.array, 1)
    check(back == apply_splices(document.raw, splices), "around the list", got, head, tail)


def match_record(document, claims, where, patch_id, got):
    """Compare the new record with what the claims make of the old one."""
    edits = sorted_edits(claims, document.text)
    whole = any(c.op == "replace" and c.span is None for c in claims)
    size = len(edited(document.text, edits))
    splices = tag_splices(document, claims, edits, size, where, patch_id)
    if edits and document.segments is not None:
        segments_match(document, edits, whole, got, splices)
        return
    if edits:
        splices += text_splices(document, edits, whole)
    want = apply_splices(document.raw, splices)
    check(got == want, "record\n is   ", got, "\n wants", want, "\n was  ", document.raw)
