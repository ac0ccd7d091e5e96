"""Accuracy that a run gains, class by class.

``python tools/analysis/class_gain.py RESULTS --over NAME=RESULTS ...``
"""

from ltplug.cli.analysis import class_gain_main

if __name__ == '__main__':
    class_gain_main()
