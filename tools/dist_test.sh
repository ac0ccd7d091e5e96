#!/usr/bin/env bash
# Test a checkpoint on several GPUs (or CPU processes) of one or more machines:
#   tools/dist_test.sh CONFIG CHECKPOINT NUM_PROCESSES [arguments of tools/test.py]
# Several machines: set NNODES, NODE_RANK, MASTER_ADDR and, if taken, PORT on each.
set -euo pipefail
config=$1
checkpoint=$2
processes=$3
"${PYTHON:-python}" -m torch.distributed.run \
    --nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}" \
    --nproc_per_node="$processes" \
    "$(dirname "$0")/test.py" "$config" "$checkpoint" --launcher pytorch "${@:4}"
