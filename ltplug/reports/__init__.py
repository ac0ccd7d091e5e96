"""Reports of runs and comparisons of runs."""

from .report import SWITCH, report_run, write_report
from .run_facts import describe_run, note_run
from .run_files import PREDICTIONS_FILE, RESULTS_FILE, RUN_FILE, TEST_FOLDER
from .safety import only_warn

__all__ = [
    'PREDICTIONS_FILE', 'RESULTS_FILE', 'RUN_FILE', 'SWITCH', 'TEST_FOLDER', 'describe_run',
    'note_run', 'only_warn', 'report_run', 'write_report'
]
