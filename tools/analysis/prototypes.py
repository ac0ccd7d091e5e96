"""Classes and images that the prototypes of FASSL stand for.

``python tools/analysis/prototypes.py CONFIG CHECKPOINT``
"""

from ltplug.cli.prototypes import prototypes_main

if __name__ == '__main__':
    prototypes_main()
