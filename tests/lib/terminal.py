"""A program on a pseudo-terminal, driven through tests/lib/pty_drive."""
import os
import subprocess

DRIVE = os.path.join(os.environ.get("builddir", "build"), "tests", "lib", "pty_drive")


class Pty:
    def __init__(self, argv, cols=80, rows=24, env=None, cwd=None, record=None):
        command = [DRIVE, "-s", "%dx%d" % (cols, rows)]
        if record:
            command += ["-r", record]
        self.process = subprocess.Popen(
            command + argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=env, cwd=cwd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def ask(self, *words):
        line = " ".join(str(word) for word in words)
        self.process.stdin.write(line.encode("utf-8", "surrogateescape") + b"\n")
        self.process.stdin.flush()
        head = self.process.stdout.readline().decode()
        if not head:
            raise RuntimeError("the pty driver ended at: " + line)
        count, _, rest = head.rstrip("\n").partition(" ")
        lines = [self.process.stdout.readline().decode("utf-8", "replace").rstrip("\n")
                 for _ in range(int(count))]
        return rest, lines

    def send(self, keys):
        """Keys, with \\e for ESC, \\r for Enter, \\xHH."""
        self.ask("send", keys)

    def press(self, keys):
        """Send, wait until it is quiet; microseconds to first and last output."""
        return tuple(int(word) for word in self.ask("press", keys)[0].split())

    def quiet(self, quiet_ms=60, max_ms=10000):
        return self.ask("quiet", quiet_ms, max_ms)[0] == "yes"

    def until(self, text, max_ms=10000):
        return self.ask("until", max_ms, text)[0] == "yes"

    def screen(self):
        return self.ask("screen")[1]

    def cursor(self):
        row, col = self.ask("screen")[0].split()
        return int(row), int(col)

    def size(self, cols, rows):
        self.ask("size", "%dx%d" % (cols, rows))

    def signal(self, number):
        self.ask("signal", int(number))

    def threads(self):
        """Their ids, the main thread's first."""
        pid = self.ask("pid")[0]
        return sorted(map(int, os.listdir("/proc/%s/task" % pid)))

    def wait(self, max_ms=10000):
        """('runs' | 'stopped' | 'exited' | 'killed', signal or status)"""
        word, value = self.ask("wait", max_ms)[0].split()
        return word, int(value)

    def resume(self):
        self.ask("continue")

    def hang_up(self):
        self.ask("hangup")

    def left_on(self):
        """What is not as before the program: 'changed' settings, modes."""
        return [word for word in self.ask("restored")[0].split() if word != "settings"]

    def findings(self):
        return self.ask("check")[1]
