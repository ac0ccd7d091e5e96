"""Finds schedules of learning rates that do not fit the length of the training."""

from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.config import Config

from .config_check import ConfigError


def check_schedule(cfg: Config) -> None:
    """Refuse a schedule that could not be built.

    Args:
        cfg (Config): A merged config.

    Raises:
        ConfigError: If a part of it ends before it begins; without an ``end`` it ends with the
            training.
    """
    for path, part, (unit, length) in _parts(cfg):
        begin, end = part.get('begin', 0), part.get('end', length)
        if _are_numbers(begin, end) and end <= begin:
            given = f'{path}.end={end}' if 'end' in part else \
                f'the training ends, by train_cfg.max_{unit}={length}'
            raise ConfigError(f'{path}.begin={begin} is not before '
                              f'{given}: lower {path}.begin, or remove this part of the schedule.')


def find_late_points(cfg: Config) -> list[str]:
    """Tell which points of the schedule a training never reaches.

    Args:
        cfg (Config): A merged config.

    Returns:
        list[str]: One sentence per part of the schedule.
    """
    sentences = []
    for path, part, (unit, length) in _parts(cfg):
        late = [f'{path}.{point}' for point in _late_points(part, length)]
        if late:
            verb = 'lie' if len(late) > 1 else 'lies'
            sentences.append(f'{" and ".join(late)} {verb} beyond the end of the training, '
                             f'train_cfg.max_{unit}={length}, so the schedule is cut short: change '
                             'both together.')
    return sentences


def _late_points(part: Mapping[str, Any], length: int) -> Iterator[str]:
    begin, end, t_max = part.get('begin', 0), part.get('end'), part.get('T_max')
    milestones = part.get('milestones') or ()
    counted = f' (counted from begin={begin})' if begin else ''  # by mmengine
    if _are_numbers(begin) and begin >= length:
        yield f'begin={begin}'
    if _are_numbers(end) and end > length:
        yield f'end={end}'
    if any(_are_numbers(begin, each) and begin + each >= length for each in milestones):
        yield f'milestones={milestones}{counted}'
    if _are_numbers(begin, t_max) and begin + t_max > length:
        yield f'T_max={t_max}{counted}'


def _parts(cfg: Config) -> Iterator[tuple[str, Mapping[str, Any], tuple[str, int]]]:
    """Yield key, config, and unit and length of the training, of parts that count in this unit."""
    train_cfg, schedule = cfg.get('train_cfg') or {}, cfg.get('param_scheduler') or []
    unit = 'epochs' if 'max_epochs' in train_cfg else 'iters'
    length = train_cfg.get(f'max_{unit}')
    if not _are_numbers(length):
        return
    is_one = isinstance(schedule, Mapping) and 'type' in schedule
    parts = {'param_scheduler': schedule} if is_one else {
        f'param_scheduler.{index}': part for index, part in enumerate(schedule)}
    for path, part in parts.items():
        if isinstance(part, Mapping) and part.get('by_epoch', True) == (unit == 'epochs'):
            yield path, part, (unit, length)


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)
