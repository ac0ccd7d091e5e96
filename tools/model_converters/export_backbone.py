"""Export a backbone: ``python tools/model_converters/export_backbone.py CHECKPOINT OUT``."""

from ltplug.cli.models import export_backbone_main

if __name__ == '__main__':
    export_backbone_main()
