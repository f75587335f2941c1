#!/bin/sh
# Replay the corpus of every fuzz target once (TAP, one test a target).
# A target is tests/fuzz/fuzz_NAME, its corpus tests/fuzz/corpus/NAME/. With
# FUZZ_SECONDS and targets built for libFuzzer, each also hunts for so long and
# keeps what it found in $builddir/tests/fuzz/found/NAME/.
srcdir=${srcdir:-.}
builddir=${builddir:-.}
set -- "$srcdir"/tests/fuzz/fuzz_*.c
echo "1..$#"
n=0
for source; do
    n=$((n + 1))
    target=$(basename "$source" .c)
    corpus=$srcdir/tests/fuzz/corpus/${target#fuzz_}
    found=$builddir/tests/fuzz/found/${target#fuzz_}
    if [ -z "$FUZZING" ]; then
        set -- "$corpus"
    elif [ -z "$FUZZ_SECONDS" ]; then
        set -- -runs=0 "$corpus"
    else
        mkdir -p "$found"
        set -- -max_total_time="$FUZZ_SECONDS" -max_len=4096 \
            -artifact_prefix="$found/" "$found" "$corpus"
    fi
    if output=$("$builddir/tests/fuzz/$target" "$@" 2>&1); then
        echo "ok $n - $target: $(echo "$output" | tail -n 1)"
    else
        echo "$output" | sed 's/^/# /'
        echo "not ok $n - $target"
    fi
done
