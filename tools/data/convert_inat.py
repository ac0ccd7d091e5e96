"""From JSON to a list: ``python tools/data/convert_inat.py train2018.json OUT.txt``."""

import os
import sys

if __name__ == '__main__':
    # This folder would give everybody who imports Python's own "inspect" the tool of that name.
    here = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.realpath(path) != here]
    from ltplug.cli.data import convert_inat_main

    convert_inat_main()
