"""The command line on a terminal: over 700 strings that attack one, as arguments of
every kind, in messages about them, and in what is printed of data and workspace.
Only safe characters and known sequences reach the terminal.

usage: hostile_tty.py [--long]
"""
import argparse
import concurrent.futures
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from attacks import as_argument, as_bytes  # noqa: E402
from hostile_desk import Hostile, numbers  # noqa: E402
from program import REPORT, STET, Tap  # noqa: E402
from terminal import DRIVE, Pty  # noqa: E402

PATIENCE_MS = 600000
FEW = 6  # strings of which a short run takes one
# Runs a list of commands on the terminal that it has.
RUNNER = r"""
import subprocess, sys
for line in open(sys.argv[1]):
    print("\n== command " + line.split()[0], flush=True)
    status = subprocess.call([bytes.fromhex(word) for word in line.split()[1:]],
                             stdin=subprocess.DEVNULL)
    if status < 0 or status in (70, 125):
        print("== ended with %d" % status, flush=True)
"""
# "@" is the string; the document is id:pack00.
ARGUMENTS = """@|show @|show id:@|show source:@/id:@|show at:@:1|show sha:@|search @|search "@|search source:@
search sort:@|search @:1..2|search /@/|search NEAR(@|search --@|-@|search --format=@|tag +@ id:pack00
tag +@ id:@|verdict @ id:pack00|rate @=3 id:pack00|rate scale=@ id:pack00|note @ id:@
note --reviewer @ x id:pack00|verdict bad --reason @ --reviewer @ id:none|drop --reason @ id:none
queue give @ --to kim|queue save @ sort:@|queue save a --order @ x|queue save a --for @ x|queue remove @
queue export @|index @|index -C @|merge @|apply @|apply --to @ @|verify @|import scores @
import proposals @|import scores --classifier @ x|import scores --remove @|config get @
config set @ 1|config set corpus.text @|config set score.@.path x|export -o @/@|export --policy @
rewrite --from @ id:pack00|rewrite --span @ --from x id:pack00|redact --span @ id:pack00|insert --at @ x
log @|log --reviewer @|similar @|seekable @|restore @|backup @|desk --script @|desk --queue @ --script x
desk --size @ --script x|send-back --to @ id:pack00|adjudicate @ id:pack00|report @|stats --by @
check @|show --trust @|undo @|skip @|escalate @""".replace("\n", "|").split("|")
PRINTED = (["search", "-n", "0", "sort:shard"], ["search", "-n", "0", "--json", "sort:shard"],
           ["log"], ["log", "id:pack00"], ["queue", "list"], ["stats"], ["report"], ["config", "list"],
           ["config", "list", "--origin"], ["check"], ["similar", "id:pack00"], ["adjudicate"],
           ["show", "id:pack00"], ["show", "id:pack03"], ["show", "--json", "id:pack05"],
           ["search", "-n", "0", "N"], ["search", "-n", "0", "source:N*"], ["index", "--explain"])


class Tty:
    def __init__(self, top, first):
        self.top = top
        self.first = first
        self.tap = Tap()
        self.runs = 0

    def run(self, commands):
        """On one terminal, in a copy of the workspace; what was printed, what is wrong."""
        folder = os.path.join(tempfile.mkdtemp(dir=self.top), "work")
        shutil.copytree(self.first, folder)
        hostile = Hostile(folder)
        plan = os.path.join(folder, "plan")
        raw = os.path.join(folder, "raw")
        with open(plan, "w") as out:
            for number, words in enumerate(commands):
                line = [os.fsencode(STET)] + [word if isinstance(word, bytes) else word.encode()
                                              for word in words]
                out.write("%d %s\n" % (number, " ".join(word.hex() for word in line)))
        self.runs += len(commands)
        with Pty([sys.executable, "-c", RUNNER, plan], cols=200, rows=60,
                 env=dict(hostile.env, PWD=folder), cwd=folder, record=raw) as pty:
            status = pty.wait(PATIENCE_MS)
            findings = pty.findings()
            problems = ["left on: " + word for word in pty.left_on()]
        if status != ("exited", 0):
            problems.append("%s %d" % status)
        with open(raw, "rb") as data:
            printed = data.read()
        problems += [self.place(finding, printed, commands) for finding in findings]
        text = printed.decode("utf-8", "replace")
        report = REPORT.search(text)
        for at in [report.start()] if report else []:
            problems.append(text[max(0, at - 300):][:1500])
        at = text.find("== ended with")
        if at >= 0:
            problems.append(text[max(0, at - 600):at + 30])
        return text, problems

    @staticmethod
    def place(finding, printed, commands):
        """With the command that printed it."""
        at = int(finding.split()[1].rstrip(":"))
        number = printed[:at].count(b"\n== command ") - 1
        return "%s in %r: %r" % (finding, commands[max(number, 0)],
                                 printed[max(0, at - 60):at + 60])

    def arguments(self, templates, pieces):
        commands = []
        for template, piece in zip(templates, pieces):
            words = [word.encode().replace(b"@", as_argument(piece)) for word in template.split(" ")]
            commands.append(words)
        return self.run(commands)

    def printed(self, hostile):
        text, problems = self.run(PRINTED)
        left = set(range(hostile.count)) - numbers(text)
        if left:
            problems.append("never printed: " + " ".join("N%03d" % n for n in sorted(left)[:40]))
        self.tap.check(problems, "what %d commands print" % len(PRINTED))

    def malformed(self, hostile):
        """Shards, journals, patch sets, configurations that are none."""
        problems = []
        for at in range(0, hostile.count, 60):
            pieces = hostile.pieces[at:at + 60]
            folder = tempfile.mkdtemp(dir=self.top)
            names = []
            for number, piece in enumerate(pieces):
                path = os.path.join(folder, "%d" % number)
                with open(path, "wb") as out:
                    out.write(b'{"text":"x","id":' + as_bytes(piece) + b"}\n")
                names.append(path)
            commands = [["merge", name] for name in names[::4]]
            commands += [["verify", name, name] for name in names[1::4]]
            commands += [["import", "scores", name] for name in names[2::4]]
            commands += [["index", "-C", folder, "--yes"] + names]
            for number, piece in enumerate(pieces[::3]):
                inside = os.path.join(folder, "c%d" % number, ".stet")
                os.makedirs(inside)
                with open(os.path.join(inside, "config"), "wb") as out:
                    out.write((b"[%s]\n", b"[tag \"%s\"]\n", b"[desk]\n\ttheme = \"%s\"\n",
                               b"[keys]\n\t%s = x\n", b"[keys]\n\tgood = %s\n",
                               b"[score \"x\"]\n\tderive = %s\n")[number % 6] %
                              as_bytes(piece).replace(b"\n", b" "))
                commands += [["config", "list", "-C", os.path.dirname(inside)],
                             ["desk", "--script", "/dev/null", "-C", os.path.dirname(inside)],
                             ["search", "-C", os.path.dirname(inside), "x"]]
            problems += self.run(commands)[1]
        return problems

    def check(self, options):
        hostile = Hostile(self.first)
        pieces = hostile.pieces
        self.printed(hostile)
        parts = len(ARGUMENTS) if options.long else 3
        jobs = []
        with concurrent.futures.ThreadPoolExecutor(max_workers=3) as pool:
            for part in range(parts):
                if options.long:
                    mine = pieces
                    templates = [ARGUMENTS[part]] * len(pieces)
                else:
                    mine = pieces[part::parts * FEW]
                    templates = (ARGUMENTS[part::parts] * len(pieces))[:len(mine)]
                jobs.append((part, mine, pool.submit(self.arguments, templates, mine)))
            broken = pool.submit(self.malformed, hostile) if options.long else None
            for part, mine, job in jobs:
                self.tap.check(job.result()[1], "%d strings as arguments, %d of %d"
                               % (len(mine), part + 1, parts))
            if broken:
                self.tap.check(broken.result(), "malformed files")
        print("# %d commands" % self.runs)
        return self.tap.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true",
                        default=bool(os.environ.get("STET_TEST_LONG")))
    options = parser.parse_args()
    if not os.path.exists(DRIVE):
        print("1..0 # SKIP the pseudo-terminal needs libvterm-dev")
        return 0
    top = tempfile.mkdtemp(prefix="stet-tty-")
    try:
        first = os.path.join(top, "first")
        os.mkdir(first)
        Hostile(first).make(3, names=10)
        return Tty(top, first).check(options)
    finally:
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
