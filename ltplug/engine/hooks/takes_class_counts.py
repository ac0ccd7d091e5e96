"""What hooks share that work with class counts."""

from collections.abc import Sequence


class TakesClassCounts:
    """Mixin of hooks that keep the class counts which ``ClassCountsHook`` tells them.

    Attributes:
        class_counts (list[int], optional): Training images per class, [C]; None until they are
            told.
    """

    class_counts: list[int] | None = None

    def set_class_counts(self, class_counts: Sequence[int]) -> None:
        """Take the counts of the training data.

        Args:
            class_counts (Sequence[int]): Training images per class, [C].
        """
        self.class_counts = list(class_counts)
