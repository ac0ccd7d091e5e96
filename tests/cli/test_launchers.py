"""The scripts that start several processes; what they start only tells its arguments."""

import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent.parent / 'tools'


@pytest.fixture
def launch(tmp_path):
    """Run a script of tools with ``python`` and ``srun`` replaced; return its result."""
    for name in ('python', 'srun'):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name}\nprintf "%s\\n" "$@"\n')
        (tmp_path / name).chmod(0o755)

    def run(script, *arguments, **environment):
        return subprocess.run(
            ['bash', TOOLS / script, *arguments], capture_output=True, text=True,
            env={'PATH': f'{tmp_path}:/usr/bin:/bin', **environment})

    return run


def started(result):
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_one_machine(launch):
    lines = started(launch('dist_train.sh', 'a b.py', '4', '--resume', '--seed', '1'))
    assert lines == ['python', '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node=4',
                     f'{TOOLS}/train.py', 'a b.py', '--launcher', 'pytorch', '--resume', '--seed',
                     '1']
    lines = started(launch('dist_test.sh', 'a.py', 'b.pth', '2', '--out', 'c.npz', PORT='29511'))
    assert lines[3:] == ['--nnodes=1', '--node_rank=0', '--master_addr=127.0.0.1',
                         '--master_port=29511', '--nproc_per_node=2', f'{TOOLS}/test.py', 'a.py',
                         'b.pth', '--launcher', 'pytorch', '--out', 'c.npz']


def test_several_machines(launch):
    lines = started(launch('dist_train.sh', 'a.py', '8', NNODES='2', NODE_RANK='1',
                           MASTER_ADDR='10.0.0.7'))
    assert lines[3:8] == ['--nnodes=2', '--node_rank=1', '--master_addr=10.0.0.7',
                          '--master_port=29500', '--nproc_per_node=8']


def test_slurm(launch):
    lines = started(launch('slurm_train.sh', 'gpu', 'name', 'a.py', 'work', '--amp', GPUS='16',
                           SRUN_ARGS='--time=1:00 --qos=low'))
    assert lines == [
        'srun', '-p', 'gpu', '--job-name=name', '--ntasks=16', '--cpus-per-task=5',
        '--kill-on-bad-exit=1', '--gres=gpu:8', '--ntasks-per-node=8', '--time=1:00', '--qos=low',
        'python', '-u', f'{TOOLS}/train.py', 'a.py', '--work-dir', 'work', '--launcher', 'slurm',
        '--amp']
    lines = started(launch('slurm_test.sh', 'gpu', 'name', 'a.py', 'b.pth', GPUS='2'))
    assert '--gres=gpu:2' in lines and '--ntasks-per-node=2' in lines
    assert lines[lines.index('-u'):] == ['-u', f'{TOOLS}/test.py', 'a.py', 'b.pth', '--launcher',
                                         'slurm']
    lines = started(launch('slurm_train.sh', 'cpu', 'name', 'a.py', 'work', GPUS='4',
                           GPUS_PER_NODE='0'))
    assert '--ntasks=4' in lines and not any('gres' in line for line in lines)


@pytest.mark.parametrize(('script', 'arguments', 'environment', 'sentence'), [
    ('dist_train.sh', ['a.py'], {}, 'Usage: tools/dist_train.sh CONFIG NUM_PROCESSES'),
    ('dist_train.sh', ['a.py', '--resume'], {}, 'Usage: tools/dist_train.sh'),
    ('dist_test.sh', ['a.py', 'b.pth'], {}, 'Usage: tools/dist_test.sh CONFIG CHECKPOINT'),
    ('dist_train.sh', ['a.py', '8'], {'NNODES': '2', 'NODE_RANK': '1'},
     'NNODES=2 machines need NODE_RANK (0 to 1) and MASTER_ADDR'),
    ('slurm_train.sh', ['gpu', 'name', 'a.py'], {}, 'Usage: tools/slurm_train.sh PARTITION'),
    ('slurm_test.sh', ['gpu', 'name', 'a.py'], {}, 'Usage: tools/slurm_test.sh PARTITION'),
    ('slurm_train.sh', ['gpu', 'name', 'a.py', 'work'], {'GPUS': '12'},
     'GPUS=12 is not a multiple of GPUS_PER_NODE=8'),
])
def test_mistakes_are_told(launch, script, arguments, environment, sentence):
    result = launch(script, *arguments, **environment)
    assert result.returncode == 2 and not result.stdout
    assert sentence in result.stderr and len(result.stderr.splitlines()) == 1
