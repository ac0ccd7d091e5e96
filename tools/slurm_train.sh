#!/usr/bin/env bash
# Train on a SLURM cluster, one task a GPU:
#   GPUS=16 tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [arguments of tools/train.py]
# GPUS (8, of all machines), GPUS_PER_NODE (8), CPUS_PER_TASK (5), SRUN_ARGS and, if 29500 is taken,
# MASTER_PORT may be set. GPUS_PER_NODE=0 GPUS=4 starts four tasks without GPUs.
set -euo pipefail
if [[ $# -lt 4 ]]; then
    echo "Usage: tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR" \
        "[arguments of tools/train.py]" >&2
    exit 2
fi
# shellcheck source=tools/slurm_tasks.sh
source "$(dirname "$0")/slurm_tasks.sh"
exec srun -p "$1" --job-name="$2" "${tasks[@]}" \
    "${PYTHON:-python}" -u "$(dirname "$0")/train.py" "$3" --work-dir "$4" --launcher slurm "${@:5}"
