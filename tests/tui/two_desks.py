"""Several desks on one store: each shows what the others decide, at once with its
own work, and no cursor moves.

usage: two_desks.py
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from program import STET, Tap  # noqa: E402
from terminal import DRIVE, Pty  # noqa: E402

DOCUMENTS = 12
LIMIT_MS = 20000  # of a machine that is busy; nothing is measured


def workspace():
    folder = tempfile.mkdtemp(prefix="stet-desks-")
    with open(os.path.join(folder, "a.jsonl"), "w") as shard:
        for number in range(DOCUMENTS):
            shard.write(json.dumps({"id": "d%02d" % number,
                                    "text": "Document %d of some." % number}) + "\n")
    env = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8", HOME=folder,
               XDG_STATE_HOME=folder, XDG_CONFIG_HOME=folder)
    subprocess.run([STET, "index", "-q", "-C", folder, os.path.join(folder, "a.jsonl")],
                   env=env, check=True)
    with open(os.path.join(folder, ".stet", "config"), "a") as config:
        config.write("[policy]\n\tdwell = 0\n\tblind = off\n\tleads = lee\n")
    return folder, env


def row_of(pty, name):
    """What the list says of a document."""
    for line in pty.screen()[1:]:
        if name in line and not line.startswith("\u2500"):
            return line
    return ""


def wait_for(pty, name, word):
    for _ in range(LIMIT_MS // 100):
        if word in row_of(pty, name):
            return True
        pty.quiet(100, 100)
    return False


def shows(pty, number):
    """Whether the document pane holds it: a key before is a key for nothing."""
    return pty.until(" -- d%02d " % number, LIMIT_MS)


def cursor_row(pty):
    return [line for line in pty.screen() if line.startswith(">")][:1]


def screen_unless(good, pty):
    return [] if good else ["\n".join(pty.screen())]


def check_escalation(tap, kim, lee):
    """Kim looks at it while lee, a lead, escalates it and resolves that."""
    kim.send("g" + "J" * 3)
    shown = kim.until("Document 3 of", LIMIT_MS)
    lee.send("!")
    tap.check(screen_unless(shown and wait_for(kim, "d03", "escalated, 19"), kim),
              "what a lead escalates is covered in the list")
    tap.check(screen_unless(kim.until(" ESCALATED ", LIMIT_MS)
                            and "Document 3 of" not in "\n".join(kim.screen()), kim),
              "and before the eyes of who reads it")
    kim.send("z")
    tap.check(screen_unless(kim.until("covered for all but leads", LIMIT_MS), kim),
              "it stays covered")
    lee.send("K")
    lee.until(" ESCALATED ", LIMIT_MS)
    lee.send("\033[20~")
    tap.check(screen_unless(wait_for(kim, "d03", "Document 3"), kim),
              "and comes back when that is resolved")
    # The next one is loaded already when it is escalated.
    kim.send("J")
    shows(kim, 4)
    kim.send("K")
    shows(kim, 3)
    lee.send("J")
    shows(lee, 4)
    lee.send("!")
    wait_for(kim, "d04", "escalated, 19")
    kim.send("J")
    tap.check(screen_unless(kim.until(" ESCALATED ", LIMIT_MS)
                            and "Document 4 of" not in "\n".join(kim.screen()), kim),
              "what was at hand before is covered, too")


def check(tap, folder, env):
    def desk(reviewer):
        return Pty([STET, "desk", "-C", folder, "sort:shard"], cols=100, rows=40,
                   env=dict(env, STET_REVIEWER=reviewer))

    with desk("kim") as kim, desk("lee") as lee:
        opened = [shows(pty, 0) for pty in (kim, lee)]
        if not tap.check(screen_unless(all(opened), kim), "two desks open"):
            return
        kim.send("JJJJ")
        shows(kim, 4)
        lee.send("x")
        tap.check(screen_unless(wait_for(kim, "d00", "BAD"), kim),
                  "the first decision in an empty store is seen")
        # The other's decision right before one's own is news all the same.
        for number in range(1, 4):
            shows(lee, number)
            lee.send("a")
            lee.until("saved %d" % (number + 1), LIMIT_MS)
            kim.send("X")
            tap.check(screen_unless(wait_for(kim, "d%02d" % number, "ok"), kim),
                      "the other's decision %d beside one's own is seen" % number)
            kim.send("J")
            shows(kim, number + 4)
        at = cursor_row(kim)
        lee.send("u")
        tap.check(screen_unless(wait_for(kim, "d03", "--"), kim), "an undo is seen")
        tap.check(screen_unless(at and cursor_row(kim) == at, kim), "the cursor stays")
        check_escalation(tap, kim, lee)
        for pty in (kim, lee):
            pty.send("Q")
            pty.wait()


def main():
    tap = Tap()
    if not os.path.exists(DRIVE):
        print("1..0 # SKIP the pseudo-terminal needs libvterm-dev")
        return 0
    folder, env = workspace()
    try:
        check(tap, folder, env)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
