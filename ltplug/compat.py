"""What ltplug needs of its environment, said in a sentence per problem."""

import sys
import warnings
from importlib import metadata
from pathlib import Path

from packaging.version import Version

MINIMUM = {'torch': '2.6', 'torchvision': '0.21', 'numpy': '1.26'}
"""Oldest release of each plain dependency that ltplug supports."""

MM_DISTRIBUTIONS = {
    'mmengine': ('onedl-mmengine', ('mmengine', 'mmengine-lite'), '0.10.7'),
    'mmcv': ('onedl-mmcv', ('mmcv', 'mmcv-lite'), '2.2.0'),
    'mmpretrain': ('onedl-mmpretrain', ('mmpretrain',), '1.2.0'),
}
"""Import name: (maintained distribution, original distributions, oldest release)."""

ORIGINALS_LIMITS = (
    'losses, samplers, hooks and the metric of ltplug work with it, but resuming on torch >= 2.6, '
    "colour jitter with hue and 'mmpretrain::' base configs do not")


def installed_version(distribution: str) -> str | None:
    """Return the version of an installed distribution, or None."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def find_problems() -> tuple[list[str], list[str]]:
    """Compare the installed distributions with what ltplug needs.

    Returns:
        tuple[list[str], list[str]]: The problems that make ltplug unusable and those that
        limit it, each a sentence that ends with what to do.
    """
    errors, limits = [], []
    for name, minimum in MINIMUM.items():
        version = installed_version(name)
        if version is None:
            errors.append(f'{name} is not installed: run "pip install {name}".')
        elif Version(version) < Version(minimum):
            errors.append(f'{name} {version} is too old: run '
                          f'"pip install -U \'{name}>={minimum}\'".')

    for module, (maintained, originals, minimum) in MM_DISTRIBUTIONS.items():
        found = {name: installed_version(name) for name in (maintained, *originals)}
        found = {name: version for name, version in found.items() if version is not None}
        if not found:
            errors.append(f'{module} is not installed: run "pip install {maintained}".')
            continue
        if len(found) > 1:
            names = ' and '.join(found)
            limits.append(f'{names} overwrite each other\'s files: run '
                          f'"pip uninstall -y {" ".join(found)} && pip install {maintained}".')
        name, version = next(iter(found.items()))
        if Version(version) < Version(minimum):
            errors.append(f'{name} {version} is too old: run "pip install -U {maintained}".')
        elif name != maintained:
            limits.append(f'{name} {version} is no longer maintained ({ORIGINALS_LIMITS}): '
                          f'run "pip uninstall -y {name} && pip install {maintained}".')
    return errors, limits


def is_command() -> bool:
    """Return whether this process is the command ``ltplug`` or ``python -m ltplug``.

    It checks later and only where it matters: ``ltplug doctor`` explains what is wrong, and
    ``ltplug --help`` need not import mmengine.
    """
    program = sys.argv[0] if sys.argv else ''
    return program == '-m' or Path(program).name in ('ltplug', 'ltplug.exe')


def prepare() -> None:
    """Check the versions, and let configs inherit those of ltplug as ``ltplug::FOLDER/NAME.py``.

    Raises:
        ImportError: If a dependency is missing or too old, one sentence per problem.
    """
    check_versions()
    from mmengine.config.utils import MODULE2PACKAGE
    MODULE2PACKAGE.setdefault('ltplug', 'ltplug')


def check_versions() -> None:
    """Raise for what makes ltplug unusable, warn once for what limits it.

    Raises:
        ImportError: If a dependency is missing or too old, one sentence per problem.
    """
    errors, limits = find_problems()
    for sentence in limits:
        warnings.warn(sentence, stacklevel=4)
    if errors:
        raise ImportError('ltplug cannot be used here. ' + ' '.join(errors))
