"""Methods side by side.

``python tools/compare.py [NAME=]RUN [NAME=]RUN ...``
"""

from ltplug.cli.reports import compare_main

if __name__ == '__main__':
    compare_main()
