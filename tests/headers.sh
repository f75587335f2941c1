#!/bin/sh
# Headers: each compiles alone, and twice, with the flags of the build.
# COMPILE holds the compiler and its flags (set by make check).
set -u
src=${srcdir:-.}
compile=${COMPILE:-cc -std=c17 -Wall -Wextra -I. -I$src/include -I$src}

headers=$(cd "$src" && find include/stet base shard index review tui cli \
    -name '*.h' 2>/dev/null | sort)
count=$(echo "$headers" | wc -l)
echo "1..$count"
number=0
failed=0
for header in $headers; do
    number=$((number + 1))
    name=${header#include/}
    # shellcheck disable=SC2086
    if report=$(printf '#include "config.h"\n#include "%s"\n#include "%s"\n' \
        "$name" "$name" | $compile -fsyntax-only -x c - 2>&1); then
        echo "ok $number - $name"
    else
        echo "$report" | sed 's/^/# /'
        echo "not ok $number - $name"
        failed=1
    fi
done
exit $failed
