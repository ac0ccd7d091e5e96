"""The scripts of ``tools/docs/`` can be imported by their names."""

import sys

from .markdown import ROOT

sys.path.append(str(ROOT / 'tools' / 'docs'))
