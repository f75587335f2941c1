"""A workspace in which everything that has a name or a text attacks the terminal:
every string of attacks.py stands, with its number before it ("N017"), in each
place that takes it. So a screen tells which attacks it has shown."""
import hashlib
import json
import os
import random
import re
import subprocess

from attacks import as_bytes, as_name, attacks, is_well_formed
from program import STET

NUMBER = re.compile(r"N(\d\d\d)")
NAME_MAX = 128  # bytes of a tag, a reviewer, a queue
BLANKS = ((0x80, 0xa0), (0xad, 0xad), (0x61c, 0x61c), (0x1680, 0x1680), (0x180e, 0x180e),
          (0x2000, 0x200f), (0x2028, 0x202f), (0x205f, 0x206f), (0x3000, 0x3000),
          (0xd800, 0xdfff), (0xfeff, 0xfeff), (0xfff9, 0xffff), (0xe0000, 0xe0fff))
SPECIAL = 4     # records
PACK = 24       # attacks in one text
CONFIG = """[policy]
	dwell = 0
	blind = off
	leads = kim
	mask = toxicity:0.98..
[desk]
	mouse = on
[score "toxicity"]
	threshold = 0.8
	range = 0..1
	bad = high
"""


def numbers(text):
    return {int(number) for number in NUMBER.findall(text)}


def marked(number, text):
    return "N%03d%s" % (number, text)


def cut(text, limit):
    """To so many bytes."""
    while len(as_bytes(text)) > limit:
        text = text[:-1]
    return text


def packed(pieces, limit):
    """Joined as long as they have room."""
    packs = []
    for piece in pieces:
        piece = cut(piece, limit)
        if packs and len(as_bytes(packs[-1] + piece)) <= limit:
            packs[-1] += piece
        else:
            packs.append(piece)
    return packs


def is_plain(char):
    """Neither control, blank nor invisible format character."""
    return not any(first <= ord(char) <= last for first, last in BLANKS)


def is_tag(text):
    return all(is_plain(char) if char > "\x7f" else char.isalnum() or char in "-_/.:"
               for char in text)


def is_reviewer(text):
    return all(is_plain(char) if char > "\x7f" else " " <= char not in "\x7f," for char in text)


def quoted(text):
    """A name or a value of a configuration file."""
    text = text.replace("\0", "").replace("\\", "\\\\").replace('"', '\\"')
    return '"%s"' % text.replace("\n", "\\n")


class Hostile:
    def __init__(self, folder):
        self.folder = folder
        self.rng = random.Random(1)
        self.pieces = [marked(number, text) for number, (_, text) in enumerate(attacks())]
        self.count = len(self.pieces)
        self.tags = [cut(piece, NAME_MAX) for piece in self.pieces if is_tag(piece)]
        self.reviewers = [cut(piece, NAME_MAX).strip() for piece in self.pieces
                          if is_reviewer(piece)]
        self.templates = [piece.replace("\n", "").replace("\0", "") for piece in self.pieces]
        self.packs = self.make_packs()
        self.env = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8", STET_REVIEWER="kim",
                        XDG_STATE_HOME=folder, XDG_CONFIG_HOME=folder, HOME=folder,
                        ASAN_OPTIONS="handle_segv=0:handle_abort=0")
        self.env.pop("VISUAL", None)
        self.env.pop("NO_COLOR", None)

    def stet(self, *args, status=0):
        done = subprocess.run([STET, args[0], "-C", self.folder, *args[1:]], env=self.env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if status is not None and done.returncode != status:
            raise RuntimeError("stet %r: %r" % (args, done.stderr))
        return done

    def write(self, name, data):
        path = os.path.join(os.fsencode(self.folder), name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def record(self, number, piece):
        return {"id": piece, "source": piece, "text": piece + " and some plain words.",
                "metadata": {"lang": piece[:40], piece: piece},
                "attributes": {"toxicity": number % 97 / 100,
                               "toxic_spans": [[0, 4, 0.9], [6, 12, 0.5]]}}

    def pack(self, number, pieces):
        text = "\n".join(pieces)
        return {"id": "pack%02d" % number, "source": "packs", "text": text,
                "metadata": dict([("lang", "en")] + [(piece, piece) for piece in pieces]),
                "attributes": {"toxicity": 0.95, "toxic_spans": [[0, 9, 0.95], [12, 20, 0.5]]}}

    def make_packs(self):
        """Records with several attacks, and SPECIAL for some views."""
        packs = []
        well = [piece for piece in self.pieces if is_well_formed(piece)]
        bad = [piece for piece in self.pieces if not is_well_formed(piece)]
        for pieces in (well, bad):
            for at in range(0, len(pieces), PACK):
                packs.append(self.pack(len(packs), pieces[at:at + PACK]))
        packs.append(dict(self.pack(0, well[:PACK]), id="covered",
                               attributes={"toxicity": 0.99}))
        packs.append(dict(self.pack(0, []), id="wide", text="\u200djoined " + "w" * 3000))
        packs.append(dict(self.pack(0, []), id="handed", text="to a lead"))
        # One near another, for the view of copies.
        packs.append(dict(packs[0], id="copy", text=packs[0]["text"] + " more"))
        return packs

    def shards(self):
        names = packed([os.fsdecode(as_name(piece)) for piece in self.pieces], 200)
        lines = [json.dumps(self.record(*pair), ensure_ascii=False)
                 for pair in zip(range(self.count), self.pieces)]
        paths = [self.write(os.fsencode(name + ".jsonl"),
                            as_bytes("\n".join(lines[at::len(names)]) + "\n"))
                 for at, name in enumerate(names)]
        paths.append(self.write(b"packs.jsonl", as_bytes("".join(
            json.dumps(pack, ensure_ascii=False) + "\n" for pack in self.packs))))
        return paths

    def config(self, most):
        lines = []
        for name, piece in list(zip(self.templates, self.pieces))[:most]:
            lines.append("[template %s]\n\ttext = %s\n\tat = start\n" % (quoted(name), quoted(piece)))
        self.write(b"guide.md", as_bytes("\n".join(self.pieces) + "\n"))
        for tag in self.tags[:most]:
            lines.append("[tag %s]\n\tguide = guide.md\n" % quoted(tag))
        lines.append("[rewrite]\n\tplaceholder = %s\n" % quoted(self.pieces[100]))
        with open(os.path.join(self.folder, ".stet", "config"), "ab") as config:
            config.write(as_bytes(CONFIG + "".join(lines)))

    def line(self, pack, reviewer, kind, **more):
        self.lamport += 1
        line = {"uuid": "%08x-0000-7000-8000-%012x" % (self.rng.getrandbits(32), self.lamport),
                "lamport": self.lamport, "at": "2026-01-01T00:00:00Z", "reviewer": reviewer,
                "kind": kind, "how": "read",
                "item": {"source": pack["source"], "id": pack["id"],
                         "text": hashlib.sha256(as_bytes(pack["text"])).hexdigest()}}
        line.update(more)
        return json.dumps(line) + "\n"

    def journal(self):
        self.lamport = 0
        lines = []
        packs = [pack for pack in self.packs if is_well_formed(pack["text"])]
        for number, reviewer in enumerate(self.reviewers):
            pack = packs[number % len(packs)]
            lines.append(self.line(pack, reviewer, "verdict", value=("good", "bad")[number % 2]))
            lines.append(self.line(pack, reviewer, "verdict", value=("bad", "good")[number % 2])
                         if number % 5 == 0 else "")
        for number, tag in enumerate(self.tags):
            lines.append(self.line(packs[number % len(packs)], "lee", "tag", value=tag))
        for pack in packs:
            for who in ("lee", "kim"):
                lines.append(self.line(pack, who, "note", text=pack["text"], reason=pack["text"][:200]))
            lines.append(self.line(pack, "lee", "verdict", value="bad", reason=pack["text"][:900]))
            lines.append(self.line(pack, "kim", "verdict", value="good", reason=pack["text"][:900]))
        lines.append(self.line(packs[-3], "lee", "send-back", value="kim", reason=self.pieces[3]))
        lines.append(self.line(packs[-2], "kim", "escalate", reason=self.pieces[3]))
        self.write(b"journal", "".join(lines).encode())
        self.stet("merge", os.path.join(self.folder, "journal"))

    def proposals(self):
        rows = [{"id": pack["id"], "text": pack["text"][::-1], "model": pack["text"][:60],
                 "style": pack["text"][60:100]}
                for pack in self.packs if is_well_formed(pack["text"])]
        self.write(b"proposed", "".join(json.dumps(row) + "\n" for row in rows).encode())
        self.stet("import", "proposals", os.path.join(self.folder, "proposed"), status=None)

    def queues(self, most):
        for name in self.tags[:most]:
            self.stet("queue", "save", name, "id:pack*")

    def make(self, queues=None, names=None):
        """`names`: how many templates and tags are configured; every command reads them."""
        self.stet("index", "-qy", *self.shards())
        self.config(names)
        self.journal()
        self.proposals()
        self.queues(queues)
        return self

    def verdicts(self):
        """How many the journal has."""
        return self.stet("log", "--json").stdout.count(b'"kind":"verdict"')
