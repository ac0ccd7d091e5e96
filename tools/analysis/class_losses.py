"""Training loss of a tail and a head class.

``python tools/analysis/class_losses.py NAME=FILE ...``
"""

from ltplug.cli.analysis import class_losses_main

if __name__ == '__main__':
    class_losses_main()
