"""Runs the program under test and judges what every run must keep: no crash,
no hang, bounded memory, nothing on stdout or stderr that a terminal obeys."""
import os
import re
import subprocess
import tempfile
import threading
import unicodedata

STET = os.environ.get("STET") or os.path.join(os.environ.get("builddir", "build"), "stet")
REPORT = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|"
                    r"Assertion .* failed|stack smashing")


def has_sanitizer():
    with open(STET, "rb") as program:
        return b"__asan_init" in program.read()


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def check(self, problems, name):
        """`problems`: a list of words; empty is good."""
        self.count += 1
        self.failed += bool(problems)
        print("%sok %d - %s" % ("not " if problems else "", self.count, name), flush=True)
        for problem in problems:
            for line in ascii(problem).split("\\n")[:40]:
                print("# " + line[:400], flush=True)
        return not problems

    def skip(self, name, why):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, why), flush=True)

    def end(self):
        print("1..%d" % self.count)
        return self.failed > 0


def forbidden(data):
    """What in these bytes must not reach a terminal, or None."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return "ill-formed UTF-8 at byte %d: %r" % (error.start,
                                                    data[max(0, error.start - 20):error.start + 9])
    for at, char in enumerate(text):
        if char < "\x7f":
            if char < " " and char not in "\n\t":
                return "U+%04X after %r" % (ord(char), text[max(0, at - 20):at])
        elif unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Co"):
            return "U+%04X after %r" % (ord(char), text[max(0, at - 20):at])
    return None


class Result:
    def __init__(self, status, out, err, rss, hung):
        self.status = status
        self.out = out
        self.err = err
        self.rss = rss
        self.hung = hung

    @property
    def text(self):
        return self.out.decode("utf-8", "replace")

    @property
    def message(self):
        return self.err.decode("utf-8", "replace")


class Program:
    """One folder's runs. Everything wrong is collected in `problems`."""

    def __init__(self, timeout, max_rss):
        self.timeout = timeout
        self.max_rss = max_rss
        self.problems = []
        self.peak = 0
        self.runs = 0
        self.env = dict(os.environ, STET_REVIEWER="kim", LC_ALL="C.UTF-8",
                        ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=1")

    def wrong(self, args, what):
        self.problems.append("stet %s: %s" % (" ".join(args), what))

    def run(self, *args, raw=False, stdin=None):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                [STET, *args], env=self.env, stdout=out, stderr=err,
                stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL)
            if stdin is not None:
                process.stdin.write(stdin)
                process.stdin.close()
            killed = []
            timer = threading.Timer(self.timeout,
                                    lambda: (killed.append(1), process.kill()))
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            result = Result(process.returncode, out.read(), err.read(),
                            usage.ru_maxrss << 10, bool(killed))
        self.judge(args, result, raw)
        return result

    def judge(self, args, result, raw):
        self.runs += 1
        self.peak = max(self.peak, result.rss)
        if result.hung:
            self.wrong(args, "took over %d s" % self.timeout)
        elif result.status < 0:
            self.wrong(args, "killed by signal %d" % -result.status)
        if REPORT.search(result.message):
            self.wrong(args, result.message[-1500:])
        if result.rss > self.max_rss:
            self.wrong(args, "%d MiB of memory" % (result.rss >> 20))
        for name, data in (("stdout", b"" if raw else result.out), ("stderr", result.err)):
            found = forbidden(data)
            if found:
                self.wrong(args, "%s: %s" % (name, found))

    def expect(self, status, *args, **kwargs):
        """Run; a wrong exit status is a problem. `status`: one or several."""
        result = self.run(*args, **kwargs)
        wanted = status if isinstance(status, tuple) else (status,)
        if result.status not in wanted:
            self.wrong(args, "exit %d, not %s\n%s" % (
                result.status, " or ".join(map(str, wanted)), result.message[-600:]))
        return result

    def take(self):
        problems, self.problems = self.problems, []
        return problems
