#!/bin/sh
# The tokenizer against its Python twin (TAP).
if ! command -v python3 >/dev/null; then
    echo "1..0 # SKIP no python3"
    exit 0
fi
exec python3 "${srcdir:-.}/tests/lib/tokenizer_twin.py" \
    "${builddir:-.}/tests/unit/test_tokenizer"
