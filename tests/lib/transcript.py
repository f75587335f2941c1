"""Run a transcript of commands and compare what they print (TAP).

    transcript.py [--update] FILE.t

A line of FILE that starts with "  $ " is a command for bash, "  > " goes on
with it; the other lines indented by two are what it must print (both streams),
and "  [65]" its exit status when that is not 0. All else is prose. A line that
ends with " (re)" is a regular expression. Control characters are written as
escapes, what differs from run to run as FOLDER, UUID, PATCH and so on. The commands run in an empty folder, one process each, at a fixed time.
--update writes what was printed into FILE, but keeps the (re) lines that match.
"""
import os
import re
import subprocess
import sys
import tempfile


VARYING = [
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
    (r'"patch":"[0-9a-f]{16}"', '"patch":"PATCH"'),
    (r"\([0-9.]+ .?B free\)", "(FREE)"),
    (r": (gzip|zstd), [0-9]+ bytes;", r": \1, SIZE;"),
    (r"\([0-9.]+ s, [0-9]+ MB of text/s, index .*\)", "(SPEED)"),
]


def read_steps(lines):
    """[(line number of the command, command, expected lines)], as written."""
    steps = []
    for number, line in enumerate(lines):
        if line.startswith("  $ "):
            steps.append((number, [line[4:]], []))
        elif line.startswith("  > ") and steps and not steps[-1][2]:
            steps[-1][1].append(line[4:])
        elif line.startswith("  ") and steps:
            steps[-1][2].append(line[2:])
    return steps


def visible(raw, folder):
    text = raw.decode("utf-8", "backslashreplace").replace(folder, "FOLDER")
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    return "".join(c if c.isprintable() or c == "\n" else
                   c.encode("unicode_escape").decode() for c in text)


def environment(folder):
    srcdir = os.path.abspath(os.environ.get("srcdir", "."))
    builddir = os.path.abspath(os.environ.get("builddir", "."))
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("STET_", "XDG_", "LC_"))}
    env.update({
        "DATA": os.path.join(srcdir, "tests/data"),
        "HOME": os.path.join(folder, ".home"),
        "LC_ALL": "C.UTF-8",
        "PATH": builddir + ":" + os.environ["PATH"],
        "STET_REVIEWER": "ann",
        "STET_TEST_NOW": "2026-11-20T12:00:00Z",
        "TZ": "UTC",
    })
    return env


def run(command, folder, env):
    try:
        done = subprocess.run(["bash", "-c", "\n".join(command)], cwd=folder,
                              env=env, stdin=subprocess.DEVNULL, timeout=120,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        return ["no answer in 120 seconds"]
    lines = visible(done.stdout, folder).split("\n")
    if lines[-1] == "":
        lines.pop()
    if done.returncode:
        lines.append(f"[{done.returncode}]")
    return lines


def matches(expected, got):
    if expected.endswith(" (re)"):
        return re.fullmatch(expected[:-5], got) is not None
    return expected == got


def same(expected, got):
    return len(expected) == len(got) and all(map(matches, expected, got))


def merged(expected, got):
    """What was printed, with the patterns of the file where they match."""
    patterns = [line for line in expected if line.endswith(" (re)")]
    return [next((p for p in patterns if matches(p, line)), line)
            for line in got]


def update(path, lines, steps, outputs):
    out = []
    at = 0
    for (number, command, expected), got in zip(steps, outputs):
        end = number + len(command)
        out += lines[at:end] + ["  " + line for line in merged(expected, got)]
        at = end + len(expected)
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(out + lines[at:]) + "\n")


def main(path, updating):
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    if lines[-1] == "":
        lines.pop()
    steps = read_steps(lines)
    outputs = []
    failed = 0
    print(f"1..{len(steps)}")
    with tempfile.TemporaryDirectory() as base:
        folder = os.path.realpath(base)
        env = environment(folder)
        os.mkdir(env["HOME"])
        os.mkdir(os.path.join(folder, "w"))
        for count, (number, command, expected) in enumerate(steps, 1):
            got = run(command, os.path.join(folder, "w"), env)
            outputs.append(got)
            good = same(expected, got)
            failed += not good
            # "#" would begin a TAP directive.
            name = command[0].replace("#", "")
            print("ok" if good else "not ok", count,
                  f"- {os.path.basename(path)}:{number + 1}: {name}")
            if not good:
                for line in expected:
                    print("# -", line)
                for line in got:
                    print("# +", line)
    if updating:
        update(path, lines, steps, outputs)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: transcript.py [--update] FILE.t")
    sys.exit(main(sys.argv[-1], "--update" in sys.argv))
