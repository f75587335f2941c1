"""Without colours and attributes, as a braille line or a screen reader has it: every
state of the desk can be read in words or marks.

usage: mono.py
"""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from program import STET, Tap  # noqa: E402
from terminal import DRIVE, Pty  # noqa: E402

PATIENCE_MS = 20000
ESC, ENTER, TAB = "\\e", "\\r", "\\t"
CONFIG = """[policy]
	dwell = 0
	blind = off
	mask = toxicity:0.97..
[desk]
	theme = mono
[score "toxicity"]
	threshold = 0.8
	range = 0..1
	bad = high
"""
DOCUMENTS = (
    {"id": "calm", "text": "A kitchen was quiet.\nThe garden, too.", "attributes": {"toxicity": 0.1}},
    {"id": "loud", "text": "You complete fool!\nGo away, fool, to your kitchen.",
     "attributes": {"toxicity": 0.9, "spans": [[4, 17, 0.9]]}},
    {"id": "worst", "text": "Never to be read.", "attributes": {"toxicity": 0.99}},
    {"id": "hidden", "text": "left\u202eright", "attributes": {"toxicity": 0.2}},
    {"id": "last", "text": "The end.", "attributes": {"toxicity": 0.3}},
)
# What a colour is set with; 39 and 49 take it off.
COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")


def workspace():
    folder = tempfile.mkdtemp(prefix="stet-mono-")
    with open(os.path.join(folder, "a.jsonl"), "w", encoding="utf-8") as shard:
        for document in DOCUMENTS:
            shard.write(json.dumps(document) + "\n")
    env = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8", HOME=folder, STET_REVIEWER="kim",
               XDG_STATE_HOME=folder, XDG_CONFIG_HOME=folder)
    env.pop("NO_COLOR", None)
    subprocess.run([STET, "index", "-qy", "-C", folder, os.path.join(folder, "a.jsonl")], env=env,
                   check=True)
    with open(os.path.join(folder, ".stet", "config"), "a") as config:
        config.write(CONFIG)
    return folder, env


class Reader:
    """Reads rows; knows neither colour nor attribute."""

    def __init__(self, pty, tap):
        self.pty = pty
        self.tap = tap

    def reads(self, name, *patterns, keys=""):
        """Each is matched by a row; '!' before it: by none."""
        self.pty.send(keys)
        for _ in range(PATIENCE_MS // 50):
            self.pty.quiet(50, 1000)
            rows = self.pty.screen()
            wrong = [pattern for pattern in patterns
                     if any(re.search(pattern.lstrip("!"), row) for row in rows) ==
                     pattern.startswith("!")]
            if not wrong:
                break
        self.tap.check(["%r\n" % wrong + "\n".join(rows)] if wrong else [], name)


def unsaved(reader, folder):
    """While another holds the store, a decision is not saved, and says so."""
    other = sqlite3.connect(os.path.join(folder, ".stet", "review.db"), timeout=60,
                            isolation_level=None)
    other.execute("begin immediate")
    reader.reads("not saved yet", "UNSAVED 1", keys="X")
    other.execute("rollback")
    other.close()
    reader.reads("saved", "!UNSAVED", r"saved \d")


def check(tap, folder, env):
    raw = os.path.join(folder, "raw")
    with Pty([STET, "desk", "-C", folder, "sort:shard"], cols=100, rows=30, env=env, record=raw) as pty:
        reader = Reader(pty, tap)
        reads = reader.reads
        reads("the cursor's row", r"^> +1 .*calm", r"^  +2 .*loud", r"\u2500 -- calm ", r" 1/5 ")
        reads("the other row", r"^> +2 .*loud", r"^  +1 .*calm", r"\u2500 -- loud ", keys="J")
        reads("over the threshold", r" loud", r"2 +-- +\.90!", r"1 +-- +\.10 ", r">=\.80")
        reads("which pane has the keys: the list", r"^\u2500\u2500 -- loud")
        reads("which pane has the keys: the text", r"^>\u2500 -- loud", keys=TAB)
        reads("the selection", r"chosen: complete fool", r"R redact", keys=";v")
        reads("the selection, moved", r"chosen: complete fool!", keys="w")
        reads("no selection", r"!chosen:", r"!R redact", keys=ESC)
        reads("a match", r"match 1 of 2", keys="g/fool" + ENTER)
        row = pty.cursor()[0]
        reads("the next match", r"match 2 of 2", keys="n")
        tap.check([] if pty.cursor()[0] == row + 1 else ["row %d, then %d" % (row, pty.cursor()[0])],
                  "the terminal's cursor is on the match")
        reads("a passage", r"1 of \d+: spans \.90", keys="g;")
        reads("a verdict, bad", r"^  +2 +BAD .*loud|^> +2 +BAD .*loud", r"\u2500 BAD loud",
              r"bad loud", keys=TAB + "X")
        reads("a verdict, good", r"^> +2 +ok .*loud", r"\u2500 ok loud", keys="A")
        reads("no verdict", r"^> +5 +-- .*last", keys="G")
        reads("a mark", r"^>\* ?5 ", "marked 1", keys="m")
        reads("no mark", r"^> +5 ", "!marked", keys="m")
        reads("covered", r"toxicity 0\.99, 17 characters", "!Never to be", keys="KK")
        reads("uncovered", r"Never to be read", keys="z")
        reads("hidden characters", r"left<U\+202E>right", r"1 hidden character ", keys="J")
        reads("a tag chosen, and not", r"type to narrow", keys="t")
        reads("a new tag", r"\u2502[ >]\*? ?.*one", keys="one")
        reads("tagged", r"\+one", keys=ENTER)
        reads("a draft, unsaved or kept", r"draft \.\.\.|draft kept", r"rewriting hidden", keys="rnew ")
        reads("a diff", r"\{\+new \+\}", r"1 change", keys="\\x13")
        reads("a change taken off", r"\[==\]left", keys="d")
        reads("a draft waits", r"DRAFT", keys="q")
        reads("escalated", r"ESC! +.*last|\u2500 ESC! last", keys="J!")
        unsaved(reader, folder)
        pty.send("Q")
        status = pty.wait(PATIENCE_MS)
        tap.check([] if status == ("exited", 0) else ["%s %d" % status], "it ends")
    with open(raw, "rb") as output:
        found = COLOUR.search(output.read())
    tap.check([repr(found.group(0))] if found else [], "there was no colour")


def main():
    if not os.path.exists(DRIVE):
        print("1..0 # SKIP the pseudo-terminal needs libvterm-dev")
        return 0
    tap = Tap()
    folder, env = workspace()
    try:
        check(tap, folder, env)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
