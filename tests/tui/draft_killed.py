"""A rewrite that is being typed survives kill -9: what was there five seconds
before is offered by the next desk.

usage: draft_killed.py
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from program import STET, Tap  # noqa: E402
from terminal import DRIVE, Pty  # noqa: E402

TYPED = "first words of the rewrite "


def check(tap, good, name, shown=None):
    tap.check([] if good else [shown or "not seen"], name)


def desk(folder):
    return Pty([STET, "desk", "sort:shard"], cwd=folder,
               env=dict(os.environ, TERM="xterm-256color", STET_REVIEWER="kim",
                        HOME=folder, XDG_CONFIG_HOME=folder, XDG_STATE_HOME=folder))


def main():
    tap = Tap()
    if not os.path.exists(DRIVE):
        print("1..0 # SKIP built without libvterm")
        return 0
    folder = tempfile.mkdtemp(prefix="stet-draft-")
    with open(os.path.join(folder, "one.jsonl"), "w") as out:
        out.write('{"id":"a","text":"The text as it was."}\n')
    subprocess.run([STET, "index", "-qy", "one.jsonl"], cwd=folder, check=True)

    with desk(folder) as pty:
        check(tap, pty.until(" -- a ", 30000), "the desk shows the text")
        pty.send("r")
        check(tap, pty.until("rewriting", 10000), "r opens the editor")
        pty.send(TYPED)
        check(tap, pty.until("draft kept", 20000), "the draft is stored while it is typed")
        pty.send("lost")
        pty.until("lost", 10000)
        pty.signal(signal.SIGKILL)
        word, number = pty.wait()
        check(tap, (word, number) == ("killed", signal.SIGKILL), "killed by the signal")

    with desk(folder) as pty:
        check(tap, pty.until("DRAFT", 30000), "the next desk says that there is a draft")
        pty.send("r")
        check(tap, pty.until(TYPED.strip(), 10000), "r goes on with it")
        pty.send("\\x13")
        check(tap, pty.until("+ accept", 10000), "^S shows it as a word diff")
        time.sleep(0.4)  # a rewrite is not accepted before it could be read
        pty.send("+")
        check(tap, pty.until("saved 1", 20000), "it is accepted", "\\n".join(pty.screen()))
        pty.send("Q")
        pty.wait()
    shown = subprocess.run([STET, "log"], cwd=folder, stdout=subprocess.PIPE,
                           env=dict(os.environ, STET_REVIEWER="kim")).stdout.decode()
    check(tap, "rewrite" in shown, "and stands in the journal", shown)
    shutil.rmtree(folder, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
