"""Speed of searching, warm, within one process (bench/search_probe.c), beside the
plain SQL that one would write over an FTS5 table with its scores in a table
beside it, in the same run.

    bench/search.py --stet build/stet --work FOLDER [--json] [--quick]
        [--words WORD,...] CORPUS

CORPUS holds shards of JSON lines (about.json names those of bench/corpus.py), or
is a workspace that is indexed already. Words are chosen by the number of
documents that have them, so that every corpus is asked the same kinds of
questions; with --words of these, counted by stet, and no SQL is asked (a table of
ten million takes too long to fill).
"""
import argparse
import glob
import json
import os
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import machine  # noqa: E402

ROWS = 50
SCORE = "SELECT d.rowid FROM fts f JOIN document d ON d.rowid = f.rowid" \
    " WHERE f.fts MATCH ?%s ORDER BY d.score DESC LIMIT 50"
FILE = "SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY rowid LIMIT 50"
COUNT = "SELECT count(*) FROM fts WHERE fts MATCH ?"
RANK = "SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY bm25(fts) LIMIT 50"


def shards_of(folder, quick):
    about = os.path.join(folder, "about.json")
    if os.path.exists(about):
        with open(about) as file:
            names = json.load(file)["sets"]["english"]["shards"]
        paths = [os.path.join(folder, name) for name in names]
    else:
        paths = sorted(glob.glob(os.path.join(folder, "*.jsonl*")))
        paths = [path for path in paths if not path.endswith(".json")]
    return paths[:1] if quick else paths


def lines_of(path):
    reader = {"gz": ["gzip", "-dc"], "zst": ["zstd", "-dcq"]}.get(path.rsplit(".", 1)[1], ["cat"])
    child = subprocess.Popen([*reader, path], stdout=subprocess.PIPE)
    yield from child.stdout
    if child.wait() != 0:
        sys.exit("cannot read " + path)


def first_number(stet, work):
    """The name of a score and where a record has it."""
    lines = machine.run([[stet, "search", "-C", work, "--json", "-n", "20", ""]]).output
    for line in lines.splitlines():
        for name, value in json.loads(line)["scores"].items():
            if isinstance(value, (int, float)):
                return name
    return None


def value_of(record, name):
    for holder in (record.get("attributes"), record.get("metadata"), record):
        value = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(value, (int, float)):
            return value
    return None


def plain_fts5(path, shards, score):
    """The table that a user would make; kept when it is there."""
    if os.path.exists(path):
        return sqlite3.connect(path)
    db = sqlite3.connect(path + ".part")
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("CREATE VIRTUAL TABLE fts USING fts5(text, content='')")
    db.execute("CREATE TABLE document(rowid INTEGER PRIMARY KEY, score REAL)")
    rows = 0
    for shard in shards:
        for line in lines_of(shard):
            try:
                record = json.loads(line)
                text = record["text"]
            except (ValueError, KeyError, TypeError):
                continue
            rows += 1
            db.execute("INSERT INTO fts(rowid, text) VALUES (?, ?)",
                       (rows, text.encode("utf-8", "replace").decode()))
            db.execute("INSERT INTO document VALUES (?, ?)", (rows, value_of(record, score)))
    db.execute("INSERT INTO fts(fts) VALUES ('optimize')")
    db.execute("CREATE INDEX by_score ON document(score)")
    db.commit()
    db.close()
    os.rename(path + ".part", path)
    return sqlite3.connect(path)


def words_of(db):
    """Documents, and (how many of them have it, word) for likely words; ASCII,
    as both sides cut such words alike."""
    rows = db.execute("SELECT count(*) FROM document").fetchone()[0]
    db.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, fts, row)")
    return rows, [(count, term) for term, count in
                  db.execute("SELECT term, doc FROM temp.vocabulary WHERE doc > ?",
                             (max(1, rows // 5000),))
                  if term.isascii() and term.isalpha() and len(term) > 1]


def words_counted(stet, folder, words):
    def count(query):
        return int(machine.run([[stet, "search", "-C", folder, "--count", query]]).output)
    return count(""), [(count(word), word) for word in words]


def choose_words(rows, terms):
    """The word nearest to each share of the documents."""
    words = {}
    for name, share in (("rare", 0.001), ("tenth", 0.08), ("third", 0.35), ("most", 0.8)):
        at = min(terms, key=lambda one: abs(one[0] - share * rows))
        words[name] = at[1]
        terms.remove(at)
    return words


def questions(words, score):
    """(what, our query, their expression, their SQL) ..."""
    rare, tenth = words["rare"], words["tenth"]
    third, most = words["third"], words["most"]
    by = " sort:" + score if score else ""
    pairs = [("a word of 0.1 %", rare, rare), ("a word of 8 %", tenth, tenth),
             ("a word of 35 %", third, third), ("a word of 80 %", most, most),
             ("AND, 35 % and 8 %", "%s %s" % (third, tenth), "%s %s" % (third, tenth)),
             ("AND, 35 % and 0.1 %", "%s %s" % (third, rare), "%s %s" % (third, rare)),
             ("OR, 8 % and 0.1 %", "%s OR %s" % (tenth, rare), "%s OR %s" % (tenth, rare)),
             ("a phrase of 80 % and 35 %", '"%s %s"' % (most, third), '"%s %s"' % (most, third)),
             ("NEAR of 80 % and 35 %", "NEAR(%s %s, 5)" % (most, third),
              "NEAR(%s %s, 5)" % (most, third)),
             ("a prefix of two letters", third[:2] + "*", third[:2] + "*")]
    for what, ours, theirs in pairs:
        yield what, ours + by, theirs, SCORE % ""
    if score:
        yield ("a word of 35 %, score over 0.9", "%s score.%s:0.9..%s" % (third, score, by), third,
               SCORE % " AND d.score >= 0.9")
    yield "AND by rank", "%s %s sort:rank" % (third, rare), "%s %s" % (third, rare), RANK
    yield "a word of 35 %, file order", third, third, FILE
    yield "a phrase, file order", '"%s %s"' % (most, third), '"%s %s"' % (most, third), FILE


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def row(program, what, times_ms):
    return {"program": program, "what": what, "n": len(times_ms),
            "p50_ms": quantile(times_ms, 0.5), "p95_ms": quantile(times_ms, 0.95),
            "p99_ms": quantile(times_ms, 0.99)}


def time_sql(db, sql, expression, rounds):
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        db.execute(sql, (expression,)).fetchall()
        times.append(1000 * (time.perf_counter() - start))
    return times[1:]


def ask(probe, folder, query, rounds):
    """What the probe says of one query: opening, the query, documents."""
    out = subprocess.run([probe, folder, str(rounds)], input=query.encode() + b"\n",
                         stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def measure(options, folder, db, words, score):
    """db: of the plain table, or None."""
    probe = os.path.join(os.path.dirname(options.stet), "bench", "search_probe")
    rounds = 3 if options.quick else 9
    rows = []
    opening = documents = None
    for what, ours, theirs, sql in questions(words, score):
        opening, told, documents = ask(probe, folder, ours, rounds)
        shown = "first" if sql == FILE else "ordered"
        rows.append(row("stet", what + ": first %d rows" % ROWS,
                        [us / 1000 for us in told[shown]]))
        if shown == "ordered" and sorted(told["first"])[rounds // 2] * 2 < \
                sorted(told["ordered"])[rounds // 2]:
            rows.append(row("stet", what + ": some rows", [us / 1000 for us in told["first"]]))
        if sql == SCORE % "":
            rows.append(row("stet", what + ": count", [us / 1000 for us in told["count"]]))
        if db:
            rows.append(row("SQL", what + ": first %d rows" % ROWS,
                            time_sql(db, sql, theirs, rounds)))
        if db and sql == SCORE % "":
            rows.append(row("SQL", what + ": count", time_sql(db, COUNT, theirs, rounds)))
    rows.append(row("stet", "open the index", [us / 1000 for us in opening["open"]]))
    rows.append(row("stet", "open a document by number", [us / 1000 for us in
                                                          documents["document"]]))
    return rows


def prepare(options):
    """The indexed folder, the shards, and the score that sorts."""
    folder = options.corpus
    shards = shards_of(folder, options.quick)
    if not os.path.isdir(os.path.join(folder, ".stet")):
        folder = options.work
        machine.empty(folder)
        machine.run([[options.stet, "index", "-qy", "-C", folder, *shards]])
    return folder, shards, first_number(options.stet, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stet", required=True)
    parser.add_argument("--work", required=True, help="a folder of our own")
    parser.add_argument("--words", metavar="WORD,...")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("corpus")
    options = parser.parse_args()
    folder, shards, score = prepare(options)
    os.makedirs(options.work, exist_ok=True)
    db = None
    if options.words:
        counted = words_counted(options.stet, folder, options.words.split(","))
    else:
        db = plain_fts5(os.path.join(options.work, "plain.db"), shards, score)
        counted = words_of(db)
    rows = measure(options, folder, db, choose_words(*counted), score)
    if db:
        db.close()
    if options.json:
        print(json.dumps(rows))
        return
    for one in rows:
        print("%-6s %-52s %9.2f ms %9.2f ms" % (one["program"], one["what"], one["p50_ms"],
                                               one["p95_ms"]))


if __name__ == "__main__":
    main()
