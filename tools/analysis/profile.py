"""Where the time of a training goes: ``python tools/analysis/profile.py CONFIG``."""

import importlib
import os
import sys

# For the scripts beside this one, Python's own module ``profile`` would be this file.
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:] = [path for path in sys.path if os.path.realpath(path) != HERE]

if __name__ == '__main__':
    from ltplug.cli.profiling import profile_main

    profile_main()
else:
    del sys.modules[__name__]
    sys.modules[__name__] = importlib.import_module(__name__)
