#!/bin/sh
# Index the shards named in LIST in TASKS tasks of a Slurm job array; a second
# job publishes when all of them have ended well. Prints both jobs' numbers.
# Usage: slurm-submit.sh LIST TASKS [OPTION OF stet index...]
# In the folder of the corpus; SBATCH_* variables are sbatch's (--partition ...).
set -eu
list=$1
tasks=$2
shift 2
here=$(dirname "$0")

array=$(sbatch --parsable --array="1-$tasks" "$here/slurm-task.sh" \
    "$list" "$tasks" "$@")
publish=$(sbatch --parsable --job-name=stet-publish --cpus-per-task=1 \
    --dependency="afterok:$array" "$here/slurm-publish.sh" "$list")
echo "$array $publish"
