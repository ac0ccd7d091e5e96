"""What is installed on this machine, and what of it stands in the way of training.

Nothing that may be missing or broken is imported before it is asked for.
"""

import contextlib
import importlib
import io
import os
import platform
import shutil
import sys
import tempfile
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from .compat import MINIMUM, MM_DISTRIBUTIONS, find_problems, installed_version
from .version import __version__
from .zoo import config_folder, shipped_configs

GIB = 2**30
OPENCV = ('opencv-python', 'opencv-python-headless', 'opencv-contrib-python',
          'opencv-contrib-python-headless')
"""Distributions that all bring the module ``cv2``."""

PARTS = ('ltplug.datasets', 'ltplug.models', 'ltplug.engine', 'ltplug.evaluation',
         'ltplug.visualization')
ADVICE = {
    'torchvision': 'it fits one build of torch, so install both together from one index: run "pip '
                   'install --force-reinstall torch torchvision"',
    'cv2': 'on a machine without a screen run "pip uninstall -y opencv-python && pip install '
           '--force-reinstall opencv-python-headless"',
}


@dataclass
class Diagnosis:
    """What was found.

    Args:
        facts (list[tuple[str, str]]): Names and values.
        errors (list[str]): What keeps ltplug from training, each a sentence that ends with what to
            do.
        limits (list[str]): What works less well, likewise.
    """

    facts: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)


def diagnose(work_dir: str | Path = 'work_dirs') -> Diagnosis:
    """Look at versions, imports, devices and the folder that runs are written to.

    Args:
        work_dir (str or Path): That folder, which need not exist. Defaults to ``work_dirs``.

    Returns:
        Diagnosis: What was found.
    """
    found = Diagnosis()
    found.errors, found.limits = find_problems()
    _python_and_configs(found)
    usable = _packages(found)
    if 'torch' in usable:
        _devices(found)
    _machine(found, Path(work_dir))
    return found


def _python_and_configs(found: Diagnosis) -> None:
    found.facts += [('Python', f'{platform.python_version()} ({sys.executable})'),
                    ('System', platform.platform())]
    try:
        number, folder = len(shipped_configs()), config_folder()
        found.facts.append(('ltplug', f'{__version__}, {number} configs in {folder}'))
    except FileNotFoundError as error:
        found.facts.append(('ltplug', __version__))
        found.errors.append(str(error))


def _packages(found: Diagnosis) -> set[str]:
    """Tell versions, import everything once, and return what could be imported."""
    distributions = {name: [name] for name in MINIMUM}
    distributions |= {module: [maintained, *originals]
                      for module, (maintained, originals, _) in MM_DISTRIBUTIONS.items()}
    distributions['cv2'] = list(OPENCV)
    usable = set()
    for module, names in distributions.items():
        installed = [name for name in names if installed_version(name)]
        found.facts.append((module, ', '.join(
            version if (version := installed_version(name)) and name == module
            else f'{name} {version}' for name in installed) or 'not installed'))
        if installed and _can_import(module, installed[0], found):
            usable.add(module)
    opencv = [name for name in OPENCV if installed_version(name)]
    if len(opencv) > 1:
        found.limits.append(
            f'{" and ".join(opencv)} overwrite each other\'s files: run "pip uninstall -y '
            f'{" ".join(opencv)} && pip install {opencv[0]}".')
    elif not opencv:
        found.errors.append('cv2 is not installed: run "pip install opencv-python".')
    if not found.errors:
        for part in PARTS:
            _can_import(part, 'ltplug', found)
    return usable


def _can_import(module: str, distribution: str, found: Diagnosis) -> bool:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter('ignore')
        try:
            importlib.import_module(module)
        except Exception as error:  # a broken build raises anything
            reason = str(error).strip().splitlines()[:1]
            advice = ADVICE.get(module, f'run "pip install --force-reinstall {distribution}"')
            found.errors.append(f'{module} is installed and cannot be imported '
                                f'({type(error).__name__}: {"".join(reason)}): {advice}.')
            return False
    return True


def _devices(found: Diagnosis) -> None:
    import torch
    built_for = f'CUDA {torch.version.cuda}' if torch.version.cuda else 'no GPU'
    if not torch.cuda.is_available():
        found.facts.append(('GPU', f'none that torch can use (built for {built_for})'))
        if shutil.which('nvidia-smi') or any(Path('/proc/driver/nvidia').glob('gpus/*')):
            found.limits.append(
                f'There seems to be an NVIDIA GPU, but torch {torch.__version__} (built for '
                f'{built_for}) cannot use it: install a torch whose CUDA the driver knows '
                '("nvidia-smi" shows it).')
        return
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        bfloat16 = 'with' if torch.cuda.is_bf16_supported() else 'without'
        memory = f'{properties.total_memory / GIB:.0f} GiB'
        found.facts.append((f'GPU {index}',
                            f'{properties.name}, {memory}, {bfloat16} bfloat16, {built_for}'))
        try:
            matrix = torch.ones(8, 8, device=f'cuda:{index}')
            (matrix @ matrix).cpu()
        except RuntimeError as error:
            found.errors.append(
                f'GPU {index} cannot compute ({str(error).splitlines()[0]}): install a torch built '
                'for it, or hide it with CUDA_VISIBLE_DEVICES.')


def _machine(found: Diagnosis, work_dir: Path) -> None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()
    found.facts.append(('CPU', f'{cores} cores; {_vector_units()}'))
    shared = Path('/dev/shm')
    if shared.is_dir():
        free = shutil.disk_usage(shared).free / GIB
        found.facts.append(('Shared memory', f'{free:.1f} GiB free'))
        if free < 0.5:
            found.limits.append(
                f'Workers of data loaders pass batches through {shared}, which has '
                f'{free * 1024:.0f} MiB free: start the container with --shm-size=8g, or train '
                'with --cfg-options train_dataloader.num_workers=0.')
    folder = work_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free / GIB
    except OSError as error:
        found.facts.append(('Work dir', f'{work_dir}: not writable'))
        found.errors.append(f'Runs cannot be written to {work_dir} ({error.strerror}): name '
                            'another folder with --work-dir.')
        return
    found.facts.append(('Work dir', f'{work_dir}: writable, {free:.0f} GiB free'))
    if free < 1:
        found.limits.append(f'The disk of {work_dir} has {free * 1024:.0f} MiB free, which few '
                            'checkpoints fill: name another folder with --work-dir.')


def _vector_units() -> str:
    """Return the vector instructions of the CPU, and how it computes bfloat16."""
    flags = set()
    with contextlib.suppress(OSError):
        for line in Path('/proc/cpuinfo').read_text().splitlines():
            if line.startswith(('flags', 'Features')):
                flags = set(line.split())
                break
    if not flags:
        return platform.machine()
    widest = next((name for flag, name in (('avx512f', 'AVX-512'), ('avx2', 'AVX2'),
                                           ('avx', 'AVX'), ('asimd', 'NEON')) if flag in flags),
                  'no AVX')
    native = [name for flag, name in (('amx_bf16', 'AMX'), ('avx512_bf16', 'AVX-512'),
                                      ('bf16', 'NEON')) if flag in flags]
    return f'{widest}; bfloat16 ' + (f'by {native[0]}' if native else
                                     'emulated, slow with --amp')
