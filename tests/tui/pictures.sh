#!/bin/sh
# The pictures of docs/screens are what docs/screens/make.py makes of the dumps.
exec python3 -B "${srcdir:-.}/docs/screens/make.py" --check
