"""Regular expressions over compressed shards: `stet search --count` beside
`rg -z -c` on the same files, both with all cores. rg reads lines of JSON, stet
the documents' texts, so that counts differ a little: a pattern can also match
an id, and "\\n" is two characters to rg. Some patterns hold a word that stet's
index knows; the others make both read everything.
"""
import shutil
import statistics
import subprocess
import sys

import machine

# set -> what it is, pattern, flags
PATTERNS = {
    "english": [
        ("a rare word", "quaternion", ""),
        ("two words", "segmentation fault", ""),
        ("part of a word", "hreadsaf", ""),
        ("three words, any case", "kill|murder|suicide", "i"),
        ("an address", "[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}", ""),
        ("five vowels", "[aeiou]{5}", ""),
        ("two shapes of words", "[A-Z][a-z]+ing [a-z]+ly", ""),
    ],
    "multilingual": [
        ("two ideographs", "\u65e5\u672c", ""),
        ("twelve katakana", "[\u30a1-\u30f6\u30fc]{12,}", ""),
        ("a Russian ending", "[\u0410-\u042f][\u0430-\u044f]+\u043e\u0441\u0442\u044c", ""),
    ],
}


def stet_count(stet, work, pattern, flags):
    seconds, _, output = machine.run([[stet, "search", "-C", work, "--count",
                                       "/%s/%s" % (pattern, flags)]])
    return seconds, int(output.split()[0])


def rg_count(shards, pattern, flags):
    whole = "(?%s)%s" % (flags, pattern) if flags else pattern
    seconds, _, output = machine.run([["rg", "-z", "-c", "--no-filename", "-e", whole, *shards]],
                                     fine=(0, 1))  # 1: nothing matched
    return seconds, sum(map(int, output.split()))


def can(stet, work):
    try:
        stet_count(stet, work, "[0-9]{4}", "")
    except (subprocess.CalledProcessError, ValueError):
        print("scan: this stet has no /regex/ queries: left out", file=sys.stderr)
        return False
    if not shutil.which("rg"):
        print("scan: rg is not installed: left out", file=sys.stderr)
        return False
    return True


def measure(stet, corpus, runs, work):
    """set -> rows; none when it cannot be done."""
    folder, about = corpus
    result = {}
    for name, known in about["sets"].items():
        shards = ["%s/%s" % (folder, shard) for shard in known["shards"]]
        machine.empty(work)
        machine.run([[stet, "index", "-qy", "-C", work, *shards]])
        machine.warm(shards)
        if not can(stet, work):
            return {}
        rows = []
        for what, pattern, flags in PATTERNS[name]:
            pairs = [(stet_count(stet, work, pattern, flags), rg_count(shards, pattern, flags))
                     for _ in range(runs)]
            rows.append({
                "what": what, "pattern": "/%s/%s" % (pattern, flags),
                "stet_seconds": machine.spread([stet_run[0] for stet_run, _ in pairs]),
                "rg_seconds": machine.spread([rg_run[0] for _, rg_run in pairs]),
                "times": machine.spread([rg_run[0] / stet_run[0] for stet_run, rg_run in pairs]),
                "stet_count": pairs[0][0][1], "rg_count": pairs[0][1][1]})
            print("  %-24s stet %7.3f s, rg %7.3f s" % (
                what, *(statistics.median(run[0] for run in side) for side in zip(*pairs))),
                file=sys.stderr, flush=True)
        result[name] = {"text_bytes": known["text_bytes"], "rows": rows}
    machine.empty(work)
    return result
