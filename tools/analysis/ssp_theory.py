"""The theorems on the value of imbalanced labels, simulated and drawn beside their bounds.

``python tools/analysis/ssp_theory.py``
"""

from ltplug.cli.ssp_theory import ssp_theory_main

if __name__ == '__main__':
    ssp_theory_main()
