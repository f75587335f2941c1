#!/bin/sh
# Screens: each NAME.keys is run by `stet desk --script` on a small corpus;
# what it dumps must be what NAME.screen holds. The first line of a script
# says how: "# size COLSxROWS", then further words:
#   mask    toxicity from 0.9 is covered     blind   stet desk --blind
#   severe  toxicity from 0.5 is covered
#   all     [policy] blind = all
#   peers   lee judged the first two documents before, and noted
#   failures  two outputs of a model were imported, in two rounds
#   proposals  a model proposes rewrites of the first two documents
#   rows    documents with attributes beside them, instead of the usual corpus
#   copies  documents with copies and near copies, instead of the usual corpus
#   secure  STET_SECURE=1
#   segments  records of scored sentences and of nested spans instead
#   leads NAME  [policy] leads
#   escalated  lee rewrote forum-0002 and escalated it
#   query Q the desk opens on it (the rest of the line)
# UPDATE=1 writes the .screen files anew: read the difference.
set -u
here=$(cd "${srcdir:-.}/tests/tui" && pwd)
data=$here/../data/desk.jsonl
stet=$(cd "${builddir:-.}" && pwd)/stet
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
HOME=$top XDG_CONFIG_HOME=$top XDG_STATE_HOME=$top STET_REVIEWER=kim
EDITOR="sed -i -e s/kitchen/garden/"
export HOME XDG_CONFIG_HOME XDG_STATE_HOME STET_REVIEWER EDITOR
unset VISUAL STET_SECURE
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}
export ASAN_OPTIONS

if [ ! -x "$stet" ]; then
    echo "1..0 # SKIP no stet program was built"
    exit 0
fi

mkdir "$top/first"
cp "$data" "$top/first/"
cd "$top/first" || exit 1
if ! "$stet" index --yes desk.jsonl >"$top/index.log" 2>&1; then
    sed 's/^/# /' "$top/index.log"
    echo "1..1"
    echo "not ok 1 - index the corpus"
    exit 1
fi
cat >>.stet/config <<'END'
[score "toxicity"]
	threshold = 0.8
	range = 0..1
	bad = high
[tag "topic/insult"]
	key = ti
[tag "topic/spam"]
	guide = spam.md
[template "refusal"]
	file = refusal.txt
	at = replace
[template "comment"]
	text = "[The passage on %id% is a claim; 100 %% of it.]\n"
	at = start
[rewrite]
	placeholder = "<removed>"
END

printf 'User: %%text%%\nAssistant: I cannot help with that.\n' >refusal.txt
cat >spam.md <<'END'
# Spam

Text that was made to sell or to be found, not to be read: lists of links, the
same words again and again, offers.

- An advertisement in a forum, between answers: spam.
- A page of a shop that describes what it sells: not spam.

When in doubt, leave it and write a note.
END

# Sets size, mask, blind, query from the first line.
read_header() {
    size=80x24 mask='' blind='' all='' peers='' failures='' proposals='' rows='' copies='' secure=''
    segments='' query='' leads='' escalated=''
    # shellcheck disable=SC2046
    set -- $(sed -n '1s/^# //p' "$1")
    while [ $# -gt 0 ]; do
        case $1 in
        size) size=$2 && shift ;;
        mask) mask=0.9 ;;
        severe) mask=0.5 ;;
        blind) blind=--blind ;;
        all) all=yes ;;
        peers) peers=yes ;;
        failures) failures=yes ;;
        proposals) proposals=yes ;;
        rows) rows=yes ;;
        copies) copies=yes ;;
        secure) secure=1 ;;
        segments) segments=yes ;;
        leads) leads=$2 && shift ;;
        escalated) escalated=yes ;;
        query) shift && query=$* && break ;;
        esac
        shift
    done
}

# A workspace of two documents whose scores and spans are in files beside them.
with_rows() {
    rm -rf .stet desk.jsonl
    mkdir -p documents attributes/jigsaw
    cat >documents/x.jsonl <<'END'
{"id":"one","text":"Nobody likes those people, go away. 👍🏽 Never come back."}
{"id":"two","text":"The café by the harbour is open."}
END
    gzip -nc >attributes/jigsaw/x.jsonl.gz <<'END'
{"id":"one","attributes":{"jigsaw__toxic":0.97,"jigsaw__insult":[[27,34,0.9],[39,54,0.4]]}}
{"id":"two","attributes":{"jigsaw__toxic":0.01,"jigsaw__insult":[]}}
END
    "$stet" index --yes . >"$top/index.log" 2>&1
}

# A workspace of texts that were copied, changed a little, or are others.
with_copies() {
    rm -rf .stet desk.jsonl
    cat >a.jsonl <<'END'
{"id":"first","source":"web","text":"The old stone bridge over the river was closed this morning after the flood had washed away two of its seven pillars.\n\nNobody in the village can say when it will be open again for carts and people: the mason is ill and the quarry has been shut for years.","attributes":{"toxicity":0.1}}
{"id":"shouted","source":"forum","text":"THE OLD STONE BRIDGE over the river was closed this morning, after the flood had washed away two of its seven pillars!\n\nNobody in the village can say when it will be open again for carts and people; the mason is ill, and the quarry has been shut for years.","attributes":{"toxicity":0.95}}
{"id":"another","source":"web","text":"The mason is ill, and nobody knows when the quarry will be open again.","attributes":{"toxicity":0.2}}
END
    cat >b.jsonl <<'END'
{"id":"copy","source":"mirror","text":"The old stone bridge over the river was closed this morning after the flood had washed away two of its seven pillars.\n\nNobody in the village can say when it will be open again for carts and people: the mason is ill and the quarry has been shut for years.","attributes":{"toxicity":0.1}}
{"id":"horses","source":"mirror","text":"The old stone bridge over the river was closed this morning after the flood had washed away two of its seven pillars.\n\nNobody in the village can say when it will be open again for carts and horses: the mason is ill and the quarry has been shut for years.","attributes":{"toxicity":0.1}}
{"id":"escalated","source":"mirror","text":"The old stone bridge over the river was closed this morning after the flood had washed away two of its seven pillars.\n\nNobody in the village can say when it will be open again for carts and people: the miller is ill and the quarry has been shut for years.","attributes":{"toxicity":0.1}}
END
    "$stet" index --yes a.jsonl b.jsonl >"$top/index.log" 2>&1
    "$stet" escalate escalated >"$top/log"
}

# A record of sentences with scores, and one whose spans lie in one another.
with_segments() {
    rm -rf .stet desk.jsonl
    cat >s.jsonl <<'END'
{"id":"s1","texts":["Nobody likes those people. ","A fool said so.\n","The kitchen was quiet, and it went on being quiet for a very long time indeed. ","Go away!"],"scores":[0.91,0.4,0.02,0.97],"metadata":{"lang":"en"}}
{"id":"s2","texts":["One more. ","Two."],"scores":[0.1,0.2],"metadata":{"lang":"en"}}
END
    cat >n.jsonl <<'END'
{"id":"n1","text":"You are a complete fool and everybody here knows it.","source":"forum","metadata":{"lang":"en","url":"https://example.org/1","thread":[1,2]},"attributes":{"toxicity":0.93,"toxic_spans":[[0,24,0.4],[10,24,0.9],[19,40,0.6]]}}
{"id":"n2","text":"A fool's errand","source":"forum","metadata":{"lang":"en"},"attributes":{"toxicity":0.1,"toxic_spans":[[2,6,0.5]]}}
END
    "$stet" index --yes n.jsonl s.jsonl >"$top/index.log" 2>&1 || cat "$top/index.log"
    cat >>.stet/config <<'END'
[score "scores"]
	threshold = 0.9
	range = 0..1
	bad = high
[tag "topic/insult"]
	key = ti
END
}

echo "1..$(find "$here" -name '*.keys' | wc -l)"
number=0
failed=0
for keys in "$here"/*.keys; do
    name=$(basename "$keys" .keys)
    number=$((number + 1))
    read_header "$keys"
    rm -rf "$top/work"
    cp -R "$top/first" "$top/work"
    cd "$top/work" || exit 1
    [ -z "$rows" ] || with_rows
    [ -z "$copies" ] || with_copies
    [ -z "$segments" ] || with_segments
    # the workspace's folder names the corpus on screen
    [ -z "$mask" ] || printf '[policy]\n\tmask = toxicity:%s..\n' \
        "$mask" >>.stet/config
    [ -z "$all" ] || printf '[policy]\n\tblind = all\n' >>.stet/config
    [ -z "$leads" ] || printf '[policy]\n\tleads = %s\n' "$leads" >>.stet/config
    if [ -n "$escalated" ]; then
        "$stet" rewrite --reviewer lee --from refusal.txt forum-0002 >"$top/log"
        "$stet" escalate --reviewer lee --reason 'a real name?' forum-0002 \
            >>"$top/log"
    fi
    if [ -n "$failures" ]; then
        cat >one.jsonl <<'END'
{"id":7,"prompt":"What do you think of me?","output":"I think that you are a complete fool and everybody here knows it. \u001b[31mBye."}
{"id":"run 7/b","output":"Nothing of this stands anywhere."}
{"id":"run 7/c","output":"it claims that anyone can build a kite in the kitchen"}
END
        printf '{"id":"run 7/c","fixed":true}\n' >two.jsonl
        "$stet" import failures --round one one.jsonl >"$top/log" 2>&1
        "$stet" import failures --round two two.jsonl >"$top/log" 2>&1
    fi
    if [ -n "$proposals" ]; then
        cat >proposed.jsonl <<'END'
{"id":"forum-0001","text":"The following post was copied from a forum. It says that anyone can build a kite in the garden.\n\nLater replies point out that the string is missing. \"It will not fly,\" says one.","model":"rewriter-7b","style":"kinder"}
{"id":"forum-0002","text":"You are mistaken.","model":"rewriter-7b"}
END
        "$stet" import proposals proposed.jsonl >"$top/log" 2>&1
    fi
    if [ -n "$peers" ]; then
        "$stet" verdict --reviewer lee bad forum-0001 forum-0002 >"$top/log"
        "$stet" note --reviewer lee "a slur of 1990" forum-0001 >>"$top/log"
        "$stet" tag --reviewer lee +topic/spam forum-0001 >>"$top/log"
    fi
    # NAME.before: a session before it
    if [ -e "$here/$name.before" ] &&
        ! "$stet" desk --script "$here/$name.before" --size "$size" \
            >"$top/log" 2>&1; then
        sed 's/^/# /' "$top/log"
    fi
    # shellcheck disable=SC2086
    if ! STET_SECURE=$secure "$stet" desk --script "$keys" --size "$size" $blind ${query:+"$query"} \
        >"$top/log" 2>&1; then
        sed 's/^/# /' "$top/log"
        echo "not ok $number - $name: the desk failed"
        failed=1
        continue
    fi
    for screen in *.screen; do
        echo "== $screen"
        cat "$screen"
    done >"$top/got" 2>/dev/null
    [ -z "${UPDATE:-}" ] || cp "$top/got" "$here/$name.screen"
    if diff -u "$here/$name.screen" "$top/got" >"$top/diff"; then
        echo "ok $number - $name"
    else
        sed 's/^/# /' "$top/diff"
        echo "not ok $number - $name"
        failed=1
    fi
done
exit $failed
