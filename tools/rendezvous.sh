# Sourced by dist_train.sh and dist_test.sh: where the processes meet, as arguments of torchrun.
if [[ ${NNODES:-1} == 1 && -z ${PORT:-} ]]; then
    rendezvous=(--standalone)  # at a free port, so that two runs on a machine do not meet
else
    if [[ ${NNODES:-1} != 1 && ( -z ${NODE_RANK:-} || -z ${MASTER_ADDR:-} ) ]]; then
        echo "NNODES=$NNODES machines need NODE_RANK (0 to $((NNODES - 1))) and MASTER_ADDR (the" \
            "machine of rank 0) on each." >&2
        exit 2
    fi
    rendezvous=(--nnodes="${NNODES:-1}" --node_rank="${NODE_RANK:-0}"
        --master_addr="${MASTER_ADDR:-127.0.0.1}" --master_port="${PORT:-29500}")
fi
