"""How quick the desk feels: milliseconds from a key to the first and the last
byte that it causes on a pseudo-terminal, beside less, tig and lnav showing the
same documents, a line each, in the same run; at rest, while an index is built
beside it, and on texts of megabytes.
"""
import fcntl
import json
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import termios
import threading
import time

import machine

QUIET = 0.06  # seconds without a byte that end an answer

# What is promised of the 95th percentile, in milliseconds; of the first byte
# where what comes behind it is the news of a commit.
GATES = {"line (j), last byte": 3, "page (PgDn), last byte": 5,
         "next document (J), last byte": 16, "verdict and next (a, x), first byte": 16,
         "start, painted": 50}


class Terminal:
    def __init__(self, argv, env, rows=50, columns=160):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def settle(self, limit=10.0):
        """(seconds to the first byte, to the last one, bytes)."""
        start = time.perf_counter()
        first = last = None
        count = 0
        while time.perf_counter() - start < limit:
            ready, _, _ = select.select([self.fd], [], [], QUIET if count else 0.5)
            if not ready:
                break
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                break
            if not data:
                break
            last = time.perf_counter() - start
            first = first or last
            count += len(data)
        return first, last, count

    def key(self, key):
        os.write(self.fd, key.encode())
        return self.settle()

    def close(self):
        try:
            os.close(self.fd)
        except OSError:
            pass
        os.waitpid(self.pid, 0)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def row(program, what, seconds):
    """None or one: keys may find nothing to do, as at a text's end."""
    times = [1000 * value for value in seconds if value is not None]
    if not times:
        return []
    shown = {"program": program, "what": what, "n": len(times),
             "p50_ms": percentile(times, .5), "p95_ms": percentile(times, .95),
             "p99_ms": percentile(times, .99), "most_ms": max(times)}
    if program == "stet" and what in GATES:
        shown["gate_ms"] = GATES[what]
    print("  %-5s %-36s n %3d  p50 %7.2f  p95 %7.2f  most %7.2f ms" % (
        program, what, shown["n"], shown["p50_ms"], shown["p95_ms"], shown["most_ms"]), file=sys.stderr)
    return [shown]


def answers(terminal, program, what, keys):
    """To the first byte (the answer begins) and to the last one (all news of
    it, a commit's "saved" included, is on the screen)."""
    seconds = [terminal.key(key) for key in keys]
    return [*row(program, what + ", first byte", [answer[0] for answer in seconds]),
            *row(program, what + ", last byte", [answer[1] for answer in seconds])]


def first_paint(program, argv, env, runs):
    firsts, lasts = [], []
    for _ in range(runs):
        terminal = Terminal(argv, env)
        first, last, _ = terminal.settle()
        firsts.append(first)
        lasts.append(last)
        os.write(terminal.fd, b"Q")
        terminal.settle(1)
        terminal.close()
    return [*row(program, "start, first byte", firsts), *row(program, "start, painted", lasts)]


def desk_rows(argv, env, keys, word):
    rows = first_paint("stet", argv, env, max(7, keys // 5))
    terminal = Terminal(argv, env)
    terminal.settle()
    for what, strokes in (("next document (J)", ["J"] * keys), ("line (j)", ["j"] * keys),
                          ("page (PgDn)", ["\x1b[6~"] * keys),
                          ("verdict and next (a, x)", ["a", "x"] * (keys // 2)),
                          ("undo (u)", ["u"] * (keys // 4)),
                          ("query (f word Enter)", ["f", "\x15%s\r" % word] * 5)):
        rows += answers(terminal, "stet", what, strokes)
    os.write(terminal.fd, b"Q")
    terminal.close()
    return rows


def pager_rows(name, argv, env, keys):
    """A program that shows a text by lines and pages."""
    rows = first_paint(name, argv, env, max(7, keys // 5))
    terminal = Terminal(argv, env)
    terminal.settle()
    rows += answers(terminal, name, "line (j)", ["j"] * keys)
    rows += answers(terminal, name, "page (space)", [" "] * (keys // 2))
    os.write(terminal.fd, b"q")
    terminal.close()
    return rows


def pagers(text, env, keys):
    rows = []
    for name, argv in (("less", ["less", text]), ("lnav", ["lnav", "-q", text]),
                       ("tig", ["sh", "-c", "exec tig <'%s'" % text])):
        if shutil.which(name):
            rows += pager_rows(name, argv, env, keys)
        else:
            print("  %s is not installed" % name, file=sys.stderr)
    return rows


def write_snippets(stet, work, path):
    out = machine.run([[stet, "search", "-C", work, "--json", "-n", "2000", "sort:len"]]).output
    with open(path, "w") as lines:
        for line in out.splitlines():
            lines.write(json.loads(line)["snippet"].replace("\n", " ") + "\n")


class Building:
    """An index that is built again and again beside what is measured."""

    def __init__(self, stet, work, shards):
        self.argv = [stet, "index", "-qy", "-C", work, *shards]
        self.work = work
        self.child = None
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.build)

    def build(self):
        while not self.stop.is_set():
            machine.empty(self.work)
            self.child = subprocess.Popen(self.argv, stdout=subprocess.DEVNULL)
            self.child.wait()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        if self.child:
            self.child.terminate()
        self.thread.join()


def write_long(path):
    """Between two short texts one of 5 MB in a line and one of 50,000 lines."""
    words = ["%x" % (number * 2654435761 % 1048573) for number in range(4096)]
    line = " ".join(words[number % 4096] for number in range(900_000))[:5_000_000]
    lines = "\n".join("%d %s" % (number, words[number % 4096]) for number in range(50_000))
    with open(path, "w") as shard:
        for name, text in (("a", "short"), ("b", line), ("c", "short"), ("d", lines)):
            shard.write(json.dumps({"id": name, "text": text}) + "\n")


def long_rows(stet, env, keys, work):
    """Opening is J onto the text and K away from it, four times in a desk each."""
    machine.empty(work)
    write_long(os.path.join(work, "long.jsonl"))
    machine.run([[stet, "index", "-qy", "-C", work, os.path.join(work, "long.jsonl")]])
    argv = [stet, "desk", "-C", work, "sort:shard"]
    rows = []
    for what, there in (("5 MB in a line", 1), ("50,000 lines", 3)):
        opened = []
        for _ in range(4):
            terminal = Terminal(argv, env)
            terminal.settle()
            for _ in range(there - 1):
                terminal.key("J")
            opened.append(terminal.key("J")[1])
            terminal.close()
        rows += row("stet", "open a text of " + what, opened)
        terminal = Terminal(argv, env)
        terminal.settle()
        for key in "J" * there + "\t":  # into the text
            terminal.key(key)
        for name, stroke in (("line", "j"), ("page", "\x1b[6~"), ("its end", "G"),
                             ("its top", "g")):
            count = keys if name in ("line", "page") else 4
            seconds = [terminal.key(stroke)[1] for _ in range(count)]
            rows += row("stet", "%s, %s" % (what, name), seconds)
        terminal.close()
    return rows


def environment():
    env = dict(os.environ, TERM="xterm-256color", STET_REVIEWER="bench", LESSHISTFILE="-")
    env.pop("NO_COLOR", None)
    return env


def on_index(stet, work, keys, query, word):
    """Rows for the desk on an index that is there."""
    with open(os.path.join(work, ".stet", "config"), "a") as config:
        config.write("[policy]\n\tdwell = 0\n")
    return desk_rows([stet, "desk", "-C", work, query], environment(), keys, word)


def measure(stet, corpus, keys, work):
    """Tables of rows: 160 columns and 50 lines."""
    folder, about = corpus
    shards = [os.path.join(folder, shard) for shard in about["sets"]["english"]["shards"]]
    env = environment()
    home, beside = os.path.join(work, "desk"), os.path.join(work, "beside")
    machine.empty(home)
    machine.run([[stet, "index", "-qy", "-C", home, *shards]])
    rows = on_index(stet, home, keys, "sort:len", "the")
    text = os.path.join(home, "all.txt")
    write_snippets(stet, home, text)
    rows += pagers(text, env, keys)
    with Building(stet, beside, shards):
        busy = desk_rows([stet, "desk", "-C", home, "sort:len"], env, keys, "the")
    tables = [{"where": "at rest", "rows": rows},
              {"where": "while an index is built beside it", "rows": busy},
              {"where": "long texts", "rows": long_rows(stet, env, keys, home)}]
    machine.empty(work)
    return tables
