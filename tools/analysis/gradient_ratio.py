"""Gradients by the two kinds of positives of DSCL and SCL, class by class.

``python tools/analysis/gradient_ratio.py SCL=FOLDER DSCL=FOLDER``
"""

from ltplug.cli.gradient_ratio import gradient_ratio_main

if __name__ == '__main__':
    gradient_ratio_main()
