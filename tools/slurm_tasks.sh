# Sourced by slurm_train.sh and slurm_test.sh: the tasks, as arguments of srun.
gpus=${GPUS:-8}
per_node=${GPUS_PER_NODE:-8}
tasks=(--ntasks="$gpus" --cpus-per-task="${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1)
if ((per_node > 0)); then
    if ((gpus < per_node)); then per_node=$gpus; fi
    if ((gpus % per_node)); then
        echo "GPUS=$gpus is not a multiple of GPUS_PER_NODE=$per_node." >&2
        exit 2
    fi
    # all tasks of a machine see all its GPUs, and each takes the one of its number
    tasks+=(--gres="gpu:$per_node" --ntasks-per-node="$per_node")
fi
# SRUN_ARGS may hold several words.
# shellcheck disable=SC2206
tasks+=(${SRUN_ARGS:-})
