"""Every view and mode of the desk: the query that it is shown on, the keys that
open it from the list, what is on the screen then and only then. For the
workspace of hostile_desk.py."""

ESC, ENTER, TAB = "\\e", "\\r", "\\t"
F2, F3, F4, F5, F12 = "\\eOQ", "\\eOR", "\\eOS", "\\e[15~", "\\e[24~"
PACK = "id:pack00"
WIDE = "id:wide"
N = "N" + TAB + ENTER  # the first that begins so

# name: (query, keys, signs). Signs are words on the screen, "-" and words that
# are not there, or of SIGNS.
VIEWS = {
    "list": (PACK, "", ("toxic_s~", "@list", "o order")),
    "document": (PACK, TAB, ("toxic_s~", "@text", "o order")),
    "list alone": (PACK, "p", ("toxic_s~", "-scores", "o order")),
    "document alone": (PACK, TAB + "p", ("-toxic_s~", "@text", "o order")),
    "unwrapped document": (WIDE, TAB + "w", ("wwww>", "@text")),
    "hidden characters": (WIDE, TAB + "W", ("<U+200D>joined", "@text")),
    "passages": (PACK, "L", ("passages: Enter", )),
    "sentences": (PACK, "T", ("sentence by sentence", "R redact")),
    "span": (PACK, TAB + "vw", ("R redact", "-sentence by")),
    "tags": (PACK, "t", ("tags and actions:", )),
    "tags of a span": (PACK, TAB + "vwt", ("tag the span:", )),
    "order": (PACK, "o", ("order:", "worst first")),
    "help": (PACK, "?", ("help:", ":good")),
    "help, typed": (PACK, "?undo", ("help: undo", )),
    "all keys": (PACK, ":map" + ENTER, ("all keys:", )),
    "templates": (PACK, F5, ("templates:", )),
    "note": (PACK, "chalf a note", ("note half a note", )),
    "query": (PACK, "fsome words", ("query id:pack00some words", )),
    "query's values": (PACK, "f source:", ("query id:pack00 source:", )),
    "find": (PACK, TAB + "/N001", ("/N001", "match 1 of")),
    "found": (PACK, TAB + "/N00" + ENTER, ("-/N00", "match 1 of")),
    "pattern": (PACK, "*some", ("mark what matches some", )),
    "pipe": (PACK, "|cat", ("pipe to cat", )),
    "command": (PACK, ":qu", (":qu", "quit: everything is saved")),
    "command's values": (PACK, ":queue ", (":queue", " N478")),
    "editor": (PACK, "rnew ", ("rewriting pack00", "F2 done", "new ")),
    "editor of a span": (PACK, TAB + "vwrnew ", ("rewriting a span", "F2 done", "new ")),
    "editor with diff": (PACK, "rnew " + F4, ("rewriting pack00", "{+new")),
    "templates in the editor": (PACK, "r" + F5, ("rewriting pack00", "templates:")),
    "a new document": (PACK, ":add" + ENTER + "new ", ("new document beside", "new ")),
    "diff": (PACK, "rnew " + F2, ("rewrite pack00", "d toggle-change", "{+new")),
    "redacted": (PACK, ":redact-all a" + ENTER, ("rewrite pack00", "d toggle-change", "[-")),
    "template taken": (PACK, F5 + ENTER, ("rewriting pack00", "F2 done")),
    "proposal": (PACK, "P", ("proposal pack00", "d toggle-change")),
    "metadata": (PACK, "I", ("metadata  pack00", )),
    "record": (PACK, ":raw" + ENTER, ("record  pack00", )),
    "exact record": (PACK, ":raw exact" + ENTER, ("byte for byte  pack00", )),
    "why": (PACK, "H", ("why it is listed", )),
    "audit": (PACK, ":audit" + ENTER, ("audit of pack00", )),
    "log": (PACK, ":log" + ENTER, ("log of my decisions", "Enter take-back")),
    "log, filtered": (PACK, ":log note" + ENTER, ("log of my decisions", "note")),
    "guide": (PACK, ":guide " + N, ("guideline of N", )),
    "histogram": (PACK, "i", ("L log-scale", "0.9 .. 1.0")),
    "threshold": (PACK, "it", (":threshold", "0.9 .. 1.0")),
    "report": (PACK, ":report" + ENTER, ("PgDn page-down", "judged while read")),
    "similar": (PACK, "=", ("similar to pack00", "0.9")),
    "adjudicate": (PACK, ":adjudicate" + ENTER, ("adjudicate pack", "Enter take-side")),
    "cause": (PACK, ":adjudicate" + ENTER + ENTER, ("why they differed", )),
    "sheet": ("id:pack*", "Mx", ("y decide", "documents?")),
    "reason": ("id:pack*", "Mxcbecause", ("reason because", "documents?")),
    "question": (PACK, ":queue remove " + N, ("y yes", )),
    "queue": (PACK, ":queue " + N, ("stet  queue N", "as saved")),
    "start": (PACK, F3, ("Enter open", "reviewer kim")),
    "covered": ("id:covered", "", ("toxicity 0.99, 191 char", )),
    "uncovered": ("id:covered", "z", ("@uncovered", )),
    "blank": (PACK, F12, ("@blank", )),
}
SIGNS = {
    "@list": lambda pty: pty.cursor()[0] < 4,
    "@text": lambda pty: pty.cursor()[0] > 1,
    "@uncovered": lambda pty: any(" 1  N000" in row for row in pty.screen()),
    "@blank": lambda pty: not any(row.strip() for row in pty.screen()),
}


def missing(pty, name, patience_ms):
    """The sign of the view that does not come; None: it is open."""
    for sign in sorted(VIEWS[name][2], key=lambda sign: sign[0] in "-@"):
        if sign[0] not in "-@":
            if not pty.until(sign, patience_ms):
                return sign
            continue
        for _ in range(patience_ms // 50):
            if SIGNS[sign](pty) if sign in SIGNS else not any(
                    sign[1:] in row for row in pty.screen()):
                break
            pty.quiet(50, 50)
        else:
            return sign
    return None
