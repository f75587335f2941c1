"""How quick the desk feels: milliseconds from a key to the first and the last
byte that it causes on a pseudo-terminal, beside less showing the same documents
in the same run.
"""
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

import machine

QUIET = 0.06  # seconds without a byte that end an answer


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
             "p99_ms": percentile(times, .99)}
    print("  %-5s %-28s p50 %7.2f  p99 %7.2f ms" % (program, what, shown["p50_ms"],
                                                    shown["p99_ms"]), file=sys.stderr)
    return [shown]


def answers(terminal, program, what, keys):
    """To the first byte (the answer begins) and to the last one (all news of
    it, a commit's "saved" included, is on the screen)."""
    seconds = [terminal.key(key) for key in keys]
    return [*row(program, what + ", first byte", [answer[0] for answer in seconds]),
            *row(program, what + ", last byte", [answer[1] for answer in seconds])]


def first_paint(argv, env, runs):
    firsts, lasts = [], []
    for _ in range(runs):
        terminal = Terminal(argv, env)
        first, last, _ = terminal.settle()
        firsts.append(first)
        lasts.append(last)
        os.write(terminal.fd, b"Q")
        terminal.settle(1)
        terminal.close()
    return [*row("stet", "start, first byte", firsts), *row("stet", "start, painted", lasts)]


def desk_rows(argv, env, keys):
    rows = first_paint(argv, env, 7)
    terminal = Terminal(argv, env)
    terminal.settle()
    for what, strokes in (("next document (J)", ["J"] * keys), ("line (j)", ["j"] * keys),
                          ("page (PgDn)", ["\x1b[6~"] * keys),
                          ("verdict and next (a, x)", ["a", "x"] * (keys // 2)),
                          ("undo (u)", ["u"] * (keys // 4)),
                          ("query (f word Enter)", ["f", "\x15the\r"] * 5)):
        rows += answers(terminal, "stet", what, strokes)
    os.write(terminal.fd, b"Q")
    terminal.close()
    return rows


def less_rows(text, env, keys):
    terminal = Terminal(["less", text], env)
    terminal.settle()
    rows = answers(terminal, "less", "line (j)", ["j"] * keys)
    rows += answers(terminal, "less", "page (space)", [" "] * (keys // 2))
    os.write(terminal.fd, b"q")
    terminal.close()
    return rows


def write_snippets(stet, work, path):
    out = machine.run([[stet, "search", "-C", work, "--json", "-n", "2000", "sort:len"]]).output
    with open(path, "w") as lines:
        for line in out.splitlines():
            lines.write(json.loads(line)["snippet"].replace("\n", " ") + "\n")


def measure(stet, corpus, keys, work):
    """Rows for the desk and for less, 160 columns and 50 lines."""
    folder, about = corpus
    shards = [os.path.join(folder, shard) for shard in about["sets"]["english"]["shards"]]
    env = dict(os.environ, TERM="xterm-256color", STET_REVIEWER="bench", LESSHISTFILE="-")
    env.pop("NO_COLOR", None)
    machine.empty(work)
    machine.run([[stet, "index", "-qy", "-C", work, *shards]])
    with open(os.path.join(work, ".stet", "config"), "a") as config:
        config.write("[policy]\n\tdwell = 0\n")
    rows = desk_rows([stet, "desk", "-C", work, "sort:len"], env, keys)
    text = os.path.join(work, "all.txt")
    write_snippets(stet, work, text)
    rows += less_rows(text, env, keys)
    machine.empty(work)
    return rows
