"""Regular expressions over compressed shards: `stet search --count` beside
`rg -z -c` on the same files, both with all cores. rg reads lines of JSON, stet
the documents' texts, so that counts differ a little: a pattern can also match
an id, and "\\n" is two characters to rg. Some patterns hold a word that stet's
index knows; the others make both read everything.
"""
import shutil
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


def stet_run(stet, work, pattern, flags):
    return machine.run([[stet, "search", "-C", work, "--count", "/%s/%s" % (pattern, flags)]])


def rg_run(shards, pattern, flags):
    whole = "(?%s)%s" % (flags, pattern) if flags else pattern
    return machine.run([["rg", "-z", "-c", "--no-filename", "-e", whole, *shards]],
                       fine=(0, 1))  # 1: nothing matched


def summarise(pairs):
    """pairs: a run of stet and one of rg, for each round."""
    stet, rg = zip(*pairs)
    return {
        "stet_seconds": machine.spread([run.seconds for run in stet]),
        "stet_cpu_seconds": machine.spread([run.cpu_seconds for run in stet]),
        "rg_seconds": machine.spread([run.seconds for run in rg]),
        "rg_cpu_seconds": machine.spread([run.cpu_seconds for run in rg]),
        "times": machine.spread([r.seconds / s.seconds for s, r in pairs]),
        "stet_count": int(stet[0].output.split()[0]),
        "rg_count": sum(map(int, rg[0].output.split()))}


def can(stet, work):
    try:
        stet_run(stet, work, "[0-9]{4}", "")
    except subprocess.CalledProcessError:
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
            row = summarise([(stet_run(stet, work, pattern, flags),
                              rg_run(shards, pattern, flags)) for _ in range(runs)])
            rows.append({"what": what, "pattern": "/%s/%s" % (pattern, flags), **row})
            print("  %-24s stet %7.3f s, rg %7.3f s" % (what, row["stet_seconds"][1],
                                                        row["rg_seconds"][1]),
                  file=sys.stderr, flush=True)
        result[name] = {"text_bytes": known["text_bytes"], "rows": rows}
    machine.empty(work)
    return result
