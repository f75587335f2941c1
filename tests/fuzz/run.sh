#!/bin/sh
# Replay the corpus of every fuzz target once (TAP, one test a target).
# A target is tests/fuzz/fuzz_NAME, its corpus tests/fuzz/corpus/NAME/.
srcdir=${srcdir:-.}
builddir=${builddir:-.}
set -- "$srcdir"/tests/fuzz/fuzz_*.c
echo "1..$#"
n=0
for source; do
    n=$((n + 1))
    target=$(basename "$source" .c)
    corpus=$srcdir/tests/fuzz/corpus/${target#fuzz_}
    # -runs=0: with libFuzzer, too, only the corpus.
    if [ -n "$FUZZING" ]; then
        set -- -runs=0 "$corpus"
    else
        set -- "$corpus"
    fi
    if output=$("$builddir/tests/fuzz/$target" "$@" 2>&1); then
        echo "ok $n - $target: $(echo "$output" | tail -n 1)"
    else
        echo "$output" | sed 's/^/# /'
        echo "not ok $n - $target"
    fi
done
