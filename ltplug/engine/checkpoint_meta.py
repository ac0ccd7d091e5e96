"""What ltplug notes in the meta information of a checkpoint.

============== ===================================== ============================================
key            content                               written by
============== ===================================== ============================================
class_counts   training images per class, list[int]  ``ClassCountsHook``
group_counts   the same of the data that define the  ``ClassCountsHook``
               groups
plan           what decides the result of the        ``ltplug.apis.train``
               training, text by dotted key
length         loop, epochs and iterations planned   ``CheckpointFitHook``
class_losses   mean loss per epoch and class         ``ClassLossHook``
============== ===================================== ============================================
"""

from collections.abc import Mapping
from typing import Any

from torch import nn

META_KEY = 'ltplug'
"""Key of ``checkpoint['meta']`` under which all of it stands."""


def stored(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ltplug has noted in a checkpoint.

    Args:
        checkpoint (Mapping): A loaded checkpoint.

    Returns:
        dict[str, Any]: By key; empty where it was not there.
    """
    return checkpoint.get('meta', {}).get(META_KEY, {})


def bring_class_counts(model: nn.Module, meta: Mapping[str, Any]) -> None:
    """Give the class counts in a checkpoint to all modules that take them; nothing without counts.

    Args:
        model (nn.Module): The model.
        meta (Mapping): The meta information of its checkpoint.
    """
    counts = stored({'meta': meta}).get('class_counts')
    for module in model.modules() if counts is not None else ():
        if hasattr(module, 'set_class_counts'):
            module.set_class_counts(counts)


def store(checkpoint: Mapping[str, Any], **notes: Any) -> None:
    """Note something in a checkpoint that is about to be saved.

    Args:
        checkpoint (Mapping): The checkpoint.
        **notes: Plain numbers, texts and containers, or tensors, by key.
    """
    checkpoint['meta'].setdefault(META_KEY, {}).update(notes)
