"""Export a classifier: ``python tools/model_converters/export.py MODEL [CHECKPOINT] OUT``."""

from ltplug.cli.predict import export_main

if __name__ == '__main__':
    export_main()
