"""Seeded shards for the differential test of the whole loop.

A record is put together from pieces, so that the places of its values in the
bytes are known without reading them back.
"""
import gzip
import hashlib
import json
import struct
import subprocess

WORDS = ("alpha beta gamma delta good bad soon never river stone light night "
         "wind market number seven letter").split()
ODD = ["日本", "語の", "中文字", "ไทย", "👍🏽", "👨‍👩‍👧", "e\u0301", "a\u0300\u0323", "\x00", "\x7f",
       "\t", "\n", "\r\n", "\"", "\\", "/", "\u2028", "\ufeff", "\ud800", "\udfff", "<b>",
       "{}", "\\u0041", "\u00e9", "𝒳", "\x1b[31m", "ﷺ", "\ufffd"]
HIGH = range(0xd800, 0xdc00)
LOW = range(0xdc00, 0xe000)


def joins_halves(text):
    return any(ord(a) in HIGH and ord(b) in LOW for a, b in zip(text, text[1:]))


def make_text(rng, words=12, odd=0.3):
    while True:
        parts = [rng.choice(ODD) if rng.random() < odd else rng.choice(WORDS)
                 for _ in range(rng.randrange(words + 1))]
        text = rng.choice(["", " "]).join(parts)
        if not joins_halves(text):
            return text


def escape_unit(unit, rng=None):
    text = "\\u%04x" % unit
    return text.upper().replace("\\U", "\\u") if rng and rng.random() < 0.3 else text


NAMED = {"\"": "\\\"", "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r",
         "\t": "\\t"}


def encode_char(char, style, rng=None):
    """One character inside a JSON string, as bytes."""
    point = ord(char)
    if style == "mixed":
        style = rng.choice(["raw", "raw", "ascii", "units"])
        if char == "/" and rng.random() < 0.5:
            return b"\\/"
    if style != "units":
        if char in NAMED:
            return NAMED[char].encode()
        if point >= 0x20 and (point < 0x7f or (style == "raw" and point not in HIGH and
                                               point not in LOW)):
            return char.encode()
    if point >= 0x10000:
        point -= 0x10000
        return (escape_unit(0xd800 | point >> 10, rng) +
                escape_unit(0xdc00 | point & 0x3ff, rng)).encode()
    return escape_unit(point, rng).encode()


def encode_new(text, ascii_only):
    """New text inside a string, as stet-patch(5) promises it."""
    return b"".join(encode_char(char, "ascii" if ascii_only else "raw") for char in text)


class Token:
    """A JSON string and where each of its characters stands in it."""

    def __init__(self, text, rng, style):
        self.text = text
        self.parts = [encode_char(char, style, rng) for char in text]
        self.raw = b'"' + b"".join(self.parts) + b'"'
        self.at = [1]
        for part in self.parts:
            self.at.append(self.at[-1] + len(part))
        self.ascii_only = (all(byte < 0x80 for byte in self.raw) and
                           any(ord(char) >= 0x80 for char in text))


class Document:
    """A record with what is known about it."""

    def __init__(self):
        self.raw = b""
        self.text = None     # None: this line is no document
        self.source = None
        self.id = None       # raw token
        self.token = None    # where the text is one string
        self.start = 0       # of the token in raw
        self.segments = None
        self.fixed = False   # text that is read-only
        self.bad_utf8 = False
        self.top_end = 0     # of the last member's value
        self.home_end = None  # of the last member of an object "metadata"
        self.home_empty = False
        self.top_empty = False
        self.eol = b"\n"

    @property
    def has_stet(self):
        """Whether metadata ends with a stet object that names no patch."""
        return self.home_end is not None and self.raw[:self.home_end].endswith(OLD_STET)

    @property
    def key(self):
        seen = self.raw if self.bad_utf8 else self.text.encode("utf-8", "surrogatepass")
        return (self.source, self.id, hashlib.sha256(seen).hexdigest())


def nested(depth):
    return b"[" * depth + b"]" * depth


def noise_members(rng):
    """Values that no program may touch."""
    pool = [(b'"big"', b"123456789012345678901234567890"), (b'"f"', b"-0.10e+2"),
            (b'"deep"', nested(100)), (b'"n"', b"null"), (b'"esc\\u0061"', b'"\\u00E9\\/"'),
            (b'"list"', b"[1, 2 ,3]"), (b'"dup"', b"1"), (b'"dup"', b'{"a":1,"a":2}'),
            (b'"score"', b"%.3f" % rng.random())]
    return rng.sample(pool, rng.randrange(4))


OLD_STET = b'"stet":{"from":{"id":"x"}}'


def metadata(rng, shape):
    """(raw value, offset behind its last member or None, whether it is empty)"""
    if shape == "datatrove":
        return rng.choice([b'"{\\"lang\\": \\"en\\", \\"score\\": 0.5}"', b'"{}"']), None, False
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice([b"null", b"7", b"[]"]), None, False
    if kind == 1:
        value = rng.choice([b"{}", b"{ }"])
        return value, 1, True
    inner = b", ".join(key + b": " + value for key, value in noise_members(rng))
    inner = b'"lang":"en"' + (b"," + inner if inner else b"")
    if kind == 2:
        inner += b"," + OLD_STET
    return b"{" + inner + rng.choice([b"}", b" }"]), 1 + len(inner), False


class Builder:
    def __init__(self, rng, shape):
        self.rng = rng
        self.shape = shape
        self.serial = 0

    def identity(self, document):
        rng = self.rng
        self.serial += 1
        if self.shape in ("dolma", "datatrove", "list"):
            name = rng.choice(["", "é", "x/"]) + "%s-%d" % (self.shape, self.serial)
            document.id = json.dumps(name, ensure_ascii=rng.random() < 0.5).encode()
        elif self.shape == "numbered":
            document.id = rng.choice([b"%d", b"9007199254740993%d"]) % self.serial
        if self.shape == "dolma":
            document.source = rng.choice(["web", "wiki", "日本"])

    def members(self, document, text_raw):
        rng = self.rng
        list_key = b'"texts"' if document.segments is not None else b'"text"'
        members = [(list_key, text_raw, "text")]
        if document.id is not None:
            members.append((b'"id"', document.id, ""))
        if document.source is not None:
            members.append((b'"source"', json.dumps(document.source).encode(), ""))
        if document.segments is not None:
            members.append((b'"scores"', json.dumps(
                [round(rng.random(), 2) for _ in document.segments]).encode(), ""))
        elif rng.random() < 0.8 or self.shape == "datatrove":
            value, end, empty = metadata(rng, self.shape)
            if rng.random() < 0.1 and self.shape != "datatrove":
                # Of equal keys the last one counts.
                members.append((b'"metadata"', b'{"old":1}', ""))
                members.append((b'"metadata"', value, ("home", end, empty)))
                return members + [(k, v, "") for k, v in noise_members(rng)]
            members.append((b'"metadata"', value, ("home", end, empty)))
        members += [(key, value, "") for key, value in noise_members(rng)]
        rng.shuffle(members)
        if document.segments is None and rng.random() < 0.1:
            members.insert(0, (list_key, b'"an earlier one"', ""))
        return members

    def assemble(self, document, text_raw):
        rng = self.rng
        comma, colon = rng.choice([(b",", b":"), (b", ", b": "), (b" ,  ", b"\t:  ")])
        out = rng.choice([b"", b"", b" "]) + b"{"
        first = True
        for key, value, role in self.members(document, text_raw):
            out += b"" if first else comma
            first = False
            out += key + colon
            if role == "text":
                document.start = len(out)
            elif role:
                document.home_end = None if role[1] is None else len(out) + role[1]
                document.home_empty = role[2]
            out += value
            document.top_end = len(out)
        document.raw = out + rng.choice([b"", b" "]) + b"}"

    def document(self, text=None):
        rng = self.rng
        document = Document()
        self.identity(document)
        style = rng.choice(["raw", "ascii", "mixed"])
        if self.shape == "bare":
            document.token = Token(make_text(rng) if text is None else text, rng, style)
            document.text = document.token.text
            document.raw = document.token.raw
            return document
        if self.shape in ("segments", "list"):
            parts = []
            while not parts or joins_halves("".join(parts)):
                parts = [make_text(rng, 4) for _ in range(rng.randrange(1, 5))]
            raw = b"[" + b", ".join(Token(part, rng, style).raw for part in parts) + b"]"
            if self.shape == "segments":
                document.segments = parts
                document.text = "".join(parts)
                document.array = raw
            else:
                document.fixed = True
                document.text = "\n\n".join(parts)
            self.assemble(document, raw)
            return document
        document.token = Token(make_text(rng) if text is None else text, rng, style)
        document.text = document.token.text
        self.assemble(document, document.token.raw)
        if rng.random() < 0.03 and not document.has_stet:
            self.spoil(document)
        return document

    def spoil(self, document):
        """Not UTF-8: judged and dropped, never rewritten."""
        token = document.token
        at = document.start + len(token.raw) - 1
        document.raw = document.raw[:at] + b"\xff\xfe" + document.raw[at:]
        if document.home_end is not None and document.home_end > at:
            document.home_end += 2
        document.top_end += 2 if document.top_end > at else 0
        document.token = None
        document.text += "\ufffd\ufffd"
        document.bad_utf8 = True


def line(raw):
    document = Document()
    document.raw = raw
    return document


def copy_of(document):
    twin = Document()
    twin.__dict__.update(document.__dict__)
    return twin


def make_shard(rng, shape, records):
    """Lines of one shard; documents and what is between them."""
    builder = Builder(rng, shape)
    lines = []
    for _ in range(records):
        chance = rng.random()
        known = [d for d in lines if d.text is not None and not d.bad_utf8]
        if chance < 0.06 and known:
            lines.append(copy_of(rng.choice(known)))
        elif chance < 0.14 and known:
            lines.append(builder.document(rng.choice(known).text))
        elif chance < 0.20 and shape not in ("bare",) and known:
            # The same source and id with another text.
            new = builder.document()
            old = rng.choice(known)
            if new.id is not None and not new.bad_utf8:
                at = new.raw.find(b'"id"')
                at = new.raw.index(new.id, at + 4)
                if at < new.start:
                    grown = len(old.id) - len(new.id)
                    new.raw = new.raw[:at] + old.id + new.raw[at + len(new.id):]
                    new.start += grown
                    new.top_end += grown
                    if new.home_end is not None:
                        new.home_end += grown if new.home_end > at else 0
                    new.id, new.source = old.id, new.source
            lines.append(new)
        elif chance < 0.23:
            lines.append(line(rng.choice([b"", b"  ", b"\t"])))
        elif chance < 0.26 and shape != "bare":
            lines.append(line(rng.choice([b"{bad", b"{\"a\": 1,}", b"\xff", b'{"text": tru}'])))
        lines.append(builder.document())
    crlf = rng.random() < 0.3
    for one in lines:
        if crlf or rng.random() < 0.05:
            one.eol = b"\r\n"
    if rng.random() < 0.4 and lines[-1].raw.strip():
        lines[-1].eol = b""
    return lines


def plain_bytes(lines, bom):
    return (b"\xef\xbb\xbf" if bom else b"") + b"".join(d.raw + d.eol for d in lines)


def zstd(data, *options):
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, check=True,
                          stdout=subprocess.PIPE).stdout


def cut(rng, data, most=4):
    ends = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(1, most)))
    return [data[a:b] for a, b in zip([0] + ends, ends + [len(data)])]


def pack(rng, data, kind):
    """The bytes in one of the containers the field has."""
    if kind == "plain":
        return data
    if kind == "gzip":
        if rng.random() < 0.5:
            return gzip.compress(data, mtime=0)
        return b"".join(gzip.compress(part, mtime=0) for part in cut(rng, data))
    if kind == "zstd":
        return zstd(data, rng.choice(["--check", "--no-check"]),
                    *rng.choice([[], ["--no-content-size"]]))
    frames = []
    sizes = []
    for part in cut(rng, data):
        frame = zstd(part, rng.choice(["--check", "--no-check"]),
                     *rng.choice([[], ["--no-content-size"]]))
        frames.append(frame)
        sizes.append((len(frame), len(part)))
    if kind == "seekable":
        table = b"".join(struct.pack("<II", *size) for size in sizes)
        table += struct.pack("<IBI", len(sizes), 0, 0x8f92eab1)
        return b"".join(frames) + struct.pack("<II", 0x184d2a5e, len(table)) + table
    if rng.random() < 0.5:
        frames.insert(rng.randrange(len(frames)), struct.pack("<II", 0x184d2a53, 5) + b"stuff")
    return b"".join(frames)


def opened(data):
    if data[:2] == b"\x1f\x8b":
        return "gzip", gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd" or data[1:4] == b"\x2a\x4d\x18":
        done = subprocess.run(["zstd", "-dqc"], input=data, check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        return "zstd", done.stdout
    return "plain", data


def plain_of(data):
    return opened(data)[1]


def unpack(path):
    with open(path, "rb") as file:
        return opened(file.read())
