"""Sizes, distances and a map of the subclasses of SBCL.

``python tools/analysis/subclasses.py CONFIG CHECKPOINT``
"""

from ltplug.cli.subclasses import subclasses_main

if __name__ == '__main__':
    subclasses_main()
