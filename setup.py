"""Metadata of ltplug; the requirements stand in ``requirements/*.txt``."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent


def read_requirements(name: str) -> list[str]:
    """Return the requirement lines of ``requirements/<name>.txt``."""
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in map(str.strip, lines) if line and not line.startswith('#')]


def read_version() -> str:
    """Return the version without importing the package, which needs torch."""
    text = (ROOT / 'ltplug' / 'version.py').read_text()
    return re.search(r"__version__ = '(.+?)'", text).group(1)


setup(
    name='ltplug',
    version=read_version(),
    description='Long-tailed image recognition for mmpretrain',
    long_description=(ROOT / 'README.md').read_text(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    python_requires='>=3.10',
    packages=find_packages(include=['ltplug', 'ltplug.*']),
    # Configs, tools and model-index.yml lie where mim and mmengine look for those of a package.
    package_data={'ltplug': ['py.typed', '.mim/**/*'], 'ltplug.reports': ['templates/*']},
    exclude_package_data={'ltplug': ['.mim/**/__pycache__/*']},
    entry_points={'console_scripts': ['ltplug = ltplug.cli.main:main']},
    install_requires=read_requirements('runtime') + read_requirements('mminstall'),
    extras_require={
        'tests': read_requirements('tests'),
        'export': read_requirements('export'),
        'optional': read_requirements('optional'),
        'docs': read_requirements('docs'),
    },
    classifiers=[
        'Development Status :: 3 - Alpha',
        'Intended Audience :: Science/Research',
        'Intended Audience :: Developers',
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3 :: Only',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Programming Language :: Python :: 3.13',
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
        'Topic :: Scientific/Engineering :: Image Recognition',
        'Typing :: Typed',
    ],
    keywords='long-tailed recognition, class imbalance, image classification, mmpretrain',
)
