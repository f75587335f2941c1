"""The desk on a pseudo-terminal with hostile texts of others: every document in
every pane, and in every view; every byte is judged.

usage: hostile_pty.py [--long] [--only STEP]
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from desk_views import ENTER, ESC, VIEWS  # noqa: E402
from program import REPORT, STET, Tap, has_sanitizer  # noqa: E402
from terminal import DRIVE, Pty  # noqa: E402

FILES = ("naughty-strings.jsonl", "terminal-escapes.jsonl", "terminal-escapes-raw.jsonl",
         "terminal-escapes-fields.jsonl", "unicode.jsonl", "surrogates.jsonl",
         "utf8-stress.jsonl", "nul.jsonl")
NASTY = "\x1b]0;x\x07\x9b2J\u202e\u2066\u200b\u2028\ufeff\U000e0041"
PASTED = "\\e[200~" + "".join("\\x%02x" % byte for byte in NASTY.encode()) + "\\e[201~"
FEW = 12  # views of which a short run takes one


class Desk:
    def __init__(self, options, hostile):
        self.options = options
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
        for _ in range(5):
            self.keys(pty, ESC, 40)
            self.keys(pty, ESC, 40)
            pty.send("Q")
            # On a busy machine Esc and Q may have been one key.
            if pty.wait(2000)[0] != "runs":
                break
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

    def every_view(self, query, views):
        """What opens each, on other data than it is asserted on (every_view.py)."""
        with self.open(query, cols=110) as pty:
            if not self.ready(pty, query, "1/"):
                self.done("every view of " + query)
                return
            for view in views:
                self.keys(pty, VIEWS[view][1], 10)
                self.keys(pty, "jGg", 10)
                for _ in range(3):
                    self.keys(pty, ESC, 30)
                self.keys(pty, "f\\x15" + query + ENTER, 10)
                self.keys(pty, "J", 10)
            self.leave(pty, query)
        self.done("%d views of %s" % (len(views), query))

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

    def run(self):
        started = time.monotonic()
        steps = [lambda: self.every_document(100, 30)]
        if self.options.long:
            steps += [lambda: self.every_document(160, 50), lambda: self.every_document(33, 9)]
        views = [name for name in VIEWS if name not in ("pipe", "blank")]
        steps += [lambda name=name, at=at: self.every_view(
            "shard:" + name, views if self.options.long else views[at % FEW::FEW])
                  for at, name in enumerate(FILES)]
        steps += [self.words_everywhere, self.rewrite]
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
    parser.add_argument("--long", action="store_true",
                        default=bool(os.environ.get("STET_TEST_LONG")))
    parser.add_argument("--only", help="words_everywhere, rewrite")
    options = parser.parse_args()
    hostile = os.path.join(os.environ.get("STET_TEST_DATA", ""), "hostile")
    for path, why in ((hostile, "the test data were not found: set STET_TEST_DATA"),
                      (DRIVE, "the pseudo-terminal needs libvterm-dev")):
        if not os.path.exists(path):
            print("1..0 # SKIP " + why)
            return 0
    desk = Desk(options, hostile)
    try:
        return desk.run()
    finally:
        desk.close()


if __name__ == "__main__":
    sys.exit(main())
