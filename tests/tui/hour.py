"""An hour at the desk: many realistic keys by a seed. At the end the store, the
log and the screen say the same, and memory has not grown with the keys.

usage: hour.py [KEYS [SEED]]
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from program import REPORT, STET, Tap, has_sanitizer  # noqa: E402

WORDS = ("the kitchen kettle fool garden bridge river stone nobody knows why it was "
         "closed so early in the morning and who had the key").split()
# weight, what a reviewer does in one go: lines of a script
HABITS = (
    (30, ["a"]), (24, ["x"]), (5, ["s"]), (3, ["3"]), (3, ["."]), (4, ["X"]),
    (8, ["J"]), (4, ["K"]), (3, [">"]), (10, ["j j"]), (4, ["PgDn"]), (3, ["Space"]),
    (2, ["G g"]), (3, ["t", "%type topic/insult", "Enter"]), (2, [":tag +seen -topic/insult"]),
    (3, ["v w w x Esc"]), (2, ["v s t", "%type spam", "Enter Esc"]), (2, ["T a x ) a Esc"]),
    (2, ["c", "%type looks copied", "Enter"]), (6, ["u"]), (2, ["^R"]), (1, ["u u ^R"]),
    (2, ["f", "%type {word} OR {word} sort:score", "Enter"]), (1, ["f ^U Enter"]),
    (3, ["/", "%type {word}", "Enter", "n n N"]), (1, ["o Enter"]), (2, ["; ,"]),
    (2, ["m m", "x", "y"]), (1, ["m J J V", "t", "%type batch", "Enter", "y"]),
    (1, ["M", ":drop", "y", "u"]), (1, ["M M", "Esc"]),
    (3, ["r", "%type Better: ", "F2", "+"]), (1, ["r", "%type lost", "Esc", "D", "-"]),
    (1, [":redact-all {word}", "+"]), (1, [":add", "%type new text", "F2", "+"]),
    (1, ["i", "q"]), (1, ["= q"]), (1, [":log", "j Enter", "q"]), (1, [":audit", "q"]),
    (1, ["w w W W"]), (1, ["p p Tab Tab"]), (1, ["%size 160x50"]), (1, ["%size 80x24"]),
    (1, ["%size 40x10", "j", "%size 80x24"]), (1, ["? Esc"]), (1, [":report", "q"]),
)


def make_corpus(folder, rng):
    with open(os.path.join(folder, "hour.jsonl"), "w") as out:
        for number in range(600):
            text = "\n\n".join(" ".join(rng.choice(WORDS) for _ in range(rng.randint(5, 60))) + "."
                               for _ in range(rng.randint(1, 4)))
            out.write(json.dumps({"id": "doc-%d" % number, "source": "hour", "text": text,
                                  "attributes": {"score": round(rng.random(), 2)}}) + "\n")


def script(rng, keys, folder):
    weights = [weight for weight, _ in HABITS]
    lines, count = [], 0
    while count < keys:
        _, habit = rng.choices(HABITS, weights)[0]
        for line in habit:
            line = line.replace("{word}", rng.choice(WORDS))
            lines.append(line)
            typed = line.startswith(("%type", ":"))
            count += len(line) - 6 if typed else 0 if line[0] == "%" else len(line.split())
    lines += ["Esc Esc Esc Esc", ":start", "f ^U Enter", "%size 80x24",
              "%%dump %s/end.screen" % folder]
    return "\n".join(lines) + "\n"


def run(first, keys, seed, env):
    """(problems, peak memory in KiB, seconds)"""
    folder = tempfile.mkdtemp(prefix="stet-hour-")
    work = os.path.join(folder, "work")
    shutil.copytree(first, work)
    path = os.path.join(folder, "keys")
    with open(path, "w") as out:
        out.write(script(random.Random(seed), keys, folder))
    started = time.monotonic()
    child = subprocess.Popen([STET, "desk", "--script", path, "--size", "80x24", "sort:shard"],
                             cwd=work, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = child.stdout.read().decode("utf-8", "replace")
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - started
    problems = judge(work, folder, said, status, env)
    shutil.rmtree(folder)
    return problems, usage.ru_maxrss, seconds


def ask(work, env, *words):
    done = subprocess.run([STET, *words], cwd=work, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def judge(work, folder, said, status, env):
    problems = []
    if status != 0 or REPORT.search(said):
        problems.append("the desk ended with %d: %s" % (status, said[-2000:]))
        return problems
    code, out = ask(work, env, "check")
    if code != 0:
        problems.append("stet check: " + out)
    with open(os.path.join(folder, "end.screen"), encoding="utf-8") as file:
        screen = file.read()
    shown = re.search(r"judged (\d+)", screen)
    judged = ask(work, env, "search", "--count", "is:judged by:me")[1].strip()
    if (shown.group(1) if shown else "0") != judged:
        problems.append("the screen says judged %s, the store %s:\n%s"
                        % (shown.group(1) if shown else "nothing", judged, screen))
    if "UNSAVED" in screen:
        problems.append("something is not saved:\n" + screen)
    # a second store made of the log alone must say the same
    journal = ask(work, env, "log", "--json")[1]
    other = os.path.join(folder, "other")
    shutil.copytree(work, other)
    for name in os.listdir(os.path.join(other, ".stet")):
        if name.startswith("review.db"):
            os.unlink(os.path.join(other, ".stet", name))
    with open(os.path.join(folder, "journal.jsonl"), "w") as out:
        out.write(journal)
    code, out = ask(other, env, "merge", os.path.join(folder, "journal.jsonl"))
    again = ask(other, env, "search", "--count", "is:judged by:me")[1].strip()
    if code != 0 or again != judged:
        problems.append("the log alone says judged %s, the store %s: %s" % (again, judged, out))
    return problems


def main():
    long = bool(os.environ.get("STET_TEST_LONG"))
    keys = int(sys.argv[1]) if len(sys.argv) > 1 else 20000 if long else 500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else \
        int(os.environ.get("STET_TEST_SEED", "0")) or random.randrange(1 << 30)
    print("# seed %d, %d keys" % (seed, keys), flush=True)
    tap = Tap()
    top = tempfile.mkdtemp(prefix="stet-hour-")
    first = os.path.join(top, "first")
    os.mkdir(first)
    make_corpus(first, random.Random(seed))
    env = dict(os.environ, HOME=top, XDG_CONFIG_HOME=top, XDG_STATE_HOME=top,
               STET_REVIEWER="kim", EDITOR="true")
    code, out = ask(first, env, "index", "-qy", "hour.jsonl")
    tap.check([] if code == 0 else [out], "index the corpus")
    quarter_problems, quarter, _ = run(first, keys // 4, seed, env)
    problems, peak, seconds = run(first, keys, seed, env)
    print("# %.0f s; peak %d KiB, after a quarter of the keys %d KiB" % (seconds, peak, quarter))
    tap.check(quarter_problems, "a quarter of the hour")
    tap.check(problems, "the hour: desk, store and log agree")
    room = 1.5 if has_sanitizer() else 1.25  # freed memory waits in quarantine
    tap.check([] if peak <= quarter * room + 16384 else
              ["%d KiB after a quarter, %d at the end" % (quarter, peak)],
              "memory does not grow with the keys")
    shutil.rmtree(top)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
