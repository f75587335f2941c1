"""A run's numbers as tables: printed at its end, and between the two markers of
docs/BENCHMARKS.md, so that what is told is what was measured.

    bench/report.py RESULT.json [DOCUMENT.md]
"""
import json
import sys

BEGIN = "<!-- results: written by bench/report.py, not by hand -->"
EVEN = 0.995  # and more: not slower
END = "<!-- end of results -->"


def number(value):
    """Three digits, no more."""
    if value >= 100:
        return "%.0f" % value
    return "%.1f" % value if value >= 10 else "%.2f" % value


def told(spread, unit=1):
    """The median, and what it lay between."""
    least, median, most = (value / unit for value in spread)
    if number(least) == number(most):
        return number(median)
    return "%s (%s–%s)" % (number(median), number(least), number(most))


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def machine(result):
    about = result["machine"]
    yield from ("%s, %d cores, %.1f GiB of memory; %s, kernel %s." % (
        about["cpu"], about["cores"], about["memory_bytes"] / 2**30, about["system"],
        about["kernel"]), "")
    yield "%s, commit %s, %d rounds; load average %.2f before, %.2f after." % (
        about["date"], about["commit"], result["runs"], about["load_before"],
        about["load_after"])
    if about["load_before"] > 0.5:
        yield "**The machine was busy with other things: the figures are provisional.**"
    if result["quick"]:
        yield "**A small slice: it shows that the benchmark runs, not how fast stet is.**"
    yield from ("", "Versions: %s." % "; ".join(
        "%s %s" % (name, text) if name not in text else text
        for name, text in about["versions"].items()), "")


def corpus(result):
    rows = []
    for name, known in result["corpus"]["sets"].items():
        size = known["document_bytes"]
        spoken = list(known["languages"].items())
        shares = ", ".join("%s %.0f %%" % (language, 100 * part / known["text_bytes"])
                           for language, part in spoken[:8])
        if len(spoken) > 8:
            shares += ", %d others" % (len(spoken) - 8)
        rows.append([name, "%d" % known["documents"], "%.1f" % (known["text_bytes"] / 1e6),
                     "%.1f" % (known["zst_bytes"] / 1e6),
                     "%d / %d / %d" % (size["5"], size["50"], size["95"]), shares,
                     "`%s`" % known["sha256"][:16]])
    yield from table(["set", "documents", "text, MB", "zstd, MB", "bytes a document, 5 / 50 / 95 %",
                      "languages, by bytes", "SHA-256 of the records"], rows)


def index(result):
    for name, contenders in result["index"].items():
        yield from ("### Indexing, %s" % name, "")
        rows = []
        for who, shown in contenders.items():
            text = shown["text_bytes"] / 1e6
            whole = contenders["stet"]["text_bytes"] / 1e6
            rows.append([who if text == whole else "%s (%.0f MB only)" % (who, text),
                         told(shown["bytes_per_second"], 1e6), told(shown["seconds"]),
                         number(shown["cpu_seconds"][1]), told(shown["times"]),
                         "%.0f" % (shown["peak_bytes"] / 2**20),
                         "%.0f %%" % (100 * shown["index_share"])])
        yield from table(["", "MB of text a second", "seconds", "of processor",
                          "× the time of stet", "peak MiB", "index, of the text"], rows)


def scan(result):
    for name, shown in result["scan"].items():
        yield from ("### Regular expressions, %s (%.0f MB of text)"
                    % (name, shown["text_bytes"] / 1e6), "")
        yield from table(
            ["", "stet, s", "rg -z, s", "× the time of stet", "s of processor: stet", "rg -z",
             "documents", "lines of rg"],
            [["%s `%s`" % (row["what"], row["pattern"].replace("|", "\\|")),
              told(row["stet_seconds"]), told(row["rg_seconds"]), told(row["times"]),
              number(row["stet_cpu_seconds"][1]), number(row["rg_cpu_seconds"][1]),
              "%d" % row["stet_count"], "%d" % row["rg_count"]] for row in shown["rows"]])


def quantiles(title, rows):
    yield from ("### " + title, "")
    yield from table(["", "", "n", "median, ms", "95 %", "99 %"],
                     [[row["program"], row["what"], "%d" % row["n"], number(row["p50_ms"]),
                       number(row["p95_ms"]), number(row["p99_ms"])] for row in rows])


def keys(title, rows):
    """As quantiles, with the worst key and what is promised of the 95th."""
    yield from ("### " + title, "")
    yield from table(["", "", "n", "median, ms", "95 %", "99 %", "worst", "promised (95 %)"],
                     [[row["program"], row["what"], "%d" % row["n"], number(row["p50_ms"]),
                       number(row["p95_ms"]), number(row["p99_ms"]),
                      number(row["most_ms"]) if "most_ms" in row else "",
                       number(row["gate_ms"]) if "gate_ms" in row else ""] for row in rows])


def big(result):
    for shown in result["big"]:
        yield from ("### Made-up documents: %d of %d words" % (shown["documents"],
                                                               shown["words"]), "")
        rows = [[who, told([run["text_bytes"] / run["seconds"]] * 3, 1e6),
                 number(run["seconds"]), number(run["cpu_seconds"]),
                 "%.0f" % (run["peak_bytes"] / 2**20),
                 "%.0f %%" % (100 * run["index_bytes"] / run["text_bytes"])]
                for who, run in shown["index"].items()]
        yield from table(["one run", "MB of text a second", "seconds", "of processor", "peak MiB",
                          "index, of the text"], rows)
        yield from quantiles("Searching these", shown["search"])
        if shown.get("trace"):
            yield from quantiles("Tracing outputs of 200 words in these", shown["trace"])
        yield from keys("The desk on these", shown["desk"])


def apply(result):
    yield from ("### Applying %d edits" % result["apply"][0]["edits"], "")
    rows = []
    for shown in result["apply"]:
        rows.append([shown["what"], "%d" % shown["shards"], "%.1f" % (shown["bytes"] / 1e6),
                     told(shown["stet_seconds"]), number(shown["stet_cpu_seconds"][1]),
                     told(shown["other_seconds"]), number(shown["other_cpu_seconds"][1]),
                     told(shown["ratio"]), number(shown["most"]),
                     "%.0f" % (shown["stet_peak_bytes"] / 2**20)])
    yield from table(["", "shards", "MB", "stet, s", "of processor", "the other, s",
                      "of processor", "stet's share of its time", "wanted at most", "stet, peak MiB"], rows)


def losses(result):
    """What somebody else did faster than stet, found in the numbers."""
    found = []
    for name, contenders in result.get("index", {}).items():
        found += ["indexing, %s: %s takes %s of the time" % (name, who, number(shown["times"][1]))
                  for who, shown in contenders.items()
                  if shown["times"][1] < EVEN and not who.startswith("stet")]
    for name, shown in result.get("scan", {}).items():
        found += ["regular expressions, %s, %s: rg takes %s of the time"
                  % (name, row["what"], number(row["times"][1]))
                  for row in shown["rows"] if row["times"][1] < EVEN]
    medians = {(row["program"], row["what"]): row["p50_ms"] for row in result.get("search", [])}
    found += ["searching, %s: SQL takes %s ms, stet %s" % (what, number(ms),
                                                           number(medians["stet", what]))
              for (program, what), ms in medians.items()
              if program == "SQL" and ms < EVEN * medians["stet", what]]
    desks = [*result.get("desk", []),
             *({"where": "%d documents" % shown["documents"], "rows": shown["desk"]}
               for shown in result.get("big", []))]
    found += ["the desk, %s, %s: %s ms, promised are %s"
              % (shown["where"], row["what"], number(row["p95_ms"]), number(row["gate_ms"]))
              for shown in desks for row in shown["rows"]
              if row["p95_ms"] > row.get("gate_ms", row["p95_ms"])]
    found += ["applying, %s: %s of the other's time, wanted at most %s"
              % (shown["what"], number(shown["ratio"][1]), number(shown["most"]))
              for shown in result.get("apply", []) if shown["ratio"][1] > shown["most"]]
    yield from ("### Where stet was the slower one, or than promised", "")
    yield from (["- " + line for line in found] or ["Nowhere in this run."])
    yield ""


def markdown(result):
    lines = [*machine(result), *corpus(result)]
    if result.get("index"):
        lines += index(result)
    if result.get("scan"):
        lines += scan(result)
    if result.get("search"):
        lines += quantiles("Searching", result["search"])
    if result.get("trace"):
        lines += quantiles("Tracing outputs of 200 words", result["trace"])
    for shown in result.get("desk", []):
        lines += keys("The desk, 160 columns, 50 lines, " + shown["where"], shown["rows"])
    if result.get("apply"):
        lines += apply(result)
    if result.get("big"):
        lines += big(result)
    lines += losses(result)
    return "\n".join(lines)


def fill(text, result):
    """A document with its results replaced."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        sys.exit("the document has no markers: %s ... %s" % (BEGIN, END))
    return "%s%s\n\n%s\n%s%s" % (head, BEGIN, markdown(result), END, tail)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1]) as file:
        result = json.load(file)
    if len(sys.argv) == 2:
        print(markdown(result))
        return
    with open(sys.argv[2]) as file:
        text = fill(file.read(), result)
    with open(sys.argv[2], "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
