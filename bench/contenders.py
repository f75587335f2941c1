"""What others do with the same shards, each as somebody would write it with its
documentation at hand. Run as a process of its own, so that its memory is its
own:

    bench/contenders.py python|tantivy|duckdb FOLDER SHARD...

Prints {"documents": N}.
"""
import glob
import json
import os
import sqlite3
import subprocess
import sys


def lines_of(shards):
    for shard in shards:
        with subprocess.Popen(["zstd", "-dcq", shard], stdout=subprocess.PIPE) as decoder:
            yield from decoder.stdout
        if decoder.returncode != 0:
            sys.exit("zstd failed on " + shard)


def python(folder, shards):
    """The script that a user would write: json, FTS5, defaults."""
    db = sqlite3.connect(os.path.join(folder, "python.db"))
    db.execute("CREATE VIRTUAL TABLE document USING fts5(text, content='')")
    number = 0
    for line in lines_of(shards):
        number += 1
        db.execute("INSERT INTO document(rowid, text) VALUES (?, ?)",
                   (number, json.loads(line)["text"]))
    db.commit()
    db.close()
    return number


def tantivy(folder, shards):
    """Positions, nothing stored but the number; a thread for each core, a heap
    of 1 GB, records handed over as JSON (parsed in Rust). Merging is left to
    its policy, and waited for."""
    import tantivy as library
    schema = library.SchemaBuilder().add_text_field("text", index_option="position")
    index = library.Index(schema.build(), path=folder)
    writer = index.writer(heap_size=1_000_000_000, num_threads=os.cpu_count())
    number = 0
    for line in lines_of(shards):
        number += 1
        writer.add_json(line.decode())
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    assert index.searcher().num_docs == number
    return number


def duckdb(folder, shards):
    """Its reader of zstd JSON, then the fts extension without stemming and stop
    words and with tokens of any script. It keeps no positions."""
    import duckdb as library
    import duckdb_ext
    db = library.connect(os.path.join(folder, "duck.db"))
    pattern = os.path.join(duckdb_ext.__path__[0], "extensions", "*", "*", "fts.*")
    db.load_extension(glob.glob(pattern)[0])
    db.execute("SET preserve_insertion_order = false")
    db.execute("CREATE SEQUENCE number")
    db.execute("CREATE TABLE document AS SELECT nextval('number') AS number, text FROM "
               "read_json(?, format = 'newline_delimited', compression = 'zstd', "
               "columns = {text: 'VARCHAR'})", [shards])
    db.execute("PRAGMA create_fts_index('document', 'number', 'text', stemmer = 'none', "
               "stopwords = 'none', ignore = '[^\\p{L}\\p{N}]+')")
    count = db.execute("SELECT count(*) FROM fts_main_document.docs").fetchone()[0]
    db.close()
    return count


def main():
    build = {"python": python, "tantivy": tantivy, "duckdb": duckdb}[sys.argv[1]]
    print(json.dumps({"documents": build(sys.argv[2], sys.argv[3:])}))


if __name__ == "__main__":
    main()
