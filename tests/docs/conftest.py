"""The scripts of ``tools/docs/`` can be imported by their names."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / 'tools' / 'docs'))
