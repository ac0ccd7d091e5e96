"""The report of a finished run.

``python tools/analysis/report.py FOLDER ...``
"""

from ltplug.cli.reports import report_main

if __name__ == '__main__':
    report_main()
