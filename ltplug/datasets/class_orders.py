"""Orders of classes from head to tail that published long-tailed subsets use."""

from collections.abc import Sequence

# The five splits of SDCLR (Jiang et al., "Self-Damaging Contrastive Learning", 2021), which FASSL
# takes one of. Classes of equal size, of which CIFAR-100 has some, stand in ascending order.
CLASS_ORDERS = {
    'cifar10-split1': (6, 8, 4, 1, 7, 0, 3, 2, 5, 9),
    'cifar10-split2': (3, 9, 7, 4, 0, 1, 2, 6, 8, 5),
    'cifar10-split3': (0, 4, 2, 8, 5, 6, 7, 1, 9, 3),
    'cifar10-split4': (4, 7, 0, 6, 1, 9, 8, 3, 2, 5),
    'cifar10-split5': (2, 4, 8, 1, 0, 3, 9, 7, 6, 5),
    'cifar100-split1': (
        7, 14, 57, 49, 82, 72, 9, 60, 52, 99, 12, 21, 5, 64, 3, 20, 50, 56, 15, 27, 44, 42, 87,
        90, 69, 8, 24, 55, 83, 51, 26, 6, 47, 81, 88, 43, 58, 35, 98, 40, 96, 34, 77, 89, 23, 10,
        92, 19, 22, 79, 30, 39, 36, 95, 32, 33, 38, 62, 71, 41, 86, 85, 4, 13, 17, 45, 97, 31, 59,
        73, 84, 25, 16, 28, 61, 65, 68, 75, 46, 67, 80, 91, 2, 54, 66, 29, 53, 37, 48, 94, 18, 74,
        93, 1, 11, 63, 76, 0, 70, 78),
    'cifar100-split2': (
        84, 73, 18, 31, 66, 57, 76, 10, 19, 81, 37, 99, 67, 49, 56, 93, 4, 29, 85, 65, 79, 27, 47,
        97, 22, 43, 5, 11, 61, 13, 68, 95, 72, 96, 23, 45, 54, 14, 59, 41, 71, 42, 50, 1, 16, 39,
        88, 15, 60, 33, 44, 89, 69, 94, 75, 34, 52, 90, 7, 12, 82, 77, 38, 46, 51, 98, 78, 36, 92,
        3, 58, 32, 6, 24, 55, 26, 48, 80, 28, 30, 9, 83, 8, 17, 21, 40, 70, 35, 62, 86, 74, 87,
        91, 20, 53, 63, 64, 0, 2, 25),
    'cifar100-split3': (
        99, 27, 42, 16, 25, 69, 36, 56, 8, 21, 68, 4, 40, 83, 39, 3, 86, 30, 43, 52, 65, 35, 88,
        11, 55, 76, 61, 24, 5, 90, 64, 44, 48, 66, 58, 41, 89, 51, 29, 63, 0, 80, 13, 94, 57, 84,
        96, 31, 78, 79, 95, 18, 60, 67, 10, 71, 54, 12, 7, 22, 6, 23, 74, 38, 59, 45, 62, 53, 91,
        92, 73, 17, 46, 77, 2, 19, 28, 75, 14, 85, 70, 72, 15, 37, 93, 26, 47, 20, 34, 98, 32, 81,
        97, 9, 49, 50, 87, 1, 33, 82),
    'cifar100-split4': (
        59, 24, 97, 67, 73, 0, 85, 4, 78, 51, 17, 12, 80, 8, 52, 54, 7, 14, 63, 30, 77, 13, 61,
        74, 18, 75, 27, 81, 76, 45, 92, 58, 37, 38, 28, 99, 86, 20, 94, 41, 50, 32, 5, 22, 95, 1,
        88, 26, 48, 72, 29, 98, 79, 60, 34, 23, 84, 83, 3, 53, 9, 21, 62, 40, 56, 96, 49, 33, 89,
        93, 2, 65, 31, 44, 69, 16, 66, 70, 35, 55, 25, 71, 6, 68, 91, 42, 46, 57, 64, 82, 10, 43,
        47, 11, 15, 36, 90, 19, 39, 87),
    'cifar100-split5': (
        5, 85, 65, 8, 95, 44, 68, 23, 50, 75, 71, 86, 16, 30, 24, 36, 6, 11, 83, 97, 74, 67, 17,
        41, 48, 45, 33, 55, 90, 77, 12, 92, 32, 84, 20, 89, 19, 69, 53, 87, 14, 26, 46, 49, 80,
        52, 63, 91, 25, 4, 22, 99, 82, 15, 73, 31, 42, 21, 47, 88, 98, 9, 51, 66, 39, 27, 43, 54,
        64, 10, 57, 78, 37, 62, 28, 18, 56, 3, 35, 81, 34, 96, 1, 38, 40, 58, 70, 29, 59, 94, 7,
        61, 79, 2, 13, 76, 93, 0, 60, 72),
}


def find_class_order(order: Sequence[int] | str) -> list[int]:
    """Return an order of classes by its name, or the order itself.

    Args:
        order (Sequence[int] or str): Labels from head to tail, or a name such as
            'cifar10-split1'.

    Returns:
        list[int]: Labels from head to tail.

    Raises:
        ValueError: If there is no such name.
    """
    if not isinstance(order, str):
        return list(order)
    if order not in CLASS_ORDERS:
        raise ValueError(f'class_order must be a list of labels or one of '
                         f'{", ".join(CLASS_ORDERS)}, got {order!r}.')
    return list(CLASS_ORDERS[order])


def complete_order(order: Sequence[int] | None, num_classes: int) -> list[int]:
    """Return an order that names every class.

    Args:
        order (Sequence[int], optional): Labels from head to tail; None for ascending labels.
        num_classes (int): Number of classes C.

    Returns:
        list[int]: Labels from head to tail, [C].

    Raises:
        ValueError: If the order does not name each label once.
    """
    order = list(range(num_classes)) if order is None else list(order)
    if sorted(order) != list(range(num_classes)):
        raise ValueError(f'class_order must name each of the {num_classes} labels once, got '
                         f'{order}.')
    return order
