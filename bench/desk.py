"""How quick the desk feels: milliseconds from a key to the last byte that it
causes on a pseudo-terminal, at the median and the 95th and 99th percentile,
beside less showing the same documents in the same run.

    bench/desk.py --stet build/stet SHARD...
"""
import argparse
import json
import os
import pty
import select
import shutil
import struct
import subprocess
import tempfile
import time
import fcntl
import termios

QUIET = 0.06  # seconds without a byte that end an answer


class Terminal:
    def __init__(self, argv, env, rows=50, columns=160):
        self.started = time.perf_counter()
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
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def report(name, seconds):
    times = [1000 * value for value in seconds if value is not None]
    print("%-32s n %4d   p50 %7.2f   p95 %7.2f   p99 %7.2f ms"
          % (name, len(times), percentile(times, .5), percentile(times, .95),
             percentile(times, .99)), flush=True)


def measure(terminal, name, keys):
    """To the first byte (the answer begins) and to the last one (all news of
    it, a commit's "saved" included, is on the screen)."""
    answers = [terminal.key(key) for key in keys]
    report(name + ", first", [answer[0] for answer in answers])
    report(name + ", last", [answer[1] for answer in answers])


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
    report("first byte", firsts)
    report("first paint complete", lasts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stet", default="build/stet")
    parser.add_argument("--query", default="")
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("shards", nargs="+")
    options = parser.parse_args()
    stet = os.path.abspath(options.stet)
    work = tempfile.mkdtemp(prefix="stet-bench-")
    env = dict(os.environ, TERM="xterm-256color", STET_REVIEWER="bench", LESSHISTFILE="-")
    env.pop("NO_COLOR", None)
    try:
        shards = [os.path.abspath(shard) for shard in options.shards]
        subprocess.run([stet, "index", "-C", work, "-q", *shards], check=True,
                       stdout=subprocess.DEVNULL)
        with open(os.path.join(work, ".stet", "config"), "a") as config:
            config.write("[policy]\n\tdwell = 0\n")
        desk = [stet, "desk", "-C", work, options.query or "sort:len"]
        print("stet desk, 160x50")
        first_paint(desk, env, 7)
        terminal = Terminal(desk, env)
        terminal.settle()
        n = options.keys
        measure(terminal, "next document (J)", ["J"] * n)
        measure(terminal, "line (j)", ["j"] * n)
        measure(terminal, "page (PgDn)", ["\x1b[6~"] * n)
        measure(terminal, "verdict and next (a, x)", ["a", "x"] * (n // 2))
        measure(terminal, "undo (u)", ["u"] * (n // 4))
        measure(terminal, "query (f word Enter)", ["f", "\x15the\r"] * 5)
        os.write(terminal.fd, b"Q")
        terminal.close()
        text = os.path.join(work, "all.txt")
        out = subprocess.run([stet, "search", "-C", work, "--json", "-n", "2000",
                              options.query or "sort:len"], stdout=subprocess.PIPE)
        with open(text, "w") as lines:
            for line in out.stdout.decode().splitlines():
                lines.write(json.loads(line)["snippet"].replace("\n", " ") + "\n")
        print("less, 160x50, as many snippets")
        terminal = Terminal(["less", text], env)
        terminal.settle()
        measure(terminal, "line (j)", ["j"] * n)
        measure(terminal, "page (space)", [" "] * (n // 2))
        os.write(terminal.fd, b"q")
        terminal.close()
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
