"""Text out of documentation: HTML and other markup, manual pages, POD,
dictionaries, catalogues of messages. Paragraphs, in the order of the files.
"""
import gzip
import html
import os
import re
import struct

UNSEEN = re.compile(r"<(script|style|head|nav|header|footer|aside)\b.*?</\1\s*>"
                    r"|<!--.*?-->|<\?.*?>|<!\w[^>]*>", re.S | re.I)
BREAK = re.compile(r"</?(?:p|div|h[1-6]|li|ul|ol|dl|dt|dd|table|tr|pre|title|para|"
                   r"section|sect\d|listitem|item|entry|row|blockquote|body|page|"
                   r"screen|term|note)\b[^>]*>|<br[^>]*>", re.I)
TAG = re.compile(r"</?[A-Za-z][^>]*>")
BLANKS = re.compile(r"[ \t\r\f\v\xa0]+")
SPLIT = re.compile(r"\n\s*\n")
ROFF = re.compile(r"\\f(?:\[\w*\]|\(\w\w|\w)|\\s[-+]?\d+|\\[&|^/,%:]|\\\*\(\w\w")
POD = re.compile(r"[A-Z]<+ ?([^<>]*?) ?>+")
LANGUAGE = re.compile(r"[/.](ar|as|ca|cs|da|de|el|es|fa|fi|fr|gl|gu|he|hi|hr|hu|id|it|"
                      r"ja|kn|ko|lt|lv|mr|nb|nl|pa|pl|pt|ro|ru|sl|sr|sv|ta|te|tr|uk|"
                      r"ur|vi|zh|am|be|bg|bn|eu|ka|ku|mk|ml|mn|ne|or|si|sq|th|ug|uz|xh|"
                      r"hy|az|et|ga|is|lo|ms|cy|yi)(?:[-_@]\w+)?[/.]")


def markup(data):
    text = data.decode("utf-8", "replace")
    text = UNSEEN.sub(" ", text)
    text = TAG.sub("", BREAK.sub("\n\n", text))
    return SPLIT.split(html.unescape(text))


def manual(data):
    lines = []
    for line in data.decode("utf-8", "replace").split("\n"):
        if line.startswith((".SH", ".SS", ".TP", ".PP", ".P", ".IP", ".LP")):
            lines += ["", line.partition(" ")[2]]
        elif line.startswith((".B", ".I", ".R", ".S")):
            lines.append(line.partition(" ")[2].replace('"', ""))
        elif not line.startswith((".", "'")):
            lines.append(line)
    text = ROFF.sub("", "\n".join(lines))
    text = text.replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")
    return SPLIT.split(text)


def pod(data):
    return [POD.sub(r"\1", re.sub(r"^=\w+ ?", "", part))
            for part in SPLIT.split(data.decode("utf-8", "replace"))]


def dictionary(data):
    return re.split(r"\n(?=\S)", data.decode("utf-8", "replace"))


def edict(data):
    return data.decode("euc_jp", "replace").split("\n")


def catalogue(data):
    """The translations of a GNU .mo file."""
    order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
    count, _, table = struct.unpack_from(order + "3I", data, 8)
    for number in range(count):
        length, offset = struct.unpack_from(order + "2I", data, table + 8 * number)
        if number:  # the first is the header
            yield data[offset:offset + length].decode("utf-8", "replace").replace("\0", "\n")


KINDS = {
    "html": (re.compile(r"\.x?html?$"), markup),
    "page": (re.compile(r"\.page$"), markup),
    "xml": (re.compile(r"\.(xml|docbook)$"), markup),
    "man": (re.compile(r"/man\d/[^/]*$"), manual),
    "pod": (re.compile(r"\.pod$"), pod),
    "dict": (re.compile(r"\.dict\.dz$"), dictionary),
    "edict": (re.compile(r"/edict/edict$"), edict),
    "mo": (re.compile(r"\.mo$"), catalogue),
}


def language_of(path):
    found = LANGUAGE.search(path)
    return found.group(1) if found else "en"


def files_of(folder):
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            name = os.path.join(path, name)
            if not os.path.islink(name):
                yield name


def paragraphs(folder, language, kind):
    """(language, file inside the folder, paragraph) of an unpacked package."""
    wanted, read = KINDS[kind]
    for name in files_of(folder):
        inside = name[len(folder):]
        if not wanted.search(inside):
            continue
        with open(name, "rb") as file:
            data = file.read()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        spoken = language_of(inside) if language == "path" else language
        for part in read(data):
            part = "\n".join(filter(None, (BLANKS.sub(" ", line).strip()
                                           for line in part.split("\n"))))
            if part:
                yield spoken, inside, part.replace("\0", "")
