#!/bin/sh
# Run a Python test, or say in TAP that there is no Python to run it with.
if ! command -v python3 >/dev/null 2>&1; then
    echo "1..0 # SKIP python3 was not found"
    exit 0
fi
exec python3 "$@"
