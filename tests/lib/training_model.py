"""What docs/training.md says, written from its text: segments, labels, tokens."""
import hashlib
import math

MASK = (1 << 64) - 1
BLANK = " \t\n\v\f\r"
ALL_BLANK = set(BLANK) | {"\x85", "\xa0", "\u1680", "\u2028", "\u2029", "\u202f", "\u205f",
                          "\u3000"} | {chr(cp) for cp in range(0x2000, 0x200b)}


class Chance:
    def __init__(self, seed, digest, purpose):
        key = "%d %s %s" % (seed, purpose, digest)
        self.state = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")

    def take(self, rate):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        z ^= z >> 31
        return (z >> 11) * 2.0 ** -53 < rate


def ends_sentence(text, at):
    if text[at - 1] in "。！？":
        return True
    if text[at] not in BLANK:
        return False
    if text[at - 1] == text[at] == "\n":
        return True
    head = text[:at].rstrip("\"')")
    return head[-1:] in (".", "!", "?")


def units(text, unit, parts):
    """Where segments end."""
    ends, at = [], 0
    if unit == "given" and parts is not None:
        for part in parts:
            at += len(part)
            ends.append(at)
        return ends
    while at < len(text):
        if unit == "sentence":
            at += 1
            while at < len(text) and not ends_sentence(text, at):
                at += 1
            while at < len(text) and text[at] in BLANK:
                at += 1
        elif unit == "line" and "\n" in text[at:]:
            at = text.index("\n", at) + 1
        else:
            at = len(text)
        ends.append(at)
    return ends


def segments(text, rules, parts, stet, score):
    """[(start, end, label, score)]: what people said, then the classifier."""
    people = [(s["start"], min(s["end"], len(text)), label) for s in stet.get("spans", ())
              for label in [rules.verdict_label(s["tag"]) or rules.tag_label(s["tag"])] if label]
    whole = rules.verdict_label(stet.get("verdict"))
    if not whole:
        labels = {rules.tag_label(tag) for tag in stet.get("tags", ())}
        whole = "bad" if "bad" in labels else "good" if "good" in labels else None
    cuts = set(units(text, rules.unit, parts))
    cuts.update(at for span in people for at in span[:2])
    out, start = [], 0
    for end in sorted(cuts - {0}):
        out.append((start, end, *one_segment(rules, people, whole, parts, score, start, end)))
        start = end
    return out


def one_segment(rules, people, whole, parts, score, start, end):
    said = {label for a, b, label in people if a < end and start < b}
    label = "bad" if "bad" in said else "good" if "good" in said else whole
    if label:
        return label, int(label == "bad")
    values = []
    if isinstance(score, (int, float)):
        values = [score]
    elif isinstance(score, list):
        at = 0
        for number, one in enumerate(score):
            if isinstance(one, list):
                a, b, value = one
            elif parts is not None and len(score) == len(parts):
                a, b, value = at, at + len(parts[number]), one
                at = b
            else:
                continue
            if value is not None and a < b and a < end and start < b:
                values.append(value)
    if not values:
        return None, None
    value = min(values) if rules.low else max(values)
    if rules.threshold is None:
        return None, value
    bad = value < rules.threshold if rules.low else value > rules.threshold
    return ("bad" if bad else "good"), value


def alone(char):
    cp = ord(char)
    return (0x3041 <= cp <= 0x3096 or 0x30a1 <= cp <= 0x30fa or 0x3400 <= cp <= 0x4dbf or
            0x4e00 <= cp <= 0x9fff or 0xf900 <= cp <= 0xfaff or 0x20000 <= cp <= 0x3ffff)


def words(text, start, end):
    """(place, whether a blank is before it) of the words but the first."""
    found, before = [], True
    for at in range(start, end):
        blank = text[at] in ALL_BLANK
        if not blank and (before or alone(text[at])):
            found.append((at, before))
        before = blank
    return found[1:]


def with_tokens(text, found, rules):
    """(place, what is put there), in order."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    drop, inject = (Chance(rules.seed, digest, name) for name in ("dropout", "inject"))
    out = []
    for start, _, label, _ in found:
        token = {"good": rules.good, "bad": rules.bad, None: None}[label]
        if token and not drop.take(rules.dropout):
            out.append((start, 0, token))
    at = 0
    while rules.inject and at < len(found):
        last = at
        while last < len(found) and found[last][2] == "bad":
            last += 1
        if last > at:
            for place, blank in words(text, found[at][0], found[last - 1][1]):
                if inject.take(rules.rate):
                    out.append((place, 1, rules.inject + (" " if blank else "")))
        at = max(last, at + 1)
    return [(place, token) for place, _, token in sorted(out)]


def put(text, tokens):
    for place, token in reversed(tokens):
        text = text[:place] + token + text[place:]
    return text


def within(count, total, rate):
    """Whether a count is what a rate gives, but for one chance in 10^8."""
    return abs(count - total * rate) <= 5.8 * math.sqrt(total * rate * (1 - rate)) + 1
