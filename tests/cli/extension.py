"""The sqlite3 shell with stet_tokenizer.so finds in a partition the documents
that `stet search` finds."""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import corpus  # noqa: E402

BUILD = os.path.abspath(os.environ.get("builddir", "build"))
STET = os.environ.get("STET") or os.path.join(BUILD, "stet")
EXTENSION = os.path.join(BUILD, "stet_tokenizer.so")
SEED = int(os.environ.get("STET_TEST_SEED", "20261127"))
TEXTS = ["Straße und STRASSE, Ärger", "naïve café résumé", "東京都の桜がきれい",
         "ภาษาไทยไม่มีช่องว่าง", "данные обучения ёлка", "İstanbul ıssız", "x\u0000y z\ud800 end",
         "👩‍👩‍👧 family 🙂", "ﬁne ﬂow ①②", "", "a" * 200, "עִבְרִית שלום"]
WORDS = ["strasse", "ärger", "cafe", "naive", "東京", "桜", "がき", "ภาษา", "ёлка", "данные",
         "istanbul", "y", "end", "fine", "flow", "aaaa", "שלום", "family", "river", "stone"]

count = failed = 0


def check(good, name, detail=""):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, name), flush=True)
    for line in [] if good else str(detail).splitlines()[:20]:
        print("# " + line)


def sql(path, *commands):
    return subprocess.run(["sqlite3", "file:%s?immutable=1" % path, "-cmd",
                           ".load " + EXTENSION, *commands],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def queries(rng):
    words = WORDS + corpus.WORDS
    for word in words:
        yield '"%s"' % word
    for _ in range(60):
        one, two = rng.choice(words), rng.choice(words)
        yield rng.choice(['"%s" AND "%s"', '"%s" OR "%s"', '"%s" NOT "%s"', '"%s %s"',
                          'NEAR("%s" "%s", 8)']) % (one, two)


def for_stet(query):
    if query.startswith("NEAR("):
        return query.replace('" "', " ").replace('("', "(").replace('",', ",")
    return query.replace(" AND ", " ")


def main():
    if not shutil.which("sqlite3"):
        print("1..0 # SKIP needs the sqlite3 shell")
        return
    if not os.path.exists(EXTENSION):
        print("1..0 # SKIP stet_tokenizer.so is not built")
        return
    print("# seed %d" % SEED)
    rng = random.Random(SEED)
    work = tempfile.mkdtemp(prefix="stet-extension-")
    try:
        path = os.path.join(work, "a.jsonl")
        with open(path, "w") as out:
            for i in range(400):
                record = corpus.record(rng, 0, i)
                if i % 3 == 0:
                    record["text"] += " " + rng.choice(TEXTS) + " " + rng.choice(WORDS)
                out.write(json.dumps(record) + "\n")
        built = subprocess.run([STET, "index", "-q", "-C", work, path],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check(built.returncode == 0, "index", built.stderr.decode())
        part = os.path.join(work, ".stet/index/part-0001.db")
        bad, rows = [], 0
        for query in queries(rng):
            shell = sql(part, "SELECT rowid FROM fts WHERE fts MATCH '%s';" % query)
            stet = subprocess.run([STET, "search", "-C", work, "--json", "--limit", "1000",
                                   for_stet(query)], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
            found = sorted(int(line) - 1 for line in shell.stdout.decode().split())
            hits = sorted(json.loads(line)["record"] for line in stet.stdout.splitlines())
            rows += len(hits)
            # No record is rejected: a document's number is its record's.
            if shell.returncode or stet.returncode or found != hits:
                bad.append("%s: %s %s / %s %s" % (query, shell.stderr.decode(), found,
                                                  stet.stderr.decode(), hits))
        check(not bad and rows > 1000, "sqlite3 and stet find the same rows (%d)" % rows,
              "\n".join(bad))
        result = sql(part, "SELECT path || ' ' || min(fts.rowid - 1 - first) FROM fts JOIN shard "
                     "ON fts.rowid > first AND fts.rowid <= \"end\" WHERE fts MATCH 'shard0';")
        check(result.stdout.decode().strip() == "a.jsonl 0", "docs/index-format.md: the join",
              result.stdout.decode() + result.stderr.decode())
        result = sql(part, "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, fts, row);",
                     "SELECT doc FROM words WHERE term = 'shard0';")
        check(result.stdout.decode().strip() == "400", "docs/index-format.md: the vocabulary",
              result.stdout.decode() + result.stderr.decode())
        result = subprocess.run(["sqlite3", part, "PRAGMA application_id; PRAGMA user_version; "
                                 "SELECT group_concat(name) FROM (SELECT name FROM sqlite_master "
                                 "WHERE type = 'table' AND name NOT LIKE 'fts_%' ORDER BY name)"],
                                stdout=subprocess.PIPE)
        lines = result.stdout.decode().split()
        with open(os.path.join(HERE, "..", "..", "docs", "index-format.md")) as file:
            text = file.read()
        named = all("`%s`" % table in text for table in lines[-1].split(","))
        check("0x%x" % int(lines[0]) in text and "version %s." % lines[1] in text and named,
              "docs/index-format.md: names the version and every table", lines)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("1..%d" % count)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
