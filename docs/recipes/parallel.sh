#!/bin/sh
# Index the shards named in LIST in TASKS tasks on this machine, or on the
# machines of --sshlogin, with GNU parallel; then publish.
# Usage: parallel.sh LIST TASKS [OPTION OF stet index...]
# JOBS: tasks side by side (default: the cores).
set -eu
list=$1
tasks=$2
shift 2

# A task that is killed is run again; what it had finished stays.
seq "$tasks" | parallel --will-cite --jobs "${JOBS:-100%}" --retries 10 \
    stet index --quiet --jobs 1 --task "{}/$tasks" --shards "$list" "$@"
stet index --status --shards "$list"
