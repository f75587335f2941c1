"""Pictures of the desk, from the dumps that the screen tests compare with: what
they show is what the desk draws.

usage: docs/screens/make.py [--check]    writes docs/screens/*.svg and
                                         docs/SCREENS.md; --check: says what
                                         differs instead
"""
import os
import re
import sys
import unicodedata
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
CELL, LINE, SIZE, EDGE = 8.4, 18, 14, 10
PAPER, INK = "#16181d", "#d6d9de"
FAINT, FOCUS = "#7d8590", "#2a2f38"
CYAN, GREEN, RED, YELLOW, MAGENTA = "#56c2d6", "#7fc97f", "#f2777a", "#e6c34a", "#c792ea"

# name of a style in dumps -> colour, attributes (bold, underline, reverse)
STYLES = {
    "normal": (INK, ""), "dim": (FAINT, ""), "bold": (INK, "b"), "bar": (INK, "r"),
    "title": (CYAN, "b"), "rule": (FAINT, ""), "key": (CYAN, "b"), "good": (GREEN, "b"),
    "bad": (RED, "b"), "warn": (YELLOW, "b"), "error": (RED, "br"), "mark": (MAGENTA, "r"),
    "cover": (FAINT, "r"), "diff": (CYAN, "br"), "prompt": (CYAN, "b"), "data": (INK, ""),
    "data-dim": (FAINT, ""), "data-bar": (INK, "r"), "data-title": (INK, "b"),
    "data-low": (CYAN, ""), "data-middle": (YELLOW, "u"), "data-high": (RED, "bu"),
    "data-tagged": (CYAN, "u"), "data-nested": (CYAN, "bu"), "data-hit": (YELLOW, "b"),
    "data-found": (GREEN, "bu"), "data-chosen": (INK, "br"), "data-removed": (RED, "u"),
    "data-added": (GREEN, "b"),
}

# picture, dump of tests/tui, what it shows
CATALOGUE = (
    ("start", "queue.screen", "8-split.screen",
     "The start view: what waits, how much of each queue is left."),
    ("list", "wide.screen", "1.screen",
     "The working view on a wide terminal: the hits, the document with its hits and "
     "scored passages, its scores and history."),
    ("narrow", "judge.screen", "3-picker.screen",
     "80 columns: list, text and scores below each other, and the picker of tags."),
    ("guide", "guide.screen", "1-picker.screen",
     "The picker shows when a tag is to be used."),
    ("span", "span.screen", "3-sentence.screen",
     "A span is chosen; a verdict, a tag, a rewrite then goes to it alone."),
    ("sentences", "passages.screen", "1-sentences.screen",
     "Records that came in segments: each sentence's score in the margin."),
    ("sheet", "bulk.screen", "5-all.screen",
     "Before a decision on many documents: how many, who judged them, a histogram, "
     "twenty at random, the reason."),
    ("log", "log.screen", "2-undone.screen",
     "Everything I decided; Enter takes a single one back."),
    ("audit", "peers.screen", "4-audit.screen",
     "Who decided what about a document, and in which circumstances."),
    ("edit", "edit.screen", "3-live.screen",
     "Rewriting in place, the word diff below."),
    ("proposal", "proposals.screen", "2-proposal.screen",
     "A rewrite that a model proposes: accept, refuse, edit, or take single changes off."),
    ("similar", "similar_wide.screen", "1-found.screen",
     "Copies and near copies of a document, and how one differs."),
    ("failures", "failures.screen", "2-traced.screen",
     "What a model said, the span of it that a document has, and that document."),
    ("histogram", "histogram.screen", "2-a-bin-up.screen",
     "A score over the hits, with the verdicts; the threshold moves by keys."),
    ("threshold", "histogram_random.screen", "2-intervals.screen",
     "With verdicts on a random queue: what a threshold is worth, with intervals."),
    ("report", "report.screen", "1.screen",
     "The report card: how much is bad, and how far each classifier is right."),
    ("find", "find-wide.screen", "1-wide.screen",
     "Finding in the text while the words are typed."),
    ("why", "page.screen", "5-why.screen", "Why a document is in the list."),
    ("record", "page-wide.screen", "1-record.screen", "The record as it is in its shard."),
    ("query", "prompt.screen", "6-live.screen",
     "The list follows while a query is typed."),
    ("mask", "mask.screen", "1-covered.screen",
     "Over a threshold of severity texts are covered, in every pane."),
    ("mask-line", "mask.screen", "4-a-line.screen",
     "A covered text is uncovered line by line."),
    ("lead", "lead.screen", "2-read.screen",
     "What was escalated, by whom and why, before a lead; for all others it is "
     "covered."),
    ("blind", "blind.screen", "1-hidden.screen",
     "Blind: no scores, no scored passages, nobody else's verdicts before one's own."),
    ("hostile", "hostile.screen", "1.screen",
     "What could harm a terminal is shown as marks that no text can forge."),
    ("help", "wide.screen", "4-help.screen",
     "Help narrows while one types; Enter runs the command."),
)


def cells_of(char):
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def read_dump(name, which):
    """rows of text, per row a list of (first, last, style, focus)."""
    with open(os.path.join(TOP, "tests", "tui", name), encoding="utf-8") as file:
        parts = re.split(r"(?m)^== (.*)\n", file.read())
    text = dict(zip(parts[1::2], parts[2::2]))[which]
    lines = text.split("\n")
    cols, rows = map(int, re.match(r"screen (\d+)x(\d+)", lines[0]).groups())
    shown = [line[1:] for line in lines[1:1 + rows]]
    runs = [[] for _ in range(rows)]
    for line in lines[1 + rows:]:
        if not line.startswith("@"):
            continue
        head, *words = line[1:].split()
        for word in words:
            place, _, style = word.partition(":")
            first, last = map(int, place.split("-"))
            style, _, focus = style.partition("+")
            runs[int(head)].append((first, last, style, bool(focus)))
    return cols, rows, shown, runs


def cut_cells(line, cols):
    """The line as cells: text of each, "" behind a wide one."""
    cells = []
    for char in line:
        width = cells_of(char)
        if width == 0 and cells:
            at = len(cells) - 1 if cells[-1] or len(cells) < 2 else len(cells) - 2
            cells[at] += char
        elif width:
            cells.append(char)
            cells.extend([""] * (width - 1))
    return (cells + [" "] * cols)[:cols]


def look(style):
    colour, attributes = STYLES[style]
    paper = None
    if "r" in attributes:
        paper, colour = colour, PAPER
    extra = ""
    if "b" in attributes:
        extra += ' font-weight="bold"'
    if "u" in attributes:
        extra += ' text-decoration="underline"'
    return colour, paper, extra


def draw_run(row, cells, first, last, style, focus):
    colour, paper, extra = look(style)
    x, width = EDGE + first * CELL, (last - first + 1) * CELL
    y = EDGE + row * LINE
    out = []
    if paper or focus:
        out.append('<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>'
                   % (x, y, width, LINE, paper or FOCUS))
    text = "".join(cells[first:last + 1])
    if text.strip():
        out.append('<text x="%.1f" y="%.1f" textLength="%.1f" fill="%s"%s>%s</text>'
                   % (x, y + LINE - 5, width, colour, extra, escape(text)))
    return out


def draw(cols, rows, lines, runs):
    width, height = 2 * EDGE + cols * CELL, 2 * EDGE + rows * LINE
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %d" '
           'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="%d" '
           'xml:space="preserve">' % (width, height, SIZE),
           '<rect width="100%%" height="100%%" rx="6" fill="%s"/>' % PAPER]
    for row in range(rows):
        cells = cut_cells(lines[row], cols)
        at = 0
        for first, last, style, focus in sorted(runs[row]):
            if first > at:
                out += draw_run(row, cells, at, first - 1, "normal", False)
            out += draw_run(row, cells, first, last, style, focus)
            at = last + 1
        if at < cols:
            out += draw_run(row, cells, at, cols - 1, "normal", False)
    return "\n".join(out) + "\n</svg>\n"


def page():
    out = ["# Screens", "",
           "Drawn by `docs/screens/make.py` from the dumps in `tests/tui/` that the tests",
           "compare the desk with, in the colours of the default theme. The keys are in",
           "stet(1), and behind `?` at the desk.", ""]
    for name, _, _, words in CATALOGUE:
        out += [words, "", "![%s](screens/%s.svg)" % (name, name), ""]
    return "\n".join(out)


def main():
    made = {"docs/SCREENS.md": page()}
    for name, dump, which, _ in CATALOGUE:
        made["docs/screens/%s.svg" % name] = draw(*read_dump(dump, which))
    wrong = []
    for name, text in made.items():
        path = os.path.join(TOP, name)
        if "--check" not in sys.argv[1:]:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        elif not os.path.exists(path) or open(path, encoding="utf-8").read() != text:
            wrong.append(name)
    for name in wrong:
        print("# %s is not what docs/screens/make.py makes of the dumps" % name)
    if "--check" in sys.argv[1:]:
        print("1..1\n%sok 1 - pictures of the desk" % ("not " if wrong else ""))
    return len(wrong) > 0


if __name__ == "__main__":
    sys.exit(main())
