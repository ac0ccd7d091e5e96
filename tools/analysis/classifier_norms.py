"""Lengths of the weight vectors of classifiers.

``python tools/analysis/classifier_norms.py NAME=CHECKPOINT ...``
"""

from ltplug.cli.analysis import classifier_norms_main

if __name__ == '__main__':
    classifier_norms_main()
