"""Strings that attack a terminal or a display, generated: each with a name. What
JSON, argv or a file cannot hold of one (NUL, ill-formed bytes) is its user's
business: `text` has the bytes as surrogates, as in PEP 383."""

BEL, ST, C1_ST = "\x07", "\x1b\\", "\x9c"


def raw(data):
    """Bytes as a string that encodes to them again."""
    return data.decode("utf-8", "surrogateescape")


def controls():
    for cp in list(range(0x20)) + [0x7f]:
        yield "C0 %02X" % cp, "a%sb" % chr(cp)
    for cp in range(0x80, 0xa0):
        yield "C1 %02X" % cp, "a%sb" % chr(cp)
        yield "raw C1 %02X" % cp, "a%sb" % raw(bytes([cp]))
    for name, text in (("CR over", "good\rBAD "), ("BS over", "good" + "\b" * 40 + "BAD"),
                       ("BS blank BS", "a\b \b" * 9), ("CRLF", "a\r\nb\r\n"),
                       ("LF CR", "a\n\rb"), ("CRs", "\r" * 20), ("TABs", "\t" * 30 + "x"),
                       ("TAB BS", "\t\b" * 10), ("VT FF", "a\v\v\f\fb"),
                       ("NEL", "a\x85b"), ("LS PS", "a\u2028b\u2029c"),
                       ("NULs", "\0" * 20), ("DELs", "\x7f" * 20),
                       ("SO SI", "\x0eqqq\x0fqqq"), ("CAN SUB", "\x1b[31\x18m\x1b[31\x1am")):
        yield name, text


def escapes():
    for cp in range(0x30, 0x7f):
        yield "ESC %s" % chr(cp), "a\x1b%sb" % chr(cp)
    for middle in " #%()*+-./":
        yield "ESC %s 8" % middle, "a\x1b%s8b" % middle
    for cp in range(0x40, 0x7f):
        yield "CSI %s" % chr(cp), "a\x1b[2%sb" % chr(cp)
        if cp % 3 == 0:
            yield "C1 CSI %s" % chr(cp), "a\x9b2%sb" % chr(cp)
            yield "raw C1 CSI %s" % chr(cp), "a" + raw(b"\x9b") + "2%sb" % chr(cp)
    for what in ("?1049h", "?1049l", "?25l", "?1000h", "?1006h", "?2004l", "?2026h", "?47h",
                 "?5h", "?3h", "!p", ">c", "c", "5n", "6n", "?6n", "20t", "21t", "22;0t", "8;1;1t",
                 "3J", "2J", "1;1H", "999;999H", "999D", "1;1r", "4h", "7m", "38;2;1;2;3m", "8m",
                 "0 q", "\"p", "$p", "?1$p", ">4;1m", "?u", "=1u", "12l", "2 q", "61\"p", ";;;;m",
                 "1" * 200 + "m", "", "?", "1;"):
        yield "CSI " + what[:10], "a\x1b[%sb" % what


def strings():
    for number in (0, 1, 2, 4, 7, 8, 9, 10, 11, 12, 50, 52, 104, 133, 777, 1337):
        for end, word in ((BEL, "BEL"), (ST, "ST"), (C1_ST, "C1 ST"), ("", "no end")):
            yield "OSC %d %s" % (number, word), "a\x1b]%d;c;eA==%sb" % (number, end)
        yield "C1 OSC %d" % number, "a\x9d%d;x%sb" % (number, C1_ST)
    yield "OSC 8", "\x1b]8;;http://example.org/\x07link\x1b]8;;\x07"
    for intro, c1, word in (("P", "\x90", "DCS"), ("X", "\x98", "SOS"), ("^", "\x9e", "PM"),
                            ("_", "\x9f", "APC")):
        for end in (ST, C1_ST, BEL, ""):
            yield word, "a\x1b%s1$qm%sb" % (intro, end)
        yield "C1 " + word, "a%s+q544e%sb" % (c1, C1_ST)
    yield "tmux passthrough", "\x1bPtmux;\x1b\x1b]0;x\x07\x1b\\"
    yield "screen title", "\x1bktitle\x1b\\"
    yield "sixel", "\x1bPq#0;2;0;0;0#0~~@@vv\x1b\\"


def invisible():
    for cp in (0x061c, 0x200e, 0x200f, *range(0x202a, 0x202f), *range(0x2066, 0x206a)):
        yield "bidi U+%04X" % cp, "a%cb" % cp
        yield "bidi storm U+%04X" % cp, ("%c" % cp) * 80 + "x"
    yield "trojan source", "/*\u202e } \u2066if (admin)\u2069 \u2066 begin */"
    for cp in (0xad, 0x34f, 0x115f, 0x1160, 0x17b4, 0x17b5, *range(0x180b, 0x1810), 0x200b, 0x200c,
               0x200d, *range(0x2060, 0x2066), *range(0x206a, 0x2070), 0x3164, 0xfeff, 0xffa0,
               0xfff9, 0xfffa, 0xfffb, 0xfffc, 0x1bca0, 0x1d173, 0x1d17a):
        yield "zero width U+%04X" % cp, "a%cb%cc" % (cp, cp)
    for cp in (0xe0001, 0xe0020, 0xe0041, 0xe007e, 0xe007f, 0xe0100, 0xe01ef, 0xe0fff):
        yield "tag U+%X" % cp, "a%cb" % cp
    yield "tag words", "see" + "".join(chr(0xe0000 + ord(c)) for c in "ignore the rules") + "\U000e007f"
    for cp in range(0xfe00, 0xfe10):
        yield "selector U+%X" % cp, "a%cb" % cp
    for cp in (0xe000, 0xf8ff, 0xf0000, 0x10fffd, 0xfdd0, 0xfffe, 0xffff, 0x1fffe, 0x10ffff, 0x378,
               0xfffd):
        yield "odd U+%X" % cp, "a%cb" % cp


def ill_formed():
    for data in (b"\x80", b"\xbf", b"\xc0\xaf", b"\xc1\xbf", b"\xc3", b"\xc3(", b"\xe0\x80\xaf",
                 b"\xe0\x9f\xbf", b"\xe2\x82", b"\xe2(\xa1", b"\xed\xa0\x80", b"\xed\xbf\xbf",
                 b"\xed\xa0\xbd\xed\xb8\x80", b"\xf0\x80\x80\xaf", b"\xf0\x8f\xbf\xbf",
                 b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80",
                 b"\xfc\x84\x80\x80\x80\x80", b"\xfe", b"\xff", b"\xfe\xff", b"\xff\xfe\x00\x00",
                 b"\xc2\x9b2J"[1:], b"\xe2\x1b[2J", b"\xf0\x9f\x1b]0;x\x07", b"\xc3\x1b\x9b2J",
                 bytes(range(0x80, 0xc0)), bytes(range(0xc0, 0x100))):
        yield "bytes " + data[:5].hex(), "a" + raw(data) + "b"


def clusters():
    for base in "ae\u0e01\u05d0\u0643\u4e2d\U0001f600 1":
        for count in (1, 5, 60, 400):
            yield "%d marks" % count, base + ("\u0301\u0323\u20dd\u0489" * count)[:count] + "b"
    for cp in (0x301, 0x20dd, 0x20e3, 0x489, 0x0e31, 0x5b0, 0x64b, 0xfe20, 0x1f3fb, 0x1d165):
        yield "mark without base", "%cb" % cp
    for key in "0123456789#*":
        yield "keycap " + key, "a%s\ufe0f\u20e3b" % key
        yield "half keycap " + key, "a%s\u20e3b" % key
    for name, text in (("family", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"),
                       ("rainbow flag", "\U0001f3f3\ufe0f\u200d\U0001f308"),
                       ("skin", "\U0001f44d\U0001f3fd\U0001f44d\U0001f3ff"),
                       ("heart", "\u2764\ufe0f\u200d\U0001f525\u2764\ufe0e"),
                       ("flags", "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7\U0001f1e9"),
                       ("England", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"),
                       ("joiners", "\u200d" * 50 + "\U0001f468" + "\u200d" * 50),
                       ("text emoji", "\u263a\ufe0e\u263a\ufe0f\u263a"),
                       ("jamo", "\u1112\u1161\u11ab\u1100\u1161\u11a8" * 5),
                       ("jamo run", "\u1100" * 30 + "\u1161" * 30), ("halfwidth", "\uff76\uff9e\uff8a\uff9f"),
                       ("wide", "\uff21\uff22\u3000\u4e2d\u6587" * 20), ("hexagrams", "\u4dc0\u4dff\u3248"),
                       ("ambiguous", "\u00a1\u2026\u2500\u2588\u25cf\u2605"),
                       ("Arabic", "\u0627\u0644\u0633\u0644\u0627\u0645 \ufdfa"),
                       ("Hebrew", "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd abc"),
                       ("Thai", "\u0e01\u0e33\u0e49\u0e33 \u0e17\u0e35\u0e48"),
                       ("Devanagari", "\u0915\u094d\u0937\u093f \u0939\u093f\u0928\u094d\u0926\u0940"),
                       ("Tibetan", "\u0f66\u0f92\u0fb1\u0f74\u0f7c"), ("Zalgo", "Z" + "\u0336\u0315\u0358" * 99),
                       ("cuneiform", "\U0001202b\U00012031"), ("three-em dash", "\u2e3b" * 9),
                       ("bismillah", "\ufdfd" * 9), ("musical", "\U0001d15e\U0001d1bb")):
        yield name, text


def forged():
    """Words and marks of the desk itself, and what other readers act on."""
    for text in ("<U+202E>", "^[[2J", "\\x9B", "[-old-]{+new+}", "saved 99", "UNSAVED 3", "BAD", "!",
                 ">=.80", "* marked", "> cursor", " -- d000 ", "+topic", "~" * 200, "%s%n%x%99999d",
                 "$(id)`id`", "'; DROP TABLE journal; --", "\"\\\"", "{\"id\":1}", "-rf", "--help",
                 "../../../../etc/passwd", "A" * 5000, " " * 300 + "x", "a b", "\ufeff# heading",
                 "\u2500" * 300, "q" * 79, "%text%%id%", "id:x sort:y", "/(a+)+$/", "(" * 300, "\"" * 9,
                 "\u0130\u0131\u1e9e\u00df\ufb03", "\U0001d400\U0001d7d8", "\u212a\u017f", "\u0390" * 50):
        yield "forged", text


def attacks():
    """[(name, text)], the same each time."""
    found = []
    seen = set()
    for source in (controls, escapes, strings, invisible, ill_formed, clusters, forged):
        for name, text in source():
            if text not in seen:
                seen.add(text)
                found.append((name, text))
    return found


def is_well_formed(text):
    return not any("\ud800" <= char <= "\udfff" for char in text)


def as_bytes(text):
    return text.encode("utf-8", "surrogateescape")


def as_argument(text):
    """What argv can hold of it."""
    return as_bytes(text.replace("\0", "")) or b"x"


def as_name(text):
    """What a file's name can hold of it."""
    return as_argument(text).replace(b"/", b"_")[:120]
