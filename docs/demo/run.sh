#!/bin/bash
# The demo (./dev demo): real text from Debian packages, indexed, then the desk
# on the documents that their packagers call offensive. Without a terminal, or
# with --steps, the loop by subcommands: search, judge, tag, rewrite, export,
# apply, and the changed records. Everything happens in build/demo.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=(fortunes fortunes-min fortunes-it fortunes-it-off fortunes-es
    fortunes-es-off fortunes-de fortunes-br fortunes-pl fortunes-ru fortunes-zh
    fortunes-cs fortunes-bg dict-devil dict-jargon anarchism)
demo=$PWD/build/demo
PATH=$PWD/build:$PATH
export STET_REVIEWER=${STET_REVIEWER:-demo}

say()
{
    echo "demo: $*" >&2
}

known()
{
    apt-cache policy "$1" 2>/dev/null | grep 'Candidate: [^(]' >/dev/null
}

# The packages are unpacked here, not installed: no root, no dictionary server.
fetch()
{
    local package deb root=()
    if ! command -v apt-get >/dev/null; then
        say "no apt-get here: the text comes from Debian packages"
        exit 69
    fi
    if ! known fortunes; then
        [ "$(id -u)" -eq 0 ] || root=(sudo)
        say "fetching the lists of packages (apt-get update)"
        "${root[@]}" apt-get -q update >&2
    fi
    mkdir -p "$demo/packages"
    for package in "${packages[@]}"; do
        [ ! -d "$demo/packages/$package" ] || continue
        if ! known "$package"; then
            say "no package $package here; going on without it"
            continue
        fi
        say "fetching $package"
        mkdir -p "$demo/download"
        (cd "$demo/download" &&
            apt-get -q -o APT::Sandbox::User="$(id -un)" download "$package" \
                >/dev/null)
        for deb in "$demo/download/$package"_*.deb; do
            dpkg-deb -x "$deb" "$demo/download/$package"
        done
        mv "$demo/download/$package" "$demo/packages/$package"
        rm -rf "$demo/download"
    done
    if [ -z "$(ls "$demo/packages")" ]; then
        say "none of the packages could be had"
        exit 69
    fi
}

corpus()
{
    [ ! -d "$demo/corpus" ] || return 0
    fetch
    say "making shards in $demo/corpus"
    rm -rf "$demo/corpus.new"
    python3 docs/demo/corpus.py "$demo/packages" "$demo/corpus.new" >&2
    mv "$demo/corpus.new" "$demo/corpus"
}

# step WHY COMMAND: the command is shown as typed, then run.
step()
{
    echo
    echo "# $1"
    echo "\$ $2"
    eval "$2" 2>&1
}

record_of()
{
    local raw
    case $1 in
    *.gz) raw=(gzip -dc "$1") ;;
    *.zst) raw=(zstd -dqc "$1") ;;
    *) raw=(cat "$1") ;;
    esac
    "${raw[@]}" | python3 -c '
import json, sys
for line in sys.stdin:
    record = json.loads(line)
    if record["id"] == sys.argv[1]:
        print(json.dumps(record, ensure_ascii=False, indent=1))
' "$2"
}

# changed SHARD ID: the record before and after.
changed()
{
    echo
    echo "# The record $2 of $1, before and after"
    diff -U 2 <(record_of "corpus/$1" "$2") <(record_of "patched/$1" "$2") |
        tail -n +3 || true
}

# The loop in a workspace of its own, made anew each time. No harmful text is
# printed: of the flagged documents only their number.
steps()
{
    local copy=$demo/steps
    rm -rf "$copy"
    mkdir -p "$copy"
    cp -rl "$demo/corpus" "$copy/corpus"
    cd "$copy"

    step 'Index the shards: plain, gzip and zstd' \
        'stet index --quiet corpus'
    step 'What the packagers flagged becomes a queue, in an order by seed' \
        "stet queue save flagged 'offensive:1' --order 'random(7)'"
    step 'How many of it are Spanish' \
        "stet search --count 'offensive:1 lang:es'"

    step 'Search: a phrase, a field, an order' \
        "stet search --limit 3 '\"free software\" lang:en sort:shard'"
    step 'Chinese has no spaces: any part of it is found' \
        "stet search --limit 2 '明月 lang:zh'"
    step 'One document' \
        'stet show source:dict-devil/id:devil/patience'

    step 'Judge it' \
        'stet verdict good source:dict-devil/id:devil/patience'
    step 'Tag everything that a query finds' \
        "stet tag +licence --query '\"free software\" lang:en'"
    step 'One undo takes all of it back' 'stet undo'
    step 'One redo brings it again' 'stet redo'

    step 'Rewrite a document' "printf '%s\n' 'PATIENCE, n.  A quiet strength,\
 mistaken for despair.' | stet rewrite --from - --reason kinder\
 source:dict-devil/id:devil/patience"
    step 'Redact a passage, characters 0 to 9, of another' \
        'stet redact --span 0:9 source:dict-devil/id:devil/abasement'
    step 'Drop a third' \
        'stet drop --reason "a demonstration" source:dict-devil/id:devil/flop'
    step 'Add a new one' "printf 'STET, v.  Let it stand.' |\
 stet add --from - source:dict-devil/id:devil/patience"
    step 'What was decided' 'stet log'

    step 'Export the decisions as a patch set' \
        'stet export -o first.stet.jsonl'
    step 'What would it do to the shards?' \
        'stet verify --quiet first.stet.jsonl corpus/*'
    step 'Apply it: new shards, only those that change' \
        'stet apply --to patched first.stet.jsonl corpus/*'
    step 'They are here' 'ls patched'

    changed dictionaries.jsonl.zst devil/patience
    changed dictionaries.jsonl.zst devil/abasement
    changed dictionaries.jsonl.zst devil/flop
    step 'Once more: there is nothing to do' \
        'stet apply --to patched first.stet.jsonl corpus/*'
    step 'Index, shards and store agree' 'stet check'
    echo
    echo "All of it is in $copy; at a terminal, ./dev demo opens the desk."
}

desk()
{
    mkdir -p "$demo/desk"
    [ -d "$demo/desk/corpus" ] || cp -rl "$demo/corpus" "$demo/desk/corpus"
    cd "$demo/desk"
    say "indexing in $demo/desk/.stet"
    stet index corpus
    if ! stet queue list --json | grep '"name":"flagged"' >/dev/null; then
        stet queue save flagged 'offensive:1' --order 'random(7)'
    fi
    say "opening the desk on the queue 'flagged': ? shows the keys, q leaves"
    exec stet desk --queue flagged
}

corpus
if [ "${1:-}" != --steps ] && [ -t 0 ] && [ -t 1 ]; then
    desk
else
    steps
fi
