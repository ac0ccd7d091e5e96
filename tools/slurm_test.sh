#!/usr/bin/env bash
# Test a checkpoint on a SLURM cluster, one task a GPU:
#   GPUS=8 tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [arguments of tools/test.py]
# GPUS, GPUS_PER_NODE, CPUS_PER_TASK, SRUN_ARGS and MASTER_PORT as of tools/slurm_train.sh.
set -euo pipefail
if [[ $# -lt 4 ]]; then
    echo "Usage: tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT" \
        "[arguments of tools/test.py]" >&2
    exit 2
fi
# shellcheck source=tools/slurm_tasks.sh
source "$(dirname "$0")/slurm_tasks.sh"
exec srun -p "$1" --job-name="$2" "${tasks[@]}" \
    "${PYTHON:-python}" -u "$(dirname "$0")/test.py" "$3" "$4" --launcher slurm "${@:5}"
