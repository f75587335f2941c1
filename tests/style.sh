#!/bin/sh
# Style that needs no compiler: sizes, banned words, first lines, columns.
# docs/HACKING.md says why.
set -u
cd "${srcdir:-.}" || exit 1
LC_ALL=C
export LC_ALL

files=$(find base shard index review tui cli include tests bench \
    \( -name '*.c' -o -name '*.h' \) 2>/dev/null | sort)

# shellcheck disable=SC2086
awk '
BEGIN {
    banned = "(^|[^a-z_0-9])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|" \
        "gets|alloca|setjmp|longjmp|system|popen)[(]"
    leaving = "(^|[^a-z_0-9])(exit|abort|perror)[(]|fprintf[(]stderr|" \
        "fputs[(][^;]*stderr"
}

function fail(what) {
    print "# " FILENAME ":" FNR ": " what
    failed = 1
}

function end_of_file() {
    if (lines > 800) {
        print "# " last_file ": " lines " lines, over 800"
        failed = 1
    }
    if (last_file ~ /[.]c$/ && !has_config) {
        print "# " last_file ": does not include config.h"
        failed = 1
    }
}

# A definition without its body: more than 6 parameters, err not counted?
function check_parameters(text, commas) {
    sub(/^[^(]*[(]/, "", text)
    while (gsub(/[(][^()]*[)]/, "", text))
        continue
    sub(/[)].*/, "", text)
    commas = gsub(/,/, ",", text)
    if (commas + (text !~ /struct error [*]err *$/) > 6)
        fail(commas + 1 " parameters, over 6 and err")
}

FNR == 1 {
    if (last_file != "")
        end_of_file()
    last_file = FILENAME
    files++
    has_config = 0
    has_include = 0
    body = 0
    signature = ""
    checked = FILENAME !~ /^tests\//
    may_leave = FILENAME ~ /^(cli|tests|bench)\// || \
        FILENAME == "base/xalloc.c"
    if ($0 !~ /^\/[*] /)
        fail("does not open with a comment on its role")
    name = FILENAME
    sub(/.*\//, "", name)
    if (checked && (name in owner))
        fail("same name as " owner[name])
    if (checked)
        owner[name] = FILENAME
}

{
    lines = FNR
    wide = $0
    if (index(wide, "\t"))
        fail("a tab")
    if (wide ~ /[ \r]$/)
        fail("a blank at the end")
    if (length(wide) > 80) {
        gsub(/[\200-\277]/, "", wide)
        if (length(wide) > 80)
            fail("over 80 columns")
    }
}

/^#include/ && !has_include {
    has_include = 1
    if ($0 == "#include \"config.h\"")
        has_config = 1
}

/(^|[^A-Za-z])(TODO|FIXME|XXX)([^A-Za-z]|$)/ { fail("TODO") }
/^[ \t]*\/\/|[;{}] *\/\// { fail("a // comment") }
/^typedef (struct|union)/ { fail("a typedef of a struct") }
$0 ~ banned {
    plain = $0
    gsub(/"[^"]*"/, "\"\"", plain)
    if (plain ~ banned)
        fail("a banned function")
}
!may_leave && $0 ~ leaving { fail("only cli/ leaves or writes to stderr") }

/^[a-z_][a-z_0-9]*[(]/ { signature = "" ; in_signature = 1 }
in_signature { signature = signature $0 }
/;$/ { in_signature = 0 }
/^{$/ {
    body = FNR
    if (in_signature)
        check_parameters(signature)
    in_signature = 0
}
/^}/ && body {
    if (FNR - body - 1 > 80)
        fail("a function of " FNR - body - 1 " lines, over 80")
    body = 0
}

END {
    end_of_file()
    if (files < 10) {
        print "# only " files + 0 " files found"
        failed = 1
    }
    print "1..1"
    print (failed ? "not ok" : "ok") " 1 - style of " files " files"
    exit failed
}' $files
