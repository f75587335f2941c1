#!/bin/sh
# What slurm-submit.sh runs after the tasks: fails when one is not finished.
#SBATCH --job-name=stet-publish
#SBATCH --open-mode=append
set -eu
exec stet index --status --shards "$1"
