"""The desk on other kinds of terminal: it starts, or says in plain words why not;
takes keys; writes nothing but text, what terminfo says of that terminal, and a
short list of sequences of its own; and leaves the terminal as it was.

usage: terminals.py [--long] [TERM...]
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from hostile_desk import Hostile  # noqa: E402
from program import REPORT, STET, Tap, forbidden  # noqa: E402
from terminal import DRIVE, Pty  # noqa: E402

PATIENCE_MS = 20000
TERMS = ("xterm-256color", "tmux-256color", "screen", "linux", "vt100", "dumb", "nonsense",
         "x\x1b[2J")
MORE_TERMS = ("xterm", "screen-256color", "vt220", "rxvt", "", "../../etc/passwd", "x" * 300)
STANDS_IN = "xterm-256color"  # for a name that terminfo does not know
# Bracketed paste, synchronized output, the mouse: on and off, whatever terminfo says.
OWN = [rb"\x1b\[\?2004[hl]", rb"\x1b\[\?2026[hl]", rb"\x1b\[\?1000[hl]", rb"\x1b\[\?1006[hl]",
       rb"[\r\n]"]
ESCAPES = {b"E": b"\x1b", b"e": b"\x1b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b",
           b"f": b"\f", b"s": b" ", b"a": b"\a", b"0": b"\0"}


def unescaped(text):
    """The bytes of a capability as infocmp prints it."""
    out = b""
    for part in re.finditer(rb"\\(\d{3})|\\(.)|\^(.)|(.)", text, re.S):
        octal, named, control, plain = part.groups()
        if octal:
            out += bytes([int(octal, 8) & 0xff])
        elif named:
            out += ESCAPES.get(named, named)
        elif control:
            out += b"\x7f" if control == b"?" else bytes([ord(control) & 0x1f])
        else:
            out += plain
    return out


def pattern(capability):
    """What tputs() can make of it: its constant pieces, numbers between them; with
    conditions, any of the pieces between the first and the last."""
    capability = re.sub(rb"\$<[^>]*>", b"", capability)
    parts = re.split(rb"%(?:p\d|i|[-+*/m&|^=><AO!~?te;lcs%d]|:?[-+# 0]*\d*(?:\.\d+)?[doxXsc]|"
                     rb"P[a-zA-Z]|g[a-zA-Z]|'.'|\{\d+\})", capability, flags=re.S)
    pieces = [re.escape(part) for part in parts if part]
    if len(parts) == 1:
        return re.escape(capability)
    if not pieces:
        return None
    between = b"(?:" + b"|".join([b"[0-9]"] + pieces) + b")*"
    return pieces[0] + between if b"%?" not in capability else between


def known(term):
    """The output capabilities of a terminal's entry; None: there is none."""
    done = subprocess.run(["infocmp", "-1", "-x", term], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    if done.returncode != 0:
        return None
    found = re.findall(rb"^\t(\w+)=(.*),$", done.stdout, re.M)
    # Keys are input; what they are is not to be sent.
    return [(name, unescaped(text)) for name, text in found
            if not re.match(rb"k[A-Za-z0-9]|kcu", name) and text]


def strangers(output, term):
    """Control characters and sequences that neither the entry nor OWN has."""
    patterns = {pattern(text) for _, text in known(term)} | set(OWN)
    allowed = [re.compile(one, re.S) for one in patterns if one]
    text = re.compile(rb"[\x20-\x7e\x80-\xff]+")
    at = 0
    found = []
    while at < len(output) and len(found) < 5:
        plain = text.match(output, at)
        # The longest: one sequence may begin as another does.
        end = plain.end() if plain else max(
            match.end() if match else at for match in (one.match(output, at) for one in allowed))
        if end == at:
            found.append("%r at byte %d, after %r" % (output[at:at + 12], at,
                                                      output[max(0, at - 30):at]))
            end = at + 1
        at = end
    return found


class Terminals:
    def __init__(self, top):
        self.raw = os.path.join(top, "raw")
        folder = os.path.join(top, "work")
        os.mkdir(folder)
        self.hostile = Hostile(folder)
        self.hostile.make(3, names=30)
        self.tap = Tap()

    def desk(self, term):
        # For the console's mouse curses takes in libgpm, and leaks.
        env = dict(self.hostile.env, TERM=term, ASAN_OPTIONS="detect_leaks=%d" % (term != "linux"))
        return Pty([STET, "desk", "-C", self.hostile.folder, "id:pack00"], cols=90, rows=30, env=env,
                   record=self.raw)

    def refused(self, term):
        """It does not draw, and says what to do instead."""
        problems = []
        with self.desk(term) as pty:
            status = pty.wait(PATIENCE_MS)
            if status != ("exited", 69):
                problems.append("%s %d, not exited 69" % status)
            problems += ["left on: " + word for word in pty.left_on()]
        said = self.output()
        found = forbidden(said.replace(b"\r\n", b"\n"))
        if found:
            problems.append(found)
        if b"use the subcommands" not in said:
            problems.append("it says %r" % said)
        return problems

    def output(self):
        with open(self.raw, "rb") as raw:
            return raw.read()

    def drawn(self, term, entry):
        problems = []
        with self.desk(term) as pty:
            for keys, sign in (("", " pack00 "), ("?", "help:"), ("undo", "help: undo"), ("\\e", "x bad"),
                               ("X", "saved 1"), ("p", "x bad"), ("p", "x bad"), ("I", "metadata"),
                               ("q", "x bad"), ("rnew words ", "new words"), ("\\x13", "new words"),
                               ("-", "x bad"), ("t", "tags and actions"), ("\\e", "x bad"),
                               ("i", "threshold-up"), ("q", "x bad"), ("=", "similar to"), ("q", "x bad"),
                               (":set drawing ascii\\r", "x bad"), (":set theme mono\\r", "x bad")):
                pty.send(keys)
                if not pty.until(sign, PATIENCE_MS):
                    problems.append("%r: no %r:\n%s" % (keys, sign, "\n".join(pty.screen())))
                    break
                pty.quiet(60, 1000)
            pty.send("Q")
            status = pty.wait(PATIENCE_MS)
            if status != ("exited", 0):
                problems.append("%s %d" % status)
            problems += ["left on: " + word for word in pty.left_on()]
        output = self.output()
        problems += strangers(output, entry)
        report = REPORT.search(output.decode("utf-8", "replace"))
        if report:
            problems.append(report.string[report.start():][:1500])
        if term != entry and b"TERM" not in output and b"not known" not in output:
            problems.append("it does not say that it stands in for another")
        return problems

    def check(self, terms):
        for term in terms:
            entry = term if term and "/" not in term and known(term) else STANDS_IN
            problems = self.refused(term) if term == "dumb" else self.drawn(term, entry)
            self.tap.check(problems, "TERM=%s" % ascii(term)[:40])
        return self.tap.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true",
                        default=bool(os.environ.get("STET_TEST_LONG")))
    parser.add_argument("terms", nargs="*")
    options = parser.parse_args()
    if not os.path.exists(DRIVE):
        print("1..0 # SKIP the pseudo-terminal needs libvterm-dev")
        return 0
    if not shutil.which("infocmp") or known(STANDS_IN) is None:
        print("1..0 # SKIP infocmp or the entry of xterm-256color was not found")
        return 0
    top = tempfile.mkdtemp(prefix="stet-terminals-")
    try:
        return Terminals(top).check(
            options.terms or TERMS + (MORE_TERMS if options.long else ()))
    finally:
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
