"""Over 700 strings that attack a terminal, in every place of the data and the
workspace, in every view, typed and pasted: each is counted when its number is on
the screen; no byte but the allowed ones reaches the terminal; and the screen is
what the desk meant to draw.

usage: hostile_data.py [--long] [--only STEP]
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from attacks import as_bytes, is_well_formed  # noqa: E402
from desk_views import ENTER, ESC, F2, F4, F5, TAB  # noqa: E402
from hostile_desk import SPECIAL, Hostile, numbers  # noqa: E402
from program import REPORT, STET, Tap  # noqa: E402
from terminal import DRIVE, Pty  # noqa: E402

PATIENCE_MS = 20000
FEW = 9  # what a short run takes one of
COLS, ROWS = 110, 40
PAGE = "\\e[6~"
DOWN = "\\eOB"
# On each document with several attacks: the keys to and from.
ON_DOCUMENTS = {
    "document": (TAB + "p", "p" + TAB),
    "document with hidden characters": (TAB + "pW", "Wp" + TAB),
    "unwrapped document": (TAB + "pw", "wp" + TAB),
    "metadata": ("I", "q"),
    "record": (":raw" + ENTER, "q"),
    "exact record": (":raw exact" + ENTER, "q"),
    "audit": (":audit" + ENTER, "q"),
    "editor": ("r", ESC),
    "editor with diff": ("rnew " + F4, ESC),
    "diff": ("rnew " + F2, "-"),
    "redacted": (":redact-all a" + ENTER, "-"),
    "proposal": ("P", "q"),
}
READ_ONLY = ("editor", "editor with diff", "diff", "redacted", "proposal")  # bad UTF-8 is not edited
WHOLE = ("document", "document with hidden characters", "unwrapped document", "metadata", "record",
         "exact record", "editor", "proposal")  # which show all of it
# Once: the keys to, those that go on, and which strings are shown.
LISTS = {
    "templates": (F5, PAGE, "templates"),
    "tags": ("t", PAGE, "tags"),
    "start": ("\\eOR", PAGE, "queues"),
    "log": (":log" + ENTER, PAGE, None),
    "guide": (":guide N" + TAB + ENTER, PAGE, "pieces"),
    "report": (":report" + ENTER, PAGE, None),
    "adjudicate": (":adjudicate" + ENTER, "J", None),
    "similar": ("=", DOWN, None),
    "completion": (":tag +N", TAB, None),
}
PROMPTS = ("f\\x15", "/", ":", "c", "*", ":tag +", ":queue save ", ":queue ", ":guide ", ":template ",
           ":dump /dev/null/", ":score ", ":set ", ":map ", ":rate ", ":redact-all ", ":go ",
           ":send-back ", ":log ", "f\\x15\"", "f\\x15source:",
           "f\\x15NEAR(", "t", "?", "o")


def escaped(text):
    """For the driver: every byte spelled out."""
    return "".join("\\x%02x" % byte for byte in as_bytes(text))


def pasted(text):
    return "\\e[200~" + escaped(text) + "\\e[201~"


class Attack:
    def __init__(self, first, top, options):
        self.first = first
        self.top = top
        self.options = options
        self.shown = 0
        self.tap = Tap()

    def workspace(self):
        """A copy that no other step writes to."""
        folder = os.path.join(tempfile.mkdtemp(dir=self.top), "work")
        shutil.copytree(self.first, folder)
        return Hostile(folder)

    def desk(self, hostile, *query):
        return Pty([STET, "desk", "-C", hostile.folder, *query], cols=COLS, rows=ROWS,
                   env=hostile.env, record=os.path.join(hostile.folder, "raw"))

    @staticmethod
    def look(pty, seen):
        screen = pty.screen()
        seen |= numbers("\n".join(screen))
        return screen

    @staticmethod
    def as_meant(pty, hostile):
        """What the terminal shows is what the desk meant to draw."""
        path = os.path.join(hostile.folder, "dump")
        pty.send(":dump " + path + ENTER)
        for _ in range(PATIENCE_MS // 50):
            pty.quiet(30, 2000)
            if os.path.exists(path):
                break
        with open(path, encoding="utf-8") as dump:
            meant = [line[1:].rstrip("\n").rstrip(" ") for line in dump if line.startswith("|")]
        os.unlink(path)
        pty.quiet(30, 2000)
        for number, (want, have) in enumerate(zip(meant, pty.screen())):
            if want != have:
                return ["row %d is %r, not %r" % (number, have, want)]
        return []

    @staticmethod
    def home(pty, eager=False):
        """Back in the list, if need be by Esc: its keys below, the cursor left."""
        for turn in range(200):
            pty.quiet(10, 500)
            last = pty.screen()[-1]
            if "o order" in last and pty.cursor()[1] < 2:
                return True
            if "Enter open" in last:
                pty.send("f\\x15id:pack*" + ENTER)
                pty.until("o order", 1000)
            elif turn % 20 == (0 if eager else 19):
                pty.send(ESC)
        return False

    def pages(self, pty, key, seen):
        """All of them, until a key changes nothing."""
        state = self.look(pty, seen), pty.cursor()
        for _ in range(300):
            former = state
            pty.send(key)
            for _ in range(60):
                pty.quiet(10, 1000)
                state = self.look(pty, seen), pty.cursor()
                if state != former:
                    break
            else:
                return

    def leave(self, pty, hostile, problems):
        for _ in range(5):
            if not self.home(pty):
                problems.append("no way home:\n" + "\n".join(pty.screen()))
            pty.send("Q")
            # On a busy machine Esc and Q may have been one key.
            status = pty.wait(PATIENCE_MS // 5)
            if status[0] != "runs":
                break
        if status != ("exited", 0):
            problems.append("%s %d\n" % status + "\n".join(pty.screen()))
        problems += ["left on: " + word for word in pty.left_on()] + pty.findings()[:5]
        with open(os.path.join(hostile.folder, "raw"), "rb") as raw:
            report = REPORT.search(raw.read().decode("utf-8", "replace"))
        if report:
            problems.append(report.string[report.start():][:1500])

    def count(self, seen, wanted, problems):
        left = sorted(wanted - seen)
        self.shown += len(wanted & seen)
        if left:
            problems.append("never on the screen: " + " ".join("N%03d" % n for n in left[:40]))

    def every_document(self):
        """Its id, source, language, text and file, one after the other."""
        hostile = self.workspace()
        problems = []
        seen = set()
        count = hostile.count + len(hostile.packs)
        with self.desk(hostile, "sort:shard") as pty:
            for number in range(1, count + 1):
                if not pty.until(" %d/%d " % (number, count), PATIENCE_MS):
                    problems.append("no document %d:\n%s" % (number, "\n".join(pty.screen())))
                    break
                pty.quiet(10, 500)
                self.look(pty, seen)
                if number % (1 if self.options.long else 40) == 0:
                    problems += self.as_meant(pty, hostile)
                pty.send("J")
            self.leave(pty, hostile, problems)
        self.count(seen, set(range(hostile.count)), problems)
        return problems

    def on_documents(self, name):
        hostile = self.workspace()
        enter, back = ON_DOCUMENTS[name]
        part = list(ON_DOCUMENTS).index(name) % FEW
        problems = []
        seen = set()
        wanted = set()
        with self.desk(hostile, "id:pack* sort:shard") as pty:
            pty.until("PROPOSAL ", PATIENCE_MS)
            for pack in hostile.packs[:-SPECIAL]:
                well = is_well_formed(pack["text"])
                if not well and name in READ_ONLY:
                    break
                if not (self.home(pty) and pty.until(
                        "\u2500 %s %s " % ("ok" if well else "--", pack["id"]), PATIENCE_MS)):
                    problems.append("no %s:\n%s" % (pack["id"], "\n".join(pty.screen())))
                    break
                if not self.options.long and hostile.packs.index(pack) % FEW != part:
                    pty.send("J")
                    continue
                pty.send(enter)
                pty.quiet(40, 2000)
                if name in WHOLE:
                    wanted |= numbers(pack["text"])
                if "editor" not in name:
                    problems += self.as_meant(pty, hostile)
                self.pages(pty, PAGE, seen)
                pty.send(back)
                if not self.home(pty):
                    break
                pty.send("J")
            self.leave(pty, hostile, problems)
        self.count(seen, wanted, problems)
        return problems

    def in_list(self, name):
        hostile = self.workspace()
        enter, on, what = LISTS[name]
        problems = []
        seen = set()
        with self.desk(hostile, "id:pack00") as pty:
            pty.until("PROPOSAL ", PATIENCE_MS)
            pty.send(enter)
            pty.quiet(150, 3000)
            self.pages(pty, on, seen)
            problems += self.as_meant(pty, hostile) if on != TAB and name not in (
                "templates", "tags") else []
            self.leave(pty, hostile, problems)
        wanted = {"queues": hostile.tags[:self.options.queues], "tags": hostile.tags,
                  "templates": hostile.templates, "pieces": hostile.pieces, None: []}[what]
        self.count(seen, numbers("\n".join(piece[:4] for piece in wanted)), problems)
        return problems

    def in_prompts(self, part, parts):
        """Pasted into prompts and entered: the words, the errors, the history."""
        hostile = self.workspace()
        problems = []
        seen = set()
        plan = [(prompt, number) for number in range(part, hostile.count, parts)
                for at, prompt in enumerate(PROMPTS)
                if self.options.long or number // parts % (FEW * len(PROMPTS)) == at]
        with self.desk(hostile, "id:pack*") as pty:
            pty.until("PROPOSAL ", PATIENCE_MS)
            for prompt, number in plan:
                pty.send(prompt + pasted(hostile.pieces[number]))
                pty.until("N%03d" % number, 2000)
                self.look(pty, seen)
                pty.send(ENTER)
                pty.quiet(10, 1000)
                self.look(pty, seen)
                if not self.home(pty, eager=True):
                    problems.append("%s N%03d: no way home" % (prompt, number))
                    break
            for prompt in ("f", "/", ":", "c", "*"):
                pty.send(prompt)
                for _ in range(12):
                    pty.send("\\eOA")
                    pty.quiet(8, 300)
                self.home(pty)
            self.leave(pty, hostile, problems)
        # A long line is scrolled to its end.
        self.count(seen, {number for _, number in plan if len(hostile.pieces[number]) < 20},
                   problems)
        return problems

    def in_editor(self):
        """Pasted into the editor, and typed what is no key; then the diff of it."""
        hostile = self.workspace()
        problems = []
        seen = set()
        with self.desk(hostile, "id:wide") as pty:
            pty.until("\u2500 ok wide ", PATIENCE_MS)
            pty.send("r")
            pty.until("rewriting wide", PATIENCE_MS)
            taken = range(0, hostile.count, 1 if self.options.long else 4)
            for turn, number in enumerate(taken):
                piece = hostile.pieces[number]
                typed = not re.search("[\x00-\x1f\x7f]", piece) and turn % 2
                pty.send((escaped(piece) if typed else pasted(piece)) + "\\r")
                if not pty.until("N%03d" % number, 3000):
                    problems.append("N%03d %s is not there:\n%s" % (
                        number, "typed" if typed else "pasted", "\n".join(pty.screen()[:12])))
                    break
                if turn % 100 == 99:
                    pty.send(F4)
                    pty.quiet(60, 2000)
                    pty.send(F4)
            self.look(pty, seen)
            pty.send(F2)
            pty.until("d toggle-change", PATIENCE_MS)
            self.pages(pty, PAGE, seen)
            problems += self.as_meant(pty, hostile)
            self.leave(pty, hostile, problems)
        self.count(seen, set(taken), problems)
        return problems

    def steps(self):
        yield "in ids, sources, names of files and texts", self.every_document
        for name in ON_DOCUMENTS:
            yield "in texts, members, tags, notes and reviewers: " + name, \
                lambda name=name: self.on_documents(name)
        for name in LISTS:
            yield "in names and texts of the workspace: " + name, lambda name=name: self.in_list(name)
        for part in range(3):
            yield "in prompts, %d of 3" % (part + 1), lambda part=part: self.in_prompts(part, 3)
        yield "in the editor", self.in_editor

    def run(self):
        steps = [step for step in self.steps() if self.options.only in step[0]]
        with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
            for name, step in [(name, pool.submit(step)) for name, step in steps]:
                self.tap.check(step.result(), name)
        count = Hostile(self.first).count
        self.tap.check([] if count >= 500 else ["only %d" % count], "%d strings" % count)
        print("# shown and judged %d times" % self.shown)
        return self.tap.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true",
                        default=bool(os.environ.get("STET_TEST_LONG")))
    parser.add_argument("--only", default="", help="steps with this in their name")
    options = parser.parse_args()
    options.queues = 200 if options.long else 10
    if not os.path.exists(DRIVE):
        print("1..0 # SKIP the pseudo-terminal needs libvterm-dev")
        return 0
    top = tempfile.mkdtemp(prefix="stet-hostile-")
    try:
        first = os.path.join(top, "first")
        os.mkdir(first)
        Hostile(first).make(options.queues)
        return Attack(first, top, options).run()
    finally:
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
