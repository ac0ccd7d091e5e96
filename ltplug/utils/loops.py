"""The loops of a Runner that are built."""

from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner

PARTS = ('train', 'val', 'test')


def built_loop(runner: Runner, part: str) -> BaseLoop | None:
    """Return a loop of a Runner without building it.

    mmengine builds loops when they are needed, and whoever reads ``runner.train_loop`` needs it:
    only its private attributes tell which are there.

    Args:
        runner (Runner): The Runner.
        part (str): 'train', 'val' or 'test'.

    Returns:
        BaseLoop or None: None where the Runner has no such loop, or has not built it yet.
    """
    loop = getattr(runner, f'_{part}_loop', None)
    return loop if isinstance(loop, BaseLoop) else None


def built_loops(runner: Runner) -> dict[str, BaseLoop]:
    """Return all loops of a Runner that are built.

    Args:
        runner (Runner): The Runner.

    Returns:
        dict[str, BaseLoop]: By 'train', 'val' and 'test'.
    """
    loops = {part: built_loop(runner, part) for part in PARTS}
    return {part: loop for part, loop in loops.items() if loop is not None}


def is_training(runner: Runner) -> bool:
    """Return whether a Runner trains, or has trained, rather than tests or validates only.

    Args:
        runner (Runner): From ``before_run`` on.

    Returns:
        bool: Whether its training loop is built.
    """
    return built_loop(runner, 'train') is not None


def check_epochs(runner: Runner, what: str) -> None:
    """Refuse a training by iterations.

    Args:
        runner (Runner): Of a training.
        what (str): What needs epochs, and for what: 'SomeHook counts epochs'.

    Raises:
        ValueError: If there are no epochs.
    """
    if isinstance(runner.train_loop, IterBasedTrainLoop):
        raise ValueError(f'{what}, which IterBasedTrainLoop has not: train with '
                         'train_cfg=dict(by_epoch=True, max_epochs=...).')
