"""The text that is measured: real documents from Debian packages in two sets,
English and many languages, as shards like the field's (JSON lines, one zstd
frame). The same packages give the same records, byte for byte.

    bench/corpus.py [--list] [FOLDER]

Packages are downloaded and unpacked in the cache, never installed. A set is the
packages' paragraphs in order, each once (of 80 bytes and more), cut at their
ends into documents whose lengths are log-normal around 3,000 bytes, ordered by
a hash.
"""
import argparse
import concurrent.futures
import hashlib
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import extract

VERSION = 1  # of the recipe: another number is another corpus
MEDIAN, SIGMA, LONGEST = 3000, 0.8, 200_000
REPEATED = 80  # bytes: a paragraph of so many is taken once
SHARDS = 8
SETS = ("english", "multilingual")
# A minute's slice: small packages of several scripts.
QUICK = ("dict-jargon", "debian-policy", "debian-reference-ja", "debian-reference-zh-cn",
         "manpages", "manpages-ja", "manpages-ru", "libreoffice-l10n-th")


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "stet-bench")


def packages(quick=False):
    table = os.path.join(os.path.dirname(os.path.abspath(__file__)), "packages.txt")
    with open(table) as lines:
        rows = [line.split() for line in lines if line.strip() and line[0] != "#"]
    return [row for row in rows if not quick or row[0] in QUICK]


def candidates(rows):
    """name -> (version, bytes to download) of what apt would fetch."""
    out = subprocess.run(["apt-cache", "show", "--no-all-versions", *(row[0] for row in rows)],
                         stdout=subprocess.PIPE, check=True).stdout.decode("utf-8", "replace")
    found = {}
    for record in out.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in record.split("\n")
                      if ": " in line and line[0] != " ")
        if "Package" in fields:
            found[fields["Package"]] = (fields["Version"], int(fields["Size"]))
    missing = sorted(row[0] for row in rows if row[0] not in found)
    if missing:
        sys.exit("no such packages here (apt-get update?): " + " ".join(missing))
    return found


def download(found):
    folder = os.path.join(cache_folder(), "packages")
    os.makedirs(folder, exist_ok=True)
    wanted = {name: os.path.join(folder, "%s_%s" % (name, version.replace(":", "%3a")))
              for name, (version, _) in found.items()}
    here = {name: path for name, path in wanted.items() if os.path.exists(path)}
    if len(here) < len(wanted):
        missing = [name for name in wanted if name not in here]
        size = sum(found[name][1] for name in missing)
        print("downloading %d packages, %.0f MB, to %s" % (len(missing), size / 1e6, folder),
              file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download",
                            *("%s=%s" % (name, found[name][0]) for name in missing)],
                           cwd=work, check=True, stdout=subprocess.DEVNULL)
            for name in os.listdir(work):
                os.rename(os.path.join(work, name), wanted[name.split("_")[0]])
    return wanted


def unpack(job):
    """A package's paragraphs, one file for each language: their names."""
    (name, language, kind), package, work = job
    folder = os.path.join(work, name)
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    files = {}
    for spoken, inside, part in extract.paragraphs(folder, language, kind):
        if spoken not in files:
            files[spoken] = open(os.path.join(work, "%s.%s" % (name, spoken)), "wb")
        files[spoken].write(("%s\0%s\0" % (inside, part)).encode())
    for file in files.values():
        file.close()
    shutil.rmtree(folder)
    return name, sorted((spoken, file.name) for spoken, file in files.items())


def chance(*names):
    """A number in (0, 1) that the names decide."""
    digest = hashlib.blake2b(repr(names).encode(), digest_size=7).digest()
    return (int.from_bytes(digest, "big") + 0.5) / 2**56


def wanted_length(key):
    length = MEDIAN * math.exp(SIGMA * statistics.NormalDist().inv_cdf(chance("length", key)))
    return min(int(length), LONGEST)


def record(package, language, number, inside, text):
    key = "%s/%s/%06d" % (package, language, number)
    # Most documents are harmless, few are not, as classifiers see the web.
    scores = {"toxicity": round(chance("toxicity", key)**6, 4),
              "quality": round(5 * chance("quality", key), 2),
              "safety": int(6 * chance("safety", key)**5)}
    line = {"id": key, "text": text, "source": package, "added": "2026-11-01T00:00:00.000Z",
            "metadata": {"lang": language, "url": "file://" + inside}, "attributes": scores}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def cut(package, language, path, seen):
    """(order, bytes of text, JSON line) of each document."""
    with open(path, "rb") as file:
        pieces = file.read().decode().split("\0")
    texts, size, number = [], 0, 0
    limit, first = wanted_length((package, language, 0)), ""
    for inside, part in zip(pieces[0::2], pieces[1::2]):
        length = len(part.encode())
        if length >= REPEATED:
            mark = hashlib.blake2b(part.encode(), digest_size=8).digest()
            if mark in seen:
                continue
            seen.add(mark)
        first = first or inside
        texts.append(part)
        size += length + 1
        if size >= limit:
            yield (chance("order", package, language, number), size - 1,
                   record(package, language, number, first, "\n".join(texts)))
            texts, size, number, first = [], 0, number + 1, ""
            limit = wanted_length((package, language, number))
    if texts:
        yield (chance("order", package, language, number), size - 1,
               record(package, language, number, first, "\n".join(texts)))


def write_shard(path, lines):
    process = subprocess.Popen(["zstd", "-q", "-f", "-3", "--single-thread", "-o", path],
                               stdin=subprocess.PIPE)
    process.stdin.writelines(lines)
    process.stdin.close()
    if process.wait() != 0:
        sys.exit("zstd failed on " + path)


def write_set(name, documents, folder):
    """Its shards; what there is to say about it."""
    documents.sort()
    digest = hashlib.sha256()
    for _, _, line in documents:
        digest.update(line)
    shards = {}
    for number in range(SHARDS):
        shard = "%s-%05d.jsonl.zst" % (name, number)
        mine = documents[number::SHARDS]
        write_shard(os.path.join(folder, shard), (line for _, _, line in mine))
        shards[shard] = {"documents": len(mine), "text_bytes": sum(size for _, size, _ in mine)}
    sizes = sorted(size for _, size, _ in documents)
    return {"documents": len(sizes), "text_bytes": sum(sizes),
            "json_bytes": sum(len(line) for _, _, line in documents),
            "zst_bytes": sum(os.path.getsize(os.path.join(folder, s)) for s in shards),
            "document_bytes": {share: sizes[int(len(sizes) * share / 100)]
                               for share in (5, 25, 50, 75, 95, 99)},
            "sha256": digest.hexdigest(), "shards": shards}


def build(rows, found, folder):
    wanted = download(found)
    languages = {name: {} for name in SETS}
    documents = {name: [] for name in SETS}
    seen = {name: set() for name in SETS}
    print("making the corpus in %s" % folder, file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=cache_folder()) as work, \
            concurrent.futures.ProcessPoolExecutor() as pool:
        for package, files in pool.map(unpack, [(row, wanted[row[0]], work) for row in rows]):
            for language, path in files:
                name = SETS[language != "en"]
                for document in cut(package, language, path, seen[name]):
                    documents[name].append(document)
                    sizes = languages[name]
                    sizes[language] = sizes.get(language, 0) + document[1]
                os.unlink(path)
    about = {"recipe": VERSION, "packages": {name: found[name][0] for name in sorted(found)},
             "sets": {}}
    for name in SETS:
        about["sets"][name] = write_set(name, documents.pop(name), folder)
        about["sets"][name]["languages"] = dict(sorted(
            languages[name].items(), key=lambda item: -item[1]))
    return about


def load(quick=False, folder=None):
    """The corpus, made when it is not there: (folder, what is known of it)."""
    rows = packages(quick)
    found = candidates(rows)
    key = hashlib.sha256(repr((VERSION, SHARDS, rows, sorted(found.items()))).encode())
    folder = folder or os.path.join(cache_folder(), "corpus-" + key.hexdigest()[:12])
    about = os.path.join(folder, "about.json")
    if not os.path.exists(about):
        os.makedirs(folder, exist_ok=True)
        made = build(rows, found, folder)
        with open(about + ".part", "w") as file:
            json.dump(made, file, indent=1)
        os.rename(about + ".part", about)
    with open(about) as file:
        return folder, json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--list", action="store_true", help="say what would be downloaded")
    parser.add_argument("--quick", action="store_true", help="the small slice")
    parser.add_argument("folder", nargs="?")
    options = parser.parse_args()
    if options.list:
        for name, (version, size) in candidates(packages(options.quick)).items():
            print("%6.1f MB  %s %s" % (size / 1e6, name, version))
        return
    folder, about = load(options.quick, options.folder)
    print(folder)
    for name, known in about["sets"].items():
        print("%-12s %7d documents, %6.1f MB of text, %6.1f MB zstd, half under %d bytes"
              % (name, known["documents"], known["text_bytes"] / 1e6,
                 known["zst_bytes"] / 1e6, known["document_bytes"]["50"]))
        print("  " + ", ".join("%s %.1f" % (language, size / 1e6)
                               for language, size in known["languages"].items()))


if __name__ == "__main__":
    main()
