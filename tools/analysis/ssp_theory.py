"""The theorems on the value of imbalanced labels, simulated and drawn beside their bounds.

``python tools/analysis/ssp_theory.py``
"""

from ltplug.theory_cli import ssp_theory_main

if __name__ == '__main__':
    ssp_theory_main()
