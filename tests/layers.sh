#!/bin/sh
# Layers: a file includes only its own room and those to its right in
# cli > tui > review > index > shard > base; outside libraries only where the
# table below names them.
set -u
cd "${srcdir:-.}" || exit 1
LC_ALL=C
export LC_ALL

files=$(find base shard index review tui cli include \
    \( -name '*.c' -o -name '*.h' \) 2>/dev/null | sort)

# shellcheck disable=SC2086
awk '
BEGIN {
    # The room of each public header.
    room_of["base"] = "agreement arena bits buf db error fileio hash json json_lines " \
        "log pool regex settings statistics utf8 width workspace xalloc"
    room_of["shard"] = "document mapping row_files seekable shard shard_writer"
    room_of["index"] = "build histogram import index index_diff phrases query " \
        "score search similar similar_groups tokenizer trace"
    room_of["review"] = "addition annotation annotation_import apply avoid calibration " \
        "claim draft edits export failure patch policy proposal queue ratings report_card " \
        "resolve review reviewer store training"
    room_of["tui"] = "tui"
    # The files of each outside library (regular expressions on the path).
    only["^n?curses.*[.]h$|^term[.]h$"] = "^tui/term[.]c$"
    only["^sqlite3[.]h$"] = "^base/db[.]c$|^index/fts(_api)?[.][ch]$"
    only["^sqlite3ext[.]h$"] = "^index/extension[.]c$"
    only["^pcre2.*[.]h$"] = "^base/regex[.]c$"
    only["^zstd.*[.]h$|^zlib[.]h$|^zdict[.]h$"] = "^shard/"
    only["^openssl/"] = "^base/hash[.]c$"
    only["^utf8proc[.]h$"] = \
        "^base/(width|utf8)[.]c$|^index/(tokenizer|fold)[.]c$"
    only["^(line|word|grapheme)break.*[.]h$|^unibreak.*[.]h$"] = \
        "^tui/wrap[.]c$|^base/"

    split("base shard index review tui cli", order, " ")
    for (i = 1; i <= 6; i++) {
        rank[order[i]] = i
        count = split(room_of[order[i]], names, " ")
        for (j = 1; j <= count; j++)
            header_room[names[j] ".h"] = order[i]
    }
}

function fail(text) {
    print "# " FILENAME ":" FNR ": " text
    failed = 1
}

FNR == 1 {
    files++
    known[FILENAME] = 1
    room = FILENAME
    sub(/\/.*/, "", room)
    if (room == "include") {
        name = FILENAME
        sub(/.*\//, "", name)
        room = header_room[name]
        if (room == "")
            fail("no room: add " name " to the table of tests/layers.sh")
    }
}

/^[ \t]*#[ \t]*include[ \t]*</ {
    name = $0
    sub(/^[^<]*</, "", name)
    sub(/>.*/, "", name)
    for (library in only)
        if (name ~ library && FILENAME !~ only[library])
            fail("<" name "> belongs only into " only[library])
}

/^[ \t]*#[ \t]*include[ \t]*"/ && room != "" {
    name = $0
    sub(/^[^"]*"/, "", name)
    sub(/".*/, "", name)
    if (name == "config.h")
        next
    if (name ~ /^stet\//) {
        sub(/^stet\//, "", name)
        if (!(name in header_room))
            fail("stet/" name " has no room in the table")
        else if (rank[header_room[name]] > rank[room])
            fail(room " may not include " header_room[name] " (" name ")")
        next
    }
    # A private header, as "room/name.h" or beside the file.
    if (name ~ /\//) {
        owner = name
        sub(/\/.*/, "", owner)
    } else {
        owner = room
        name = room "/" name
    }
    if (owner != room || FILENAME ~ /^include\//)
        fail("private header " name)
    else
        wanted[name] = FILENAME
}

END {
    for (name in wanted)
        if (!(name in known)) {
            print "# " wanted[name] ": no such header " name
            failed = 1
        }
    if (files < 10) {
        print "# only " files + 0 " files found"
        failed = 1
    }
    print "1.." 1
    print (failed ? "not ok" : "ok") " 1 - layers of " files " files"
    exit failed
}' $files
