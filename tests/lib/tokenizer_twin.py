#!/usr/bin/env python3
"""The tokenizer of docs/tokenizer.md again, written for reading, not for speed.

As a module: tokens(text) gives (folded, start, end), offsets in bytes of UTF-8.
As a program: `tokenizer_twin.py PROGRAM` compares `PROGRAM --tokens` with this,
on random text and on real documents below $STET_TEST_DATA; prints TAP.
"""
import bisect
import glob
import gzip
import json
import os
import random
import struct
import subprocess
import sys
import unicodedata as U

IGNORABLE = """00AD 034F 061C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E
2060-206F 3164 FE00-FE0F FEFF FFA0 FFF0-FFF8 1BCA0-1BCA3 1D173-1D17A
E0000-E0FFF"""
BARE = """0030-0039 0041-005A 0061-007A 00AA 00BA 00C0-02AF 0370-03FF 0590-06FF
0750-077F 0870-08FF 1D00-1DBF 1E00-1FFF 2C60-2C7F A720-A7FF AB30-AB6F FB1D-FDFF
FE70-FEFF 10780-107BF 1DF00-1DFFF"""
UNSPACED = """0E00-0EFF 1000-109F 1780-17FF 1950-19DF 1A20-1AAF 3005-3007
3021-3029 3031-3035 3038-303C 3041-312F 31A0-31BF 31F0-31FF 3400-4DBF 4E00-9FFF
A9E0-A9FF AA60-AADF F900-FAFF 11700-1174F 16FE0-18D7F 1AFF0-1B2FF 20000-3FFFF"""
EMOJI = "231A-231B 23E9-23F3 23F8-23FA 2600-2767 2794-27BF 2B50 1F000-1FAFF"
UNIT_MAX, TOKEN_MAX = 32, 64


def table(text):
    pairs = [r.split("-") for r in text.split()]
    return [(int(p[0], 16), int(p[-1], 16)) for p in pairs]


def within(ranges, c):
    at = bisect.bisect_right(ranges, (ord(c), 0x110000)) - 1
    return at >= 0 and ranges[at][0] <= ord(c) <= ranges[at][1]


IGNORABLE, BARE = table(IGNORABLE), table(BARE)
UNSPACED, EMOJI = table(UNSPACED), table(EMOJI)


def is_mark(c):
    return U.category(c)[0] == "M"


def is_emoji(c):
    return within(EMOJI, c) and (ord(c) >= 0x1F000 or U.category(c) == "So")


def is_indicator(c):
    return 0x1F1E6 <= ord(c) <= 0x1F1FF


def continues(c):
    o = ord(c)
    return (within(IGNORABLE, c) or (0x1160 <= o <= 0x11FF and o != 0x11A7)
            or 0xD7B0 <= o <= 0xD7FF or 0x1F3FB <= o <= 0x1F3FF
            or is_mark(U.normalize("NFKD", c)[0]))


def glyph(c):
    if is_emoji(c):
        return "emoji"
    if is_mark(c):
        return "mark"
    if U.category(c)[0] not in "LN" and U.category(c) != "Co":
        return "separator"
    return "unspaced" if within(UNSPACED, c) else "word"


def fold(unit):
    s = U.normalize("NFD", unit[:UNIT_MAX])
    s = U.normalize("NFKD", U.normalize("NFKD", s.casefold()).casefold())
    out, keep = "", False
    for c in s:
        if within(IGNORABLE, c):
            continue
        if glyph(c) != "mark":
            keep = glyph(c) != "separator" and not within(BARE, c)
        elif not keep:
            continue
        out += c
    return U.normalize("NFC", out)


def units(text):
    at = 0
    while at < len(text):
        end = at + 1
        if is_indicator(text[at]) and end < len(text) and is_indicator(
                text[end]):
            end += 1
        while True:
            while end < len(text) and continues(text[end]):
                end += 1
            if not (is_emoji(text[at]) and text[end - 1] == "\u200d"
                    and end - 1 > at and end < len(text)
                    and is_emoji(text[end])):
                break
            end += 1
        yield text[at:end]
        at = end


def tokens(text):
    """text: str; surrogates and ill-formed bytes already U+FFFD."""
    out = []
    word, kind, start, end, at = "", None, 0, 0, 0

    def flush():
        nonlocal word
        if word:
            out.append((word, start, end))
        word = ""

    for unit in units(text):
        unit_end = at + len(unit.encode())
        fresh = True
        for c in fold(unit):
            g = glyph(c)
            if g == "separator":
                flush()
                continue
            if g == "mark":
                g = kind
            elif g == "unspaced" or g != kind or (g == "emoji" and fresh):
                flush()
            if len(word) == TOKEN_MAX:
                flush()
            if not word:
                start, kind = at, g
            word += c
            end = unit_end
            fresh = False
        at = unit_end
    flush()
    return out


def ask(program, texts):
    """The C tokenizer's answer: length-prefixed texts in, tokens out."""
    data = b"".join(struct.pack("<I", len(t)) + t for t in
                    (t.encode() for t in texts))
    answer = subprocess.run([program, "--tokens"], input=data, check=True,
                            stdout=subprocess.PIPE).stdout
    out, at = [], 0
    for _ in texts:
        count, = struct.unpack_from("<I", answer, at)
        at += 4
        found = []
        for _ in range(count):
            size, start, end = struct.unpack_from("<III", answer, at)
            at += 12
            found.append((answer[at:at + size].decode(), start, end))
            at += size
        out.append(found)
    return out


def known(c):
    return U.category(c) not in ("Cn", "Cs")


def random_text(rng, pool):
    size = rng.choice((1, 2, 3, 5, 8, 20, 100))
    if rng.random() < 0.2:
        pool = rng.sample(pool, 3)
    return "".join(rng.choice(pool) for _ in range(size))


def random_texts(rng, count):
    every = [c for c in map(chr, range(0x110000)) if known(c)]
    low = [c for c in every if ord(c) < 0x3100 or 0xF900 <= ord(c) <= 0xFFFF]
    marks = [c for c in every if continues(c) and ord(c) < 0xE0000]
    faces = [c for c in every if is_emoji(c)] + ["\u200d", "\ufe0f"] * 300
    mixed = marks + rng.sample(low, 400) + list("aZ9 .éÅα") * 20
    hangul = [chr(c) for c in range(0x1100, 0x1200)] + list("가각ㅋㅏ")
    pools = (every, low, marks, faces, mixed, hangul)
    texts = [random_text(rng, rng.choice(pools)) for _ in range(count)]
    return texts + ["a%sb" % c for c in rng.sample(every, count)] \
        + ["x" * n for n in (63, 64, 65, 200)] + ["e" + "\u0301" * 5000 + "z"]


def real_texts(rng, folder):
    for path in sorted(glob.glob(os.path.join(folder, "docs", "*"))):
        if path.endswith(".gz"):
            data = gzip.open(path).read()
        elif path.endswith(".zst"):
            try:
                data = subprocess.run(["zstd", "-dcq", path], check=True,
                                      stdout=subprocess.PIPE).stdout
            except OSError:
                continue
        else:
            data = open(path, "rb").read()
        lines = data.splitlines()
        for line in rng.sample(lines, min(len(lines), 40)):
            text = json.loads(line)["text"]
            at = rng.randrange(max(1, len(text) - 2000))
            yield "".join(c for c in text[at:at + 2000] if known(c))


def compare(program, number, name, texts):
    texts = list(texts)
    for text, got in zip(texts, ask(program, texts)):
        wanted = tokens(text)
        if got != wanted:
            print("not ok %d - %s" % (number, name))
            print("# text %s" % ascii(text)[:600])
            for a, b in zip(wanted + [None] * 3, got + [None] * 3):
                if a != b:
                    print("# twin %s, program %s" % (ascii(a), ascii(b)))
                    break
            return False
    print("ok %d - %s (%d texts)" % (number, name, len(texts)))
    return True


def main(program):
    seed = int(os.environ.get("STET_TEST_SEED", "0")) or \
        random.SystemRandom().randrange(1, 1 << 32)
    count = int(os.environ.get("STET_TEST_COUNT", "6000"))
    rng = random.Random(seed)
    folder = os.environ.get("STET_TEST_DATA", "")
    print("1..2\n# STET_TEST_SEED=%d, Unicode %s" % (seed, U.unidata_version))
    good = compare(program, 1, "random text", random_texts(rng, count))
    if os.path.isdir(os.path.join(folder, "docs")):
        good &= compare(program, 2, "real documents", real_texts(rng, folder))
    else:
        print("ok 2 - real documents # SKIP no folder STET_TEST_DATA")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
