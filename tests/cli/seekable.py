#!/usr/bin/env python3
"""`stet seekable` and `stet index --as NAME -`: the same bytes as came in, in
a form that the zstd tool reads; nothing half, nothing overwritten (TAP).

Long form: STET_TEST_LONG=1 kills more often.
"""
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import program  # noqa: E402

STET = os.path.abspath(program.STET)
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
KILLS = 60 if os.environ.get("STET_TEST_LONG") else 4
chance = random.Random(SEED)
tap = program.Tap()
ENV = dict(os.environ, STET_REVIEWER="kim")
print("# seed %d" % SEED)


def run(*args, data=None, cwd=None):
    return subprocess.run([STET, *args], input=data, env=ENV, cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)


def zstd(*args, data=None):
    return subprocess.run(["zstd", "-q", *args], input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def lines(count, size):
    return b"".join(json.dumps({"id": i, "text": "".join(
        chance.choice("abc dé\n") for _ in range(chance.randrange(size)))}).encode() + b"\n"
        for i in range(count))


def expect(result, status, *words):
    problems = []
    if result.returncode != status:
        problems.append("exit %d, not %d: %s" % (result.returncode, status,
                                                 result.stderr.decode()))
    problems += ["no word of " + word for word in words
                 if word not in (result.stderr + result.stdout).decode()]
    problems += program.REPORT.findall(result.stderr.decode("utf-8", "replace"))
    return problems


def litter(folder):
    return ["left behind: " + name for name in os.listdir(folder) if "partial" in name]


def check_copies(folder):
    body = lines(3000, 600)
    odd = b"\xef\xbb\xbf" + lines(3, 50) + b"\r\n\n" + lines(2, 20).rstrip(b"\n")
    shards = {
        "plain.jsonl": body, "one.jsonl.zst": zstd("-c", data=body),
        "members.json.gz": gzip.compress(body[:70000]) + gzip.compress(body[70000:]),
        "odd.jsonl": odd, "long.jsonl": json.dumps({"text": "x" * 3000000}).encode(),
    }
    inside = {name: body for name in shards}
    inside["odd.jsonl"] = odd
    inside["long.jsonl"] = shards["long.jsonl"]
    for name, data in shards.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    problems = expect(run("seekable", "--to", "out", *sorted(shards), cwd=folder), 0)
    for name, data in inside.items():
        bare = name[:-3] if name.endswith(".gz") else name[:-4] if name.endswith(".zst") else name
        path = os.path.join(folder, "out", bare + ".zst")
        if zstd("-dc", path) != data:
            problems.append(name + ": other bytes")
    tap.check(problems, "copies of every container hold the same bytes for zstd")
    with open(os.path.join(folder, "out", "plain.jsonl.zst"), "rb") as file:
        before = file.read()
    problems = expect(run("seekable", "--to", "out", "plain.jsonl", cwd=folder), 73, "exists")
    with open(os.path.join(folder, "out", "plain.jsonl.zst"), "rb") as file:
        problems += [] if file.read() == before else ["it was written again"]
    tap.check(problems, "nothing is overwritten")
    problems = expect(run("seekable", "--to", "small", "--level", "19", "--frame", "4k",
                          "one.jsonl.zst", cwd=folder), 0)
    listed = zstd("-l", os.path.join(folder, "small", "one.jsonl.zst")).decode().split("\n")[1]
    if int(listed.split()[0]) < len(body) // 4096 or listed.split()[1] != "1":
        problems.append(listed)
    tap.check(problems, "--frame and --level are obeyed")
    problems = expect(run("seekable", "--to", "x", "--frame", "1k", "plain.jsonl", cwd=folder), 64)
    problems += expect(run("seekable", "--to", "x", "--level", "0", "plain.jsonl", cwd=folder), 64)
    problems += expect(run("seekable", "plain.jsonl", cwd=folder), 64, "--to")
    tap.check(problems, "bad options are refused")
    with open(os.path.join(folder, "cut.jsonl.zst"), "wb") as file:
        file.write(shards["one.jsonl.zst"][:-1000])
    problems = expect(run("seekable", "--to", "cut", "cut.jsonl.zst", cwd=folder), 65)
    problems += ["there: " + name for name in os.listdir(os.path.join(folder, "cut"))]
    problems += expect(run("seekable", "--to", "cut", "cut.jsonl.zst", "odd.jsonl", cwd=folder),
                       1, "cut.jsonl.zst")
    problems += [] if os.listdir(os.path.join(folder, "cut")) == ["odd.jsonl.zst"] else ["which?"]
    tap.check(problems, "a damaged shard leaves nothing, the others go on")
    problems = expect(run("index", "--quiet", "out/one.jsonl.zst", "small/one.jsonl.zst",
                          cwd=folder), 0)
    status = run("index", "--status", cwd=folder).stdout.decode()
    problems += [] if status.count("in place") == 2 else [status]
    tap.check(problems, "copies are read in place")


def check_kills(folder):
    body = lines(8000, 900)
    source = os.path.join(folder, "big.jsonl")
    with open(source, "wb") as file:
        file.write(body)
    start = time.monotonic()
    run("seekable", "--to", "timed", "big.jsonl", cwd=folder)
    span = time.monotonic() - start
    problems = []
    for i in range(KILLS):
        process = subprocess.Popen([STET, "seekable", "--to", "kill%d" % i, "big.jsonl"],
                                   cwd=folder, env=ENV, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(chance.random() * span)
        process.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
        process.wait()
        path = os.path.join(folder, "kill%d" % i, "big.jsonl.zst")
        if os.path.exists(path) and hashlib.sha256(zstd("-dc", path)).digest() != \
                hashlib.sha256(body).digest():
            problems.append("half a file after a kill")
    tap.check(problems, "killed at %d moments: whole or absent" % KILLS)
    process = subprocess.Popen([STET, "seekable", "--to", "term", "big.jsonl"], cwd=folder,
                               env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(span / 4)
    process.send_signal(signal.SIGTERM)
    process.wait()
    there = os.path.join(folder, "term")
    tap.check(litter(there) if os.path.isdir(there) else [], "SIGTERM leaves no litter")


def count(folder, query=""):
    return run("search", "--count", query, cwd=folder).stdout.decode().split()[0]


def check_stdin(folder):
    body = lines(500, 300)
    problems = expect(run("index", "--quiet", "--as", "piped", "-", data=body, cwd=folder), 0)
    path = os.path.join(folder, "piped.jsonl.zst")
    problems += [] if zstd("-dc", path) == body else ["other bytes"]
    problems += [] if count(folder) == "500" else ["count " + count(folder)]
    tap.check(problems, "stdin becomes a shard and is indexed")
    problems = expect(run("index", "--quiet", "--as", "piped", "-", data=lines(3, 9), cwd=folder),
                      73, "--replace")
    problems += [] if zstd("-dc", path) == body else ["it was replaced"]
    problems += expect(run("index", "--quiet", "--as", "piped", "--replace", "-",
                           data=gzip.compress(lines(7, 90)), cwd=folder), 0)
    problems += [] if count(folder) == "7" else ["count " + count(folder)]
    tap.check(problems, "a second time only with --replace; gzip comes in, too")
    problems = expect(run("index", "--quiet", "--as", "a/b/part.jsonl.zst", "-",
                          data=zstd("-c", data=lines(5, 40)), cwd=folder), 0)
    problems += [] if count(folder, "shard:a/b/part.jsonl.zst") == "5" else ["not there"]
    tap.check(problems, "a name with folders, zstd on stdin")
    problems = []
    for name in ("", "../x", "/tmp/x", ".x", "a/../b", "a//b", "a/", "x\ny", "n" * 300):
        problems += expect(run("index", "--as", name, "-", data=body, cwd=folder), 64)
    problems += expect(run("index", "-", data=body, cwd=folder), 64, "--as")
    problems += expect(run("index", "--as", "x", cwd=folder), 64)
    problems += expect(run("index", "--as", "x", "-", "piped.jsonl.zst", cwd=folder), 64)
    tap.check(problems, "names that lead elsewhere are refused")
    problems = []
    broken = zstd("-c", data=body)
    for data in (b"", body[:-20], broken[:-50], gzip.compress(body)[:-9], b"\0\1\2\3" * 50):
        problems += expect(run("index", "--quiet", "--as", "broken", "-", data=data, cwd=folder),
                           65)
        problems += ["kept"] if os.path.exists(os.path.join(folder, "broken.jsonl.zst")) else []
    tap.check(problems + litter(folder), "empty and broken-off inputs leave nothing")
    problems = expect(run("index", "--quiet", "--as", "last", "-", data=body.rstrip(b"\n"),
                          cwd=folder), 0)
    tap.check(problems, "a last record without a line end is whole")
    huge = json.dumps({"id": "huge", "text": "word " * 2000000}).encode() + b"\n"
    problems = expect(run("index", "--quiet", "--max-record", "1M", "--as", "huge", "-",
                          data=huge + lines(2, 30), cwd=folder), 1, "1 records rejected")
    stored = zstd("-dc", os.path.join(folder, "huge.jsonl.zst"))
    problems += [] if stored.startswith(huge) else ["the line is not kept"]
    tap.check(problems, "a line over the limit is kept and rejected by itself")


def check_pipes(folder):
    body = lines(4000, 500)
    problems = []
    for i in range(KILLS):
        name = "pipe%d" % i
        process = subprocess.Popen([STET, "index", "--quiet", "--as", name, "-"], cwd=folder,
                                   env=ENV, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            process.stdin.write(body)
            process.stdin.flush()
            process.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM]))
            if process.wait(60) == 0:
                problems.append("took what did not end")
        except BrokenPipeError:
            pass
        process.stdin.close()
        process.wait()
        if os.path.exists(os.path.join(folder, name + ".jsonl.zst")):
            problems.append("kept " + name)
    tap.check(problems, "killed while it reads: nothing is kept")
    for name in os.listdir(folder):
        if "partial" in name:
            os.unlink(os.path.join(folder, name))
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", 'cat | "$1" index --quiet --as reader - >&- ; echo $?',
         "-", STET], cwd=folder, env=ENV, input=lines(3, 9), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    problems = [] if result.stdout.strip() != b"0" else ["closed stdout was not told"]
    tap.check(problems + litter(folder), "a closed stdout is an error, not a crash")
    convert = "import json,sys\nfor i in range(100): print(json.dumps({'id':i,'text':'row %d'%i}))"
    result = subprocess.run(["bash", "-c", 'python3 -c "$1" | "$2" index -q --as rows -', "-",
                             convert, STET], cwd=folder, env=ENV, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
    problems = expect(result, 0)
    problems += [] if count(folder, "shard:rows.jsonl.zst") == "100" else ["not all rows"]
    tap.check(problems, "at the end of a pipe")


def main():
    if not shutil.which("zstd"):
        print("1..0 # SKIP no zstd tool")
        return 0
    for check in (check_copies, check_kills, check_stdin, check_pipes):
        with tempfile.TemporaryDirectory() as folder:
            check(folder)
    return tap.end()


sys.exit(main())
