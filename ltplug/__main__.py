"""``python -m ltplug``, which launchers such as torchrun can start: the command ``ltplug``."""

from ltplug.cli.main import main

if __name__ == '__main__':
    main()
