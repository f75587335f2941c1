"""Make the demo's corpus: real text from Debian packages as JSON lines.

    corpus.py PACKAGES OUT

PACKAGES holds unpacked packages, a folder each, named as the package. OUT gets
shards of three container kinds: plain, gzip and zstd (by the zstd program).

A document is {"id", "source", "text", "metadata": {"lang", "section"},
"attributes": {"offensive": 0 or 1}}. The score is the packager's own judgement:
1 for a collection that Debian ships as offensive, 0 for the other collections;
dictionaries and books were not judged and have none.
"""
import base64
import codecs
import gzip
import hashlib
import html.parser
import json
import os
import re
import struct
import subprocess
import sys

LANGUAGES = {
    "fortunes": "en", "fortunes-min": "en", "fortunes-it": "it",
    "fortunes-it-off": "it", "fortunes-es": "es", "fortunes-es-off": "es",
    "fortunes-de": "de", "fortunes-br": "pt", "fortunes-pl": "pl",
    "fortunes-ru": "ru", "fortunes-zh": "zh", "fortunes-cs": "cs",
    "fortunes-bg": "bg",
}
CONTAINERS = {"en": "plain", "it": "gzip", "es": "gzip", "de": "gzip",
              "pl": "gzip"}
ROTATED = 4  # strfile's flag: the letters are rotated by 13


def decode(raw):
    """Most files are UTF-8; older ones Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("iso-8859-1")


def is_rotated(path):
    """What strfile noted in NAME.dat: 5 big-endian numbers, the last flags."""
    try:
        with open(path + ".dat", "rb") as table:
            return bool(struct.unpack(">5I", table.read(20))[4] & ROTATED)
    except (OSError, struct.error):
        return False


def fortune_files(folder):
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            if name.endswith((".dat", ".u8")) or os.path.islink(path):
                continue
            if os.path.getsize(path):
                yield path


def fortunes(package, folder, seen):
    """The collections of one package; one that two packages ship, once."""
    base = os.path.join(folder, "usr/share/games/fortunes")
    for path in fortune_files(base):
        with open(path, "rb") as f:
            raw = f.read()
        if hashlib.sha256(raw).digest() in seen:
            continue
        seen.add(hashlib.sha256(raw).digest())
        section = os.path.relpath(path, base).replace(os.sep, "/")
        offensive = package.endswith("-off") or "off" in section.split("/")
        text = decode(raw)
        if is_rotated(path):
            text = codecs.encode(text, "rot13")
        number = 0
        for cookie in re.split(r"(?m)^%.*\n?", text):
            number += 1
            if cookie.strip():
                yield {
                    "id": f"{section}:{number}",
                    "source": package,
                    "text": cookie.rstrip("\n"),
                    "metadata": {"lang": LANGUAGES[package],
                                 "section": os.path.basename(section)
                                 .removesuffix(".fortunes")},
                    "attributes": {"offensive": int(offensive)},
                }


def dictd_number(digits):
    alphabet = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                "0123456789+/")
    number = 0
    for digit in digits:
        number = number * 64 + alphabet.index(digit)
    return number


def dictionary(package, folder):
    """Entries of a dictd dictionary: an index of offsets, a gzipped text."""
    base = os.path.join(folder, "usr/share/dictd")
    for name in sorted(os.listdir(base)):
        if not name.endswith(".index"):
            continue
        stem = os.path.join(base, name[:-len(".index")])
        with gzip.open(stem + ".dict.dz") as f:
            body = f.read()
        done = set()
        with open(stem + ".index", encoding="utf-8") as index:
            rows = [line.rstrip("\n").split("\t") for line in index]
        for word, offset, length in (row[:3] for row in rows):
            start, size = dictd_number(offset), dictd_number(length)
            if word.startswith("00") or start in done:
                continue
            done.add(start)
            yield {
                "id": f"{os.path.basename(stem)}/{word}",
                "source": package,
                "text": decode(body[start:start + size]).strip("\n"),
                "metadata": {"lang": "en", "section": "dictionary"},
            }


class Page(html.parser.HTMLParser):
    """The text of an HTML page, a blank line between blocks."""

    BLOCKS = {"p", "h1", "h2", "h3", "h4", "li", "div", "br", "tr",
              "blockquote"}

    def __init__(self):
        super().__init__()
        self.parts = []
        self.hidden = 0

    def handle_starttag(self, tag, attrs):
        if tag in ("title", "script", "style"):
            self.hidden += 1
        elif tag in self.BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag):
        if tag in ("title", "script", "style"):
            self.hidden -= 1
        elif tag in self.BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))

    def text(self):
        text = re.sub(r" *\n *", "\n", "".join(self.parts))
        return re.sub(r"\n{3,}", "\n\n", text).strip()


def book(package, folder):
    """Long documents: the pages of the package, without the short ones."""
    base = os.path.join(folder, "usr/share/doc/anarchism/html")
    for name in sorted(os.listdir(base)):
        if not name.endswith(".html"):
            continue
        page = Page()
        with open(os.path.join(base, name), "rb") as f:
            page.feed(decode(f.read()))
        if len(page.text()) > 2000:
            yield {
                "id": name[:-len(".html")],
                "source": package,
                "text": page.text(),
                "metadata": {"lang": "en", "section": "book"},
            }


def write(out, name, container, documents):
    lines = "".join(json.dumps(d, ensure_ascii=False) + "\n"
                    for d in documents).encode()
    path = os.path.join(out, name + ".jsonl")
    if container == "gzip":
        path += ".gz"
        lines = gzip.compress(lines, mtime=0)
    elif container == "zstd":
        path += ".zst"
        lines = subprocess.run(["zstd", "-q", "-c"], input=lines, check=True,
                               stdout=subprocess.PIPE).stdout
    with open(path, "wb") as f:
        f.write(lines)
    print(f"  {len(documents):6} documents  {os.path.basename(path)}")


def main(packages, out):
    shards = {}
    seen = set()
    for package in sorted(os.listdir(packages),
                          key=lambda name: (not name.endswith("-off"), name)):
        folder = os.path.join(packages, package)
        if package in LANGUAGES:
            documents = fortunes(package, folder, seen)
            language = LANGUAGES[package]
            name, container = "fortunes-" + language, CONTAINERS.get(language)
        elif package.startswith("dict-"):
            documents = dictionary(package, folder)
            name, container = "dictionaries", None
        elif package == "anarchism":
            documents = book(package, folder)
            name, container = "anarchism", None
        else:
            continue
        shard = shards.setdefault(name, (container or "zstd", []))
        shard[1].extend(documents)
    os.makedirs(out, exist_ok=True)
    for name in sorted(shards):
        write(out, name, *shards[name])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: corpus.py PACKAGES OUT")
    main(sys.argv[1], sys.argv[2])
