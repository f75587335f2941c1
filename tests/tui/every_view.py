"""Every view and mode of the desk under sizes down to 1x1 and back, ^Z and fg, and
signals that end it: it is open before and after, the terminal is as it was, and
nothing that was decided or typed is lost.

usage: every_view.py [--long] [--seed N] [--only VIEW]
"""
import argparse
import concurrent.futures
import os
import random
import re
import shutil
import signal
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from desk_views import VIEWS, missing  # noqa: E402
from hostile_desk import Hostile  # noqa: E402
from program import REPORT, STET, Tap, has_sanitizer  # noqa: E402
from terminal import DRIVE, Pty  # noqa: E402

COLS, ROWS = 100, 30
SIZES = ((1, 1), (2, 1), (1, 2), (3, 3), (8, 2), (20, 5), (39, 10), (80, 24), (119, 30),
         (120, 40), (200, 60), (80, 1), (5, 60))
# Those that the desk ends well on, those that it can only restore the terminal on.
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
CRASHING = (signal.SIGSEGV, signal.SIGQUIT, signal.SIGABRT)
HANG_UP = 0
PATIENCE_MS = 20000  # of a busy machine; nothing is measured
TYPED = "new "


class Session:
    """One view, opened on a copy of the workspace, until a signal ends it."""

    def __init__(self, first, before, name, number, seed):
        self.before = before  # verdicts
        self.name = name
        self.number = number
        self.rng = random.Random("%s %d %d" % (name, number, seed))
        self.problems = []
        self.top = tempfile.mkdtemp(prefix="stet-view-")
        self.folder = os.path.join(self.top, "work")
        shutil.copytree(first, self.folder)
        self.desk = Hostile(self.folder)
        self.raw = os.path.join(self.top, "raw")

    def wrong(self, words, pty=None):
        self.problems.append("%s, signal %d: %s\n%s" % (
            self.name, self.number, words, "\n".join(pty.screen()) if pty else ""))

    def open_in(self, pty, when):
        sign = missing(pty, self.name, PATIENCE_MS)
        if sign is not None:
            self.wrong("%s: '%s' is not so" % (when, sign), pty)
        return sign is None

    def storm(self, pty):
        sizes = list(SIZES)
        self.rng.shuffle(sizes)
        for cols, rows in sizes:
            pty.size(cols, rows)
            if self.rng.random() < .5:
                pty.quiet(5, 200)
        pty.size(COLS, ROWS)

    def stop(self, pty):
        # The blank screen comes back at any key: that is what the key does there.
        key = self.rng.random() < .5 and self.name != "blank"
        if key:
            pty.send("\\x1a")
        else:
            pty.signal(signal.SIGTSTP)
        status = pty.wait(PATIENCE_MS)
        if status[0] != "stopped":
            self.wrong("%s: %s %d" % (("^Z" if key else "SIGTSTP", ) + status), pty)
            return
        left = pty.left_on()
        if left:
            self.wrong("stopped, left on: " + " ".join(left))
        if self.rng.random() < .5:
            pty.size(77, 21)
        pty.resume()
        pty.quiet(20, 500)
        pty.size(COLS, ROWS)

    def end(self, pty):
        if self.number == HANG_UP:
            pty.hang_up()
            if pty.wait(PATIENCE_MS)[0] == "runs":
                self.wrong("it runs on without a terminal")
            return
        if self.number in CRASHING:
            # In any thread, while the main one paints.
            for cols in (90, 100):
                pty.size(cols, ROWS)
            os.kill(self.rng.choice(pty.threads()), self.number)
        else:
            pty.signal(self.number)
        status = pty.wait(PATIENCE_MS)
        # By the signal itself, or as an exit status.
        if status not in (("killed", int(self.number)), ("exited", 128 + self.number)):
            self.wrong("%s %d" % status, pty)
        left = pty.left_on()
        if left:
            self.wrong("left on: " + " ".join(left), pty)

    def judge(self, pty):
        """A crash may cut what is being written, once."""
        findings = pty.findings()
        if self.number in CRASHING and len(findings) == 1 and re.search(
                "broken sequence|ill-formed", findings[0]):
            return
        for finding in findings[:3]:
            self.wrong(finding)

    def drive(self):
        query, keys, _ = VIEWS[self.name]
        with Pty([STET, "desk", "-C", self.folder, query], cols=COLS, rows=ROWS,
                 env=self.desk.env, record=self.raw) as pty:
            # The head of the document pane: it is painted.
            if not pty.until("\u2500 ok ", PATIENCE_MS) and not pty.until("\u2500 -- ", 100):
                self.wrong("no document", pty)
                return
            pty.send("X")
            if not pty.until("saved 1", PATIENCE_MS):
                self.wrong("no verdict", pty)
            pty.send(keys)
            if self.open_in(pty, "opened"):
                self.storm(pty)
                self.open_in(pty, "after the sizes")
                self.stop(pty)
                self.open_in(pty, "after fg")
            self.end(pty)
            self.judge(pty)
        with open(self.raw, "rb") as raw:
            report = REPORT.search(raw.read().decode("utf-8", "replace"))
        if report:
            self.wrong(report.string[report.start():][:1500])

    def draft_is_there(self):
        """What was typed is offered by the next desk."""
        keys = os.path.join(self.top, "keys")
        dump = os.path.join(self.top, "dump")
        added = self.name == "a new document"
        with open(keys, "w") as out:
            out.write("%s\n%%dump %s\n" % (":add" if added else "F3", dump))
        self.desk.stet("desk", "--size", "100x60", "--script", keys, VIEWS[self.name][0])
        with open(dump, encoding="utf-8") as lines:
            return re.search(r"(?m)^\| +1  new$" if added else r"drafts of rewrites +1\b", lines.read())

    def run(self):
        try:
            self.drive()
            before = self.before
            after = self.desk.verdicts()
            if after != before + 1:
                self.wrong("%d verdicts, not %d" % (after, before + 1))
            # Typed into an editor that is open still: kept, unless it crashed.
            if (TYPED in VIEWS[self.name][1] and self.number not in CRASHING and
                    not self.draft_is_there()):
                self.wrong("the draft is lost")
            check = self.desk.stet("check", status=None)
            if check.returncode != 0:
                self.wrong("check: " + check.stdout.decode("utf-8", "replace"))
        except RuntimeError as error:
            self.wrong(str(error))
        finally:
            shutil.rmtree(self.top, ignore_errors=True)
        return self.problems


def run(options, top):
    tap = Tap()
    first = os.path.join(top, "first")
    os.mkdir(first)
    before = Hostile(first).make(queues=3, names=30).verdicts()
    rng = random.Random(options.seed)
    signals = ENDING + CRASHING + (HANG_UP, )
    plan = [(name, number) for name in ([options.only] if options.only else VIEWS)
            for number in (signals if options.long or options.only else (rng.choice(signals), ))]
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        sessions = [(name, number, pool.submit(
            lambda name=name, number=number: Session(
                first, before, name, number, options.seed).run()))
                    for name, number in plan]
        for name, number, session in sessions:
            tap.check(session.result(), "%s: sizes, ^Z, signal %d" % (name, number))
    return tap.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true",
                        default=bool(os.environ.get("STET_TEST_LONG")))
    parser.add_argument("--only", choices=list(VIEWS))
    parser.add_argument("--seed", type=int, default=20261201)
    options = parser.parse_args()
    if not os.path.exists(DRIVE):
        print("1..0 # SKIP the pseudo-terminal needs libvterm-dev")
        return 0
    print("# seed %d%s" % (options.seed, ", sanitized" if has_sanitizer() else ""))
    top = tempfile.mkdtemp(prefix="stet-views-")
    try:
        return run(options, top)
    finally:
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
