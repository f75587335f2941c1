"""The desk under random keys, prompts, pastes, resizes and editors: it always
ends well, and what it dumps never holds a character that a terminal obeys.

usage: random_keys.py [RUNS [SEED]]
"""
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from program import REPORT, STET, Tap, forbidden  # noqa: E402

LINES = 200
KEYS = """a x s A X S 0 1 3 t . c ! u Backspace ^R U E r e D v j k J K > < ^D ^U PgDn
PgUp Space b g G Home End Left Right w W / n N ; , f o m M V * z Z p Tab Shift-Tab
Enter q Esc : ? F1 F3 F12 ^C ^L h ) ( + - y R l ^A ^K Up Down F7 Delete Alt-b
Ctrl-Left ^W é 日 i L F9 Alt-z""".split()
TEXTS = ["fool", "kitchen OR needle", "sort:toxicity", "tag +a -b", "q", "5", "(", '"x',
         "queue save one", "queue one", "reload", "rate scale=3", "drop", "keep",
         "sort:random(3)", "source:hostile", "is:judged", "topic/insult", "w", "undo",
         "histogram", "threshold 0.4", "avoid a", "avoid -a", "avoid source:forum", "resolve", "break", "set break-texts 5", "score quality", "report", "bad[tag", "-fool", "go 3", "nothing"]
SIZES = ["1x1", "5x5", "19x4", "20x5", "40x10", "80x8", "80x24", "119x20", "120x30", "160x50"]
EDITORS = ["sed -i -e s/a/b/", "true", "false", "/nonexistent", r"sed -i -e s/the/\xff/",
           "truncate -s 0", ""]


def script(rng, folder):
    lines = []
    for number in range(LINES):
        kind = rng.random()
        if kind < .75:
            lines.append(" ".join(rng.choice(KEYS) for _ in range(rng.randint(1, 4))))
        elif kind < .85:
            lines.append("%type " + rng.choice(TEXTS))
        elif kind < .90:
            lines.append("%size " + rng.choice(SIZES))
        elif kind < .93:
            lines.append("%paste " + rng.choice(["Q a x", "\x1b[31m", "日本" * 50]))
        elif kind < .96:
            lines.append("%%dump %s/%d.dump" % (folder, number))
        else:
            lines.append("Enter")
    return "\n".join(lines) + "\n"


def run(first, top, rng):
    folder = tempfile.mkdtemp(dir=top)
    work = os.path.join(folder, "work")
    shutil.copytree(first, work)
    keys = os.path.join(folder, "keys")
    with open(keys, "w") as out:
        out.write(script(rng, folder))
    args = [STET, "desk", "-C", work, "--script", keys, "--size",
            rng.choice(["80x24", "160x50", "40x10"])]
    if rng.random() < .3:
        args.append("--blind")
    env = dict(os.environ, STET_REVIEWER="kim", EDITOR=rng.choice(EDITORS), HOME=top,
               XDG_CONFIG_HOME=top, XDG_STATE_HOME=top)
    env.pop("VISUAL", None)
    try:
        done = subprocess.run(args, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120)
    except subprocess.TimeoutExpired:
        return ["it hangs; keys in " + keys]
    problems = []
    if done.returncode != 0 or REPORT.search(done.stderr.decode("utf-8", "replace")):
        problems.append("exit status %d: %r" % (done.returncode, done.stderr[-2000:]))
    for name in os.listdir(folder):
        if name.endswith(".dump"):
            with open(os.path.join(folder, name), "rb") as dump:
                found = forbidden(dump.read())
            if found:
                problems.append("%s: %s" % (name, found))
    return problems


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    tap = Tap()
    print("# seed %d" % seed)
    top = tempfile.mkdtemp(prefix="stet-keys-")
    try:
        first = os.path.join(top, "first")
        os.mkdir(first)
        shutil.copy(os.path.join(HERE, "..", "data", "desk.jsonl"), first)
        subprocess.run([STET, "index", "-C", first, "--yes", "-q",
                        os.path.join(first, "desk.jsonl")], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for number in range(runs):
            tap.check(run(first, top, random.Random(seed + number)),
                      "%d lines of random keys, seed %d" % (LINES, seed + number))
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
