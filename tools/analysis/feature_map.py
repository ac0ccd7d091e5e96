"""Features of test images in two dimensions.

``python tools/analysis/feature_map.py CONFIG CHECKPOINT``
"""

from ltplug.cli.feature_map import feature_map_main

if __name__ == '__main__':
    feature_map_main()
