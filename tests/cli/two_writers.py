"""Two processes decide on one workspace at once, each thousands of times:
everything acknowledged is there, nothing twice, nobody is told "busy".

Long form: two_writers.py --decisions 2000
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import corpus  # noqa: E402

STET = os.environ.get("STET") or os.path.join(os.environ.get("builddir", "build"), "stet")


def writer(workspace, name, decisions, batch):
    """A shell loop's worth of work: `batch` decisions a call."""
    code = (
        "import json, subprocess, sys\n"
        "stet, ws, name, total, batch = sys.argv[1], sys.argv[2], sys.argv[3],"
        " int(sys.argv[4]), int(sys.argv[5])\n"
        "for start in range(0, total, batch):\n"
        "    lines = ''.join('%s\\tid:doc-%d-%d\\n' % ('good' if i % 2 else 'bad',"
        " i % 3, i % 200) for i in range(start, min(start + batch, total)))\n"
        "    done = subprocess.run([stet, 'verdict', '-C', ws, '--reviewer', name,"
        " '--json', '--batch', '-'], input=lines.encode(), stdout=subprocess.PIPE)\n"
        "    if done.returncode:\n"
        "        sys.exit(done.returncode)\n"
        "    sys.stdout.buffer.write(done.stdout)\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, STET, workspace, name,
                             str(decisions), str(batch)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--decisions", type=int, default=200)
    parser.add_argument("--batch", type=int, default=10)
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="stet-two-")
    failed = 0
    try:
        shards = corpus.make(os.path.join(work, "shards"), 3, 200, 7)
        done = subprocess.run([STET, "index", "-C", work, "-q", *shards],
                              stdout=subprocess.DEVNULL)
        assert done.returncode == 0
        both = [writer(work, name, options.decisions, options.batch)
                for name in ("ana", "kim")]
        outputs = [process.communicate() for process in both]
        good = all(process.returncode == 0 for process in both)
        print("%sok 1 - both writers finish without an error" % ("" if good else "not "))
        for _, err in outputs:
            for line in err.decode().splitlines()[:5]:
                print("# " + line)
        failed += not good
        acknowledged = [json.loads(line)["uuid"] for out, _ in outputs
                        for line in out.decode().splitlines()]
        log = subprocess.run([STET, "log", "-C", work, "--json"], stdout=subprocess.PIPE)
        stored = [json.loads(line) for line in log.stdout.decode().splitlines()]
        uuids = [line["uuid"] for line in stored]
        good = sorted(acknowledged) == sorted(uuids) and len(uuids) == 2 * options.decisions
        print("%sok 2 - all %d decisions are there, once (%d stored)"
              % ("" if good else "not ", len(acknowledged), len(uuids)))
        failed += not good
        order = [(line["lamport"], line["uuid"]) for line in stored]
        good = order == sorted(order) and len({pair[0] for pair in order}) == len(order)
        print("%sok 3 - their order is total" % ("" if good else "not "))
        failed += not good
        good = subprocess.run([STET, "check", "-C", work],
                              stdout=subprocess.DEVNULL).returncode == 0
        print("%sok 4 - the store is sound" % ("" if good else "not "))
        failed += not good
        print("1..4")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
