#!/bin/bash
# One task of a Slurm job array; slurm-submit.sh submits it.
#SBATCH --job-name=stet-index
#SBATCH --cpus-per-task=4
#SBATCH --time=04:00:00
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
set -u
list=$1
tasks=$2
shift 2

# srun, so that the signal reaches stet. Two minutes before the time is up it
# stops: what is finished stays, exit 75.
srun stet index --quiet --jobs "${SLURM_CPUS_PER_TASK:-1}" \
    --task "$SLURM_ARRAY_TASK_ID/$tasks" --shards "$list" "$@"
status=$?

# 1: done, some records were rejected. Over 128: killed, e.g. for its memory.
case $status in
0 | 1) exit 0 ;;
esac
if [ "$status" -eq 75 ] || { [ "$status" -gt 128 ] &&
    [ "${SLURM_RESTART_COUNT:-0}" -lt 20 ]; }; then
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
    sleep 60 # until Slurm ends this run
fi
exit "$status"
