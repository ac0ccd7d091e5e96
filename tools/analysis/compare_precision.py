"""Losses in mixed precision and in float32, and between seeds.

``python tools/analysis/compare_precision.py CONFIG ... --other precision=bf16 --seeds 0,1,2``
"""

from ltplug.cli.precision import compare_precision_main

if __name__ == '__main__':
    compare_precision_main()
