"""Features of training and test images over the regions of predicted classes.

``python tools/analysis/decision_map.py CONFIG CHECKPOINT``
"""

from ltplug.cli.decision_map import decision_map_main

if __name__ == '__main__':
    decision_map_main()
