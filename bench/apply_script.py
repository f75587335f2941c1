"""A patch set applied by the script that somebody would write for it with json and
zstandard at hand: every record parsed, edited, written again. The guards are checked, both files hashed.

    bench/apply_script.py PATCHSET FOLDER SHARD...

Prints {"edits": N}.
"""
import hashlib
import io
import json
import os
import sys

import zstandard


def load(path):
    """(source, id) -> patch; what a document becomes is in each."""
    found = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if "target" in row:
                target = row["target"]
                found[target.get("source"), json.dumps(target.get("id"))] = row
    return found


def edited(text, edits):
    spans = [(edit["span"]["codepoints"], edit["text"]) for edit in edits if "span" in edit]
    for (start, end), new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def apply(row, patch):
    """False: the record is dropped."""
    if hashlib.sha256(row["text"].encode()).hexdigest() != patch["guard"]["sha256"]:
        sys.exit("the text of %s changed" % row["id"])
    edits = patch["edits"]
    if any(edit["op"] == "drop" for edit in edits):
        return False
    stet = {}
    for edit in edits:
        if edit["op"] == "verdict":
            stet["verdict"] = edit["value"]
        elif edit["op"] == "tag":
            stet.setdefault("tags", []).append(edit["value"])
    row["text"] = edited(row["text"], edits)
    if stet:
        row.setdefault("metadata", {})["stet"] = stet
    return True


class Hashing(io.RawIOBase):
    """A file that is hashed as it is read or written."""

    def __init__(self, file):
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size=-1):
        data = self.file.read(size)
        self.digest.update(data)
        return data

    def write(self, data):
        self.digest.update(data)
        return self.file.write(data)


def apply_shard(path, out, patches):
    done = 0
    with open(path, "rb") as source, open(out, "wb") as target:
        reader = zstandard.ZstdDecompressor().stream_reader(Hashing(source),
                                                            read_across_frames=True)
        writer = zstandard.ZstdCompressor(level=3).stream_writer(Hashing(target))
        for line in io.BufferedReader(reader, 1 << 20):
            row = json.loads(line)
            patch = patches.get((row.get("source"), json.dumps(row["id"])))
            if patch:
                done += len(patch["edits"])
                if not apply(row, patch):
                    continue
            writer.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode())
            writer.write(b"\n")
        writer.flush(zstandard.FLUSH_FRAME)
        target.flush()
        os.fsync(target.fileno())
    return done


def main():
    patchset, folder = sys.argv[1:3]
    patches = load(patchset)
    done = sum(apply_shard(shard, os.path.join(folder, os.path.basename(shard)), patches)
               for shard in sys.argv[3:])
    print(json.dumps({"edits": done}))


if __name__ == "__main__":
    main()
