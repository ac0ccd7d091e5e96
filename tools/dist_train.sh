#!/usr/bin/env bash
# Train on several GPUs (or CPU processes) of one or more machines:
#   tools/dist_train.sh CONFIG NUM_PROCESSES [arguments of tools/train.py]
# Several machines: on each, set NNODES (machines), NODE_RANK (0, 1, ...), MASTER_ADDR (the machine of
# rank 0) and, if 29500 is taken there, PORT. NUM_PROCESSES is that of one machine.
set -euo pipefail
if [[ $# -lt 2 || ! $2 =~ ^[1-9][0-9]*$ ]]; then
    echo "Usage: tools/dist_train.sh CONFIG NUM_PROCESSES [arguments of tools/train.py]" >&2
    exit 2
fi
# shellcheck source=tools/rendezvous.sh
source "$(dirname "$0")/rendezvous.sh"
exec "${PYTHON:-python}" -m torch.distributed.run "${rendezvous[@]}" --nproc_per_node="$2" \
    "$(dirname "$0")/train.py" "$1" --launcher pytorch "${@:3}"
