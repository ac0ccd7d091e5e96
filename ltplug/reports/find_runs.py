"""The runs that a comparison names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .run_files import RUN_FILE, TEST_FOLDER, Outcome, read_json, read_outcome, run_name

_SEED_FOLDER = re.compile(r'seed_(-?\d+)')
_ONLY_STAGE = 'training'  # of a run with several seeds that is no recipe


@dataclass(frozen=True)
class Run:
    """A tested run of a method.

    Attributes:
        folder (Path): As it was named.
        seed (int, optional): Of the training.
        outcome (Outcome): Of its test.
    """

    folder: Path
    seed: int | None
    outcome: Outcome


def find_runs(arguments: Iterable[str], stage: str | None = None) -> dict[str, list[Run]]:
    """Find the runs of each method.

    Args:
        arguments (Iterable[str]): Folders, or NAME=FOLDER; runs of one name are one method with
            several seeds. A folder may be the work dir of a training, of a recipe, of one of its
            stages, of a test, or of ``--seeds``, whose folders ``seed_N`` belong together.
        stage (str, optional): Of recipes, the stage to compare. Defaults to the last tested one.

    Returns:
        dict[str, list[Run]]: By method, in the order given.

    Raises:
        ValueError: If a folder holds no test by groups, is named twice, or two methods would have
            one name.
    """
    methods: dict[str, list[Run]] = {}
    origins: dict[str, Path | None] = {}
    for argument in arguments:
        name, folder = _split(argument)
        seeds = [path for path in folder.glob('seed_*') if _SEED_FOLDER.fullmatch(path.name)]
        is_seed = bool(_SEED_FOLDER.fullmatch(folder.resolve().name))
        origin = folder.resolve().parent if is_seed else folder.resolve()
        if name is None:
            name = origin.name if is_seed or seeds else run_name(folder)
            if origins.setdefault(name, origin) != origin:
                raise ValueError(f'{folder} and {origins[name]} would both be called {name}: name '
                                 'them, as in NAME=FOLDER.')
        for path in sorted(seeds, key=_seed_of) or [folder]:
            run = Run(path, *_seed_and_outcome(path, stage))
            earlier = methods.setdefault(name, [])
            if any(run.outcome.folder.samefile(other.outcome.folder) for other in earlier):
                raise ValueError(f'{path} is named twice: name every run once.')
            earlier.append(run)
    return methods


def _split(argument: str) -> tuple[str | None, Path]:
    name, equals, path = argument.partition('=')
    return (name, Path(path)) if equals and not Path(argument).exists() else (None, Path(argument))


def _seed_of(path: Path) -> int:
    return int(_SEED_FOLDER.fullmatch(path.name)[1])


def _seed_and_outcome(folder: Path, stage: str | None) -> tuple[int | None, Outcome]:
    stages = read_json(folder / 'results.json')
    if 'metrics' not in stages and stages:  # a recipe
        chosen = list(stages)[-1] if stage is None else stage
        if chosen not in stages:
            raise ValueError(f'{folder} has no tested stage {chosen!r}: it has '
                             f'{", ".join(stages)}.')
        trained = folder if list(stages) == [_ONLY_STAGE] else folder / chosen
    else:
        trained = folder
    for place in (trained / TEST_FOLDER, trained):
        outcome = read_outcome(place)
        if outcome is not None:
            break
    else:
        raise ValueError(f'{folder} holds no test: name the work dir of a finished training or '
                         'recipe, or of tools/test.py.')
    if not outcome.details:
        raise ValueError(f'{folder} has no accuracies per class: test it with the metric '
                         'ltplug.GroupAccuracy.')
    seeds = (read_json(place / RUN_FILE).get('seed') for place in (trained, outcome.folder))
    return next((seed for seed in seeds if seed is not None), None), outcome
