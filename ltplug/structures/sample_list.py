"""The data samples of a batch, as columns."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch
from mmpretrain.structures import DataSample

from ltplug.ops.transfer import moved_to

_LABEL = 'gt_label'


class SampleList(Sequence):
    """Data samples of a batch, kept as columns until somebody asks for one of them.

    One object for each image of a large batch of small images costs the training process more than
    starting the network on a GPU does, and a tensor for each label leaves a loading process as a
    shared file of its own. Here labels are one tensor, marks (``dataset_index``, ``branch``, ...)
    one list each. Read and changed by column as long as nobody has looked at a single sample; from
    then on it is a plain sequence of :class:`mmpretrain.structures.DataSample`.

    Args:
        samples (Iterable[DataSample]): The samples. Defaults to none.
    """

    def __init__(self, samples: Iterable[DataSample] = ()) -> None:
        self._samples: list[DataSample] | None = list(samples)
        self._tensors: dict[str, torch.Tensor] = {}
        self._marks: dict[str, list] = {}
        self._length = len(self._samples)

    @classmethod
    def from_columns(cls, length: int, tensors: dict[str, torch.Tensor],
                     marks: dict[str, list]) -> 'SampleList':
        """Make samples of columns.

        Args:
            length (int): Samples N.
            tensors (dict[str, Tensor]): Data fields, [N, ...]; a sample gets its row, of
                ``gt_label`` int64 [N] a tensor [1].
            marks (dict[str, list]): Meta information, each of length N.

        Returns:
            SampleList: The samples.

        Raises:
            ValueError: If a column has another length.
        """
        for name, column in (*tensors.items(), *marks.items()):
            if len(column) != length:
                raise ValueError(f'The column {name} has {len(column)} values for {length} '
                                 'samples.')
        samples = cls()
        samples._samples, samples._length = None, length
        samples._tensors, samples._marks = dict(tensors), dict(marks)
        return samples

    @property
    def is_columns(self) -> bool:
        """bool: Whether nobody has asked for a single sample yet."""
        return self._samples is None

    def columns(self) -> tuple[dict[str, torch.Tensor], dict[str, list]] | None:
        """Return the arguments of :meth:`from_columns` behind the length.

        Returns:
            tuple[dict[str, Tensor], dict[str, list]] or None: None where the samples do not hold
            the same, or tensors of several shapes.
        """
        if self.is_columns:
            return self._tensors, self._marks
        if not self._samples:
            return {}, {}
        fields, names = _keys(self._samples[0])
        if any(type(sample) is not DataSample or _keys(sample) != (fields, names)
               for sample in self._samples):
            return None
        tensors = {field: _joined(field, [sample.get(field) for sample in self._samples])
                   for field in fields}
        if any(values is None for values in tensors.values()):
            return None
        return tensors, {name: [sample.get(name) for sample in self._samples] for name in names}

    def tensors(self, name: str) -> torch.Tensor | None:
        """Return a data field of all samples.

        Args:
            name (str): The field.

        Returns:
            Tensor or None: [N, ...], of ``gt_label`` the labels of all samples one after the
            other; None where the first sample does not have it.
        """
        if self.is_columns:
            return self._tensors.get(name)
        if not self._samples or name not in self._samples[0]:
            return None
        join = torch.cat if name == _LABEL else torch.stack
        return join([sample.get(name) for sample in self._samples])

    def marks(self, name: str) -> list | None:
        """Return meta information of all samples.

        Args:
            name (str): Its name.

        Returns:
            list or None: One value for each sample, None for those that do not have it; None where
            no sample has it.
        """
        values = self._marks.get(name, []) if self.is_columns else [
            sample.get(name) for sample in self._samples]
        return None if all(value is None for value in values) else values

    def set_tensors(self, name: str, values: torch.Tensor) -> None:
        """Give all samples a data field.

        Args:
            name (str): The field.
            values (Tensor): [N, ...].
        """
        if self.is_columns:
            self._tensors[name] = values
        else:
            for sample, value in zip(self._samples, _rows(name, values), strict=True):
                sample.set_field(value, name)

    def to(self, device: torch.device) -> 'SampleList':
        """Move all tensors to a device, without waiting for it.

        Args:
            device (torch.device): Where they go.

        Returns:
            SampleList: This object.
        """
        if self.is_columns:
            self._tensors = {name: moved_to(values, device)
                             for name, values in self._tensors.items()}
        else:
            self._samples = [sample.to(device) for sample in self._samples]
        return self

    def pin_memory(self) -> 'SampleList':
        """Leave small tensors where they are: the driver copies them before it returns.

        Returns:
            SampleList: This object.
        """
        return self

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int | slice) -> DataSample | list[DataSample]:
        return self._all()[index]

    def __iter__(self) -> Iterator[DataSample]:
        return iter(self._all())

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self._all()!r})'

    def __reduce__(self) -> tuple:
        columns = self.columns()
        if columns is None:
            return SampleList, (self._samples, )
        return SampleList.from_columns, (len(self), *columns)

    def __copy__(self) -> 'SampleList':
        if self.is_columns:
            return self.from_columns(len(self), self._tensors, self._marks)
        return type(self)(self._samples)

    def _all(self) -> list[DataSample]:
        if self._samples is None:
            samples = [DataSample() for _ in range(self._length)]
            for name, values in self._marks.items():
                for sample, value in zip(samples, values, strict=True):
                    sample.set_field(value, name, field_type='metainfo')
            for name, values in self._tensors.items():
                for sample, value in zip(samples, _rows(name, values), strict=True):
                    sample.set_field(value, name)
            self._samples, self._tensors, self._marks = samples, {}, {}
        return self._samples


def _keys(sample: DataSample) -> tuple[set[str], set[str]]:
    return set(sample.keys()), set(sample.metainfo_keys())


def _rows(name: str, values: torch.Tensor) -> Iterable[torch.Tensor]:
    return values.split(1) if name == _LABEL else values


def _joined(name: str, values: list[Any]) -> torch.Tensor | None:
    """Undo :func:`_rows`, where it can be undone."""
    if not all(isinstance(value, torch.Tensor) for value in values) \
            or len({(value.shape, value.dtype) for value in values}) > 1:
        return None
    if name != _LABEL:
        return torch.stack(values)
    return torch.cat(values) if values[0].shape == (1, ) else None
