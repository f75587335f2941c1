"""The desk on a pseudo-terminal with hostile texts: every document in every
view and pane, every byte judged; then sizes from 1x1, ^Z and deadly signals in
each view: the terminal is as it was, and no decision is lost.

usage: hostile_pty.py [--long] [--seed N]
"""
import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from program import REPORT, STET, Tap, has_sanitizer  # noqa: E402
from terminal import DRIVE, Pty  # noqa: E402

FILES = ("naughty-strings.jsonl", "terminal-escapes.jsonl", "terminal-escapes-raw.jsonl",
         "terminal-escapes-fields.jsonl", "unicode.jsonl", "surrogates.jsonl",
         "utf8-stress.jsonl", "nul.jsonl")
NASTY = "\x1b]0;x\x07\x9b2J\u202e\u2066\u200b\u2028\ufeff\U000e0041"
ESC, ENTER, TAB = "\\e", "\\r", "\\t"
PASTED = "\\e[200~" + "".join("\\x%02x" % byte for byte in NASTY.encode()) + "\\e[201~"

# How each view is reached from the list, and left.
VIEWS = {
    "list": ("", ""),
    "document": (TAB, TAB),
    "whole document": (TAB + "p", "p" + TAB),
    "help": ("?", ESC),
    "tags": ("t", ESC),
    "order": ("o", ESC),
    "note": ("chalf a note", ESC),
    "query": ("fsome words", ESC),
    "find": ("/some", ESC),
    "command": (":qu", ESC),
    "span": (TAB + "vw", ESC + TAB),
    "diff": ("D", "q"),
    "editor": ("r", ESC),
    "log": (":log\\r", "q"),
    "audit": (":audit\\r", "q"),
    "blank": ("\\e[24~", "j"),
}
SIZES = ((1, 1), (2, 1), (1, 2), (3, 3), (8, 2), (20, 5), (39, 10), (80, 24), (119, 30),
         (120, 40), (200, 60), (80, 1), (5, 60))
DEADLY = (signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, signal.SIGINT, signal.SIGQUIT)


class Desk:
    def __init__(self, options, hostile):
        self.options = options
        self.rng = random.Random(options.seed)
        self.tap = Tap()
        self.problems = []
        self.folder = tempfile.mkdtemp(prefix="stet-pty-")
        self.slow = 6 if has_sanitizer() else 2
        for name in FILES:
            shutil.copy(os.path.join(hostile, name), self.folder)
        self.editor = os.path.join(self.folder, "editor")
        with open(self.editor, "w") as script:
            script.write('#!/bin/sh\nfor file; do :; done\n'
                         "printf 'rewritten \\033]0;t\\007 \\302\\2332J' >>\"$file\"\n")
        os.chmod(self.editor, 0o700)
        self.env = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8", EDITOR=self.editor,
                        STET_REVIEWER="kim", XDG_STATE_HOME=self.folder, HOME=self.folder)
        # A crash is to be seen as the kernel's, not as the sanitizer's.
        self.env["ASAN_OPTIONS"] = "handle_segv=0:handle_abort=0"
        self.env.pop("VISUAL", None)
        self.env.pop("NO_COLOR", None)
        self.stet("index", "-q", *[os.path.join(self.folder, name) for name in FILES])
        # What data can hold, in the places that reviewers fill.
        first = "at:terminal-escapes.jsonl:0"
        self.stet("tag", "+topic", first)
        self.stet("note", NASTY, first)
        with open(os.path.join(self.folder, ".stet", "config"), "a") as config:
            config.write("[policy]\n\tdwell = 0\n[desk]\n\tmouse = on\n")
        out = self.stet("search", "-n", "0", "--json", "sort:shard").stdout.decode()
        self.ids = [json.loads(line)["id"] for line in out.splitlines()]
        self.documents = len(self.ids)

    def stet(self, *args):
        return subprocess.run([STET, args[0], "-C", self.folder, *args[1:]], env=self.env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def open(self, *query, cols=100, rows=30, env=None):
        raw = os.path.join(self.folder, "raw")
        return Pty([STET, "desk", "-C", self.folder, *query], cols=cols, rows=rows,
                   env=dict(self.env, **(env or {})), record=raw)

    def ready(self, pty, what, word):
        if not pty.until(word, 3000 * self.slow):
            self.problems.append("%s: no '%s' on the screen:\n%s"
                                 % (what, word, self.seen(pty)))
            return False
        return True

    @staticmethod
    def seen(pty):
        return "\n".join(row for row in pty.screen() if row.strip())

    def keys(self, pty, keys, quiet=20):
        pty.send(keys)
        pty.quiet(quiet * (2 if self.slow > 2 else 1), 3000)

    def leave(self, pty, what):
        """Q ends it with 0; nothing is left on; all bytes were good."""
        self.keys(pty, ESC, 40)
        self.keys(pty, ESC, 40)
        pty.send("Q")
        self.ended(pty, what, ("exited", 0))

    def ended(self, pty, what, wanted):
        status = pty.wait(3000 * self.slow)
        if status != wanted:
            self.problems.append("%s: %s %d, not %s %d:\n%s" % (
                (what,) + status + wanted + (self.seen(pty), )))
        left = pty.left_on()
        if left:
            self.problems.append("%s: left on: %s" % (what, " ".join(left)))
        self.judge(pty, what)

    def judge(self, pty, what):
        for finding in pty.findings()[:5]:
            self.problems.append("%s: %s" % (what, finding))
        with open(os.path.join(self.folder, "raw"), "rb") as raw:
            text = raw.read().decode("utf-8", "replace")
        found = REPORT.search(text)
        if found:
            self.problems.append("%s: %s" % (what, text[found.start():][:1500]))

    def done(self, name):
        self.tap.check(self.problems, name)
        self.problems = []

    def every_document(self, cols, rows):
        """Each is shown in the list, the text pane and the scores."""
        with self.open("sort:shard", cols=cols, rows=rows) as pty:
            if self.ready(pty, "start", "1/%d" % self.documents):
                for number in range(2, self.documents + 1):
                    pty.send("J")
                    # The header, when the document is there; not the list.
                    name = self.ids[number - 1]
                    plain = isinstance(name, str) and re.fullmatch(r"[a-z0-9-]{1,25}", name)
                    if not self.ready(pty, "document %d" % number,
                                      " -- %s " % name if plain and cols > 60
                                      else " %d/%d" % (number, self.documents)):
                        break
                    if not plain or cols <= 60:
                        pty.quiet(15, 500)
            self.leave(pty, "every document")
        self.done("%d documents at %dx%d" % (self.documents, cols, rows))

    def every_view(self, query, count):
        with self.open(query, cols=110) as pty:
            if not self.ready(pty, query, "1/"):
                self.done("every view of " + query)
                return
            for _ in range(count):
                for name, (enter, back) in VIEWS.items():
                    if name == "diff":
                        continue
                    self.keys(pty, enter, 10)
                    self.keys(pty, "Wj" if name.endswith("document") else "", 10)
                    self.keys(pty, back, 30 if ESC in back else 10)
                self.keys(pty, TAB + "pWGg;,nwW" + "jk" + "p" + TAB, 10)
                self.keys(pty, "A", 10)
                self.keys(pty, "J", 10)
            self.leave(pty, query)
        self.done("every view of " + query)

    def words_everywhere(self):
        """Hostile words pasted and typed into each prompt, and the errors."""
        with self.open("terminal OR cursor OR red") as pty:
            pty.quiet(200, 5000)
            for enter in ("f", "/", ":", ":queue save ", ":tag +", ":queue ", ":dump /dev/full/",
                          "c", "*", ":drop ", "f\"", "fNEAR(", "fzz:1..", "t"):
                self.keys(pty, enter)
                self.keys(pty, PASTED)
                self.keys(pty, ENTER)
                self.keys(pty, ESC, 40)
                self.keys(pty, ESC, 40)
            # History, shown again.
            for enter in ("f", "/", ":", "c"):
                self.keys(pty, enter)
                for _ in range(4):
                    self.keys(pty, "\\eOA", 10)
                self.keys(pty, ESC, 40)
                self.keys(pty, ESC, 40)
            self.keys(pty, "\\xff\\xc3\\x28\\xc2\\x9b\\x00\\x7f")
            self.leave(pty, "words")
        self.done("hostile words in prompts, history and errors")

    def rewrite(self):
        with self.open("id:esc-clear-screen") as pty:
            self.ready(pty, "rewrite", "esc-clear-screen +topic")
            self.keys(pty, "E", 300)
            if not pty.until("rewritten", 3000 * self.slow):
                self.keys(pty, "D", 100)
            self.ready(pty, "rewrite", "rewritten")
            self.keys(pty, "jjGgW")
            self.keys(pty, "+", 100)
            self.keys(pty, "D", 100)
            self.keys(pty, "q")
            self.leave(pty, "rewrite")
        log = self.stet("log").stdout.decode()
        if "rewrite" not in log:
            self.problems.append("no rewrite in the log: " + log[-300:])
        self.done("a rewrite and its diff")

    def sizes(self):
        for name, (enter, back) in VIEWS.items():
            with self.open("id:esc*") as pty:
                if not self.ready(pty, name, "1/"):
                    continue
                self.keys(pty, enter)
                sizes = list(SIZES) * (4 if self.options.long else 1)
                self.rng.shuffle(sizes)
                for cols, rows in sizes:
                    pty.size(cols, rows)
                    if self.rng.random() < .3:
                        pty.quiet(10, 500)
                        pty.send(self.rng.choice(("j", "k", "\\e[6~", "W")))
                pty.size(100, 30)
                pty.quiet(50, 3000)
                if pty.wait(0)[0] != "runs":
                    self.problems.append("%s: it ended at a size" % name)
                self.keys(pty, back, 40)
                self.leave(pty, "sizes, " + name)
        self.done("sizes from 1x1 to 200x60 in %d views" % len(VIEWS))

    def stopped(self, name, pty):
        """^Z by key and by signal: the shell's terminal, then the desk again."""
        if self.rng.random() < .5:
            pty.signal(signal.SIGTSTP)
        else:
            pty.send("\\x1a")
        status = pty.wait(3000 * self.slow)
        if status[0] != "stopped":
            self.problems.append("%s: ^Z: %s %d" % ((name,) + status))
            return
        left = pty.left_on()
        if left:
            self.problems.append("%s: stopped, left on: %s" % (name, " ".join(left)))
        pty.size(90, 28)
        pty.resume()
        pty.quiet(100, 3000)
        if not any(row.strip() for row in pty.screen()) and not name.startswith("blank"):
            self.problems.append("%s: nothing is drawn after fg" % name)

    def signals(self):
        plan = [(name, number) for name in VIEWS
                for number in (DEADLY if self.options.long
                               else (self.rng.choice(DEADLY), ))]
        before = self.verdicts()
        for turn, (name, number) in enumerate(plan):
            what = "%s, signal %d" % (name, number)
            with self.open("is:unjudged shard:naughty*") as pty:
                if self.ready(pty, what, " -- blns"):
                    self.keys(pty, "x")
                    self.ready(pty, what, "saved")
                    self.keys(pty, VIEWS[name][0])
                    self.stopped(what, pty)
                pty.signal(number)
                # By the signal itself, or as an exit status.
                status = pty.wait(3000 * self.slow)
                self.ended(pty, what, status if status in (("killed", int(number)), (
                    "exited", 128 + number)) else ("killed", int(number)))
            after = self.verdicts()
            if after != before + 1:
                self.problems.append("%s: %d verdicts, not %d" % (what, after, before + 1))
            before = after
        self.done("^Z and %d deadly signals: terminal restored, nothing lost" % len(plan))

    def verdicts(self):
        out = self.stet("log", "--json").stdout.decode()
        return sum(json.loads(line)["kind"] == "verdict" for line in out.splitlines())

    def hung_up(self):
        before = self.verdicts()
        with self.open("is:unjudged shard:naughty*") as pty:
            self.ready(pty, "before", " -- blns")
            self.keys(pty, "x")
            self.ready(pty, "verdict", "saved")
            pty.hang_up()
            status = pty.wait(3000 * self.slow)
            if status[0] == "runs":
                self.problems.append("it still runs")
        if self.verdicts() != before + 1:
            self.problems.append("%d verdicts, not %d" % (self.verdicts(), before + 1))
        self.done("the terminal goes away")

    def terminals(self):
        for term in ("xterm", "screen-256color", "linux", "vt100", "nonsense", ""):
            # A failed newterm() of curses leaks.
            env = {"TERM": term, "ASAN_OPTIONS": "detect_leaks=0"}
            with self.open("id:esc*", env=env) as pty:
                if self.ready(pty, "TERM=" + term, "1/"):
                    self.keys(pty, "JJJW?")
                self.keys(pty, ESC, 40)
                self.keys(pty, ESC, 40)
                pty.send("Q")
                if pty.wait(3000 * self.slow) != ("exited", 0):
                    self.problems.append("TERM=%s: does not end" % term)
                # Their own sequences differ; what data could bring must not.
                for finding in pty.findings():
                    if not re.search(r"control character 0[EF]|sequence ESC|set ESC", finding):
                        self.problems.append("TERM=%s: %s" % (term, finding))
        with self.open("id:esc*", env={"TERM": "dumb"}) as pty:
            status = pty.wait(3000 * self.slow)
            if status != ("exited", 69):
                self.problems.append("TERM=dumb: %s %d, not refused" % status)
        self.done("other terminals")

    def run(self):
        started = time.monotonic()
        steps = [lambda: self.every_document(100, 30)]
        if self.options.long:
            steps += [lambda: self.every_document(160, 50), lambda: self.every_document(33, 9)]
        many = 60 if self.options.long else 1
        steps += [lambda name=name: self.every_view("shard:" + name, many) for name in FILES]
        steps += [self.words_everywhere, self.rewrite, self.sizes, self.signals, self.hung_up,
                  self.terminals]
        if self.options.only:
            steps = [getattr(self, self.options.only)]
        for step in steps:
            begun = time.monotonic()
            step()
            print("# %.1f s" % (time.monotonic() - begun))
        check = self.stet("check")
        self.tap.check([] if check.returncode == 0 else [check.stdout.decode()],
                       "the store is sound")
        print("# %.0f s" % (time.monotonic() - started))
        return self.tap.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", help="signals, sizes, terminals, ...")
    parser.add_argument("--seed", type=int, default=20261123)
    options = parser.parse_args()
    hostile = os.path.join(os.environ.get("STET_TEST_DATA", ""), "hostile")
    for path, why in ((hostile, "the test data were not found: set STET_TEST_DATA"),
                      (DRIVE, "the pseudo-terminal needs libvterm-dev")):
        if not os.path.exists(path):
            print("1..0 # SKIP " + why)
            return 0
    print("# seed %d" % options.seed)
    desk = Desk(options, hostile)
    try:
        return desk.run()
    finally:
        desk.close()


if __name__ == "__main__":
    sys.exit(main())
