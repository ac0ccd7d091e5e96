"""Features of test images in two dimensions.

``python tools/analysis/feature_map.py CONFIG CHECKPOINT``
"""

from ltplug.feature_map_cli import feature_map_main

if __name__ == '__main__':
    feature_map_main()
