"""The command lines of ``tools/`` and of the command ``ltplug``, one module a subject."""
