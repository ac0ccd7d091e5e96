from ltplug.engine.hooks.run_summary import describe_counts


def test_few_classes_are_listed():
    lines = describe_counts([500, 50, 5])
    assert lines == ['Training images: 555 in 3 classes: 500, 50, 5', 'Imbalance ratio: 100',
                     'Classes by shots: 1 many, 1 medium, 1 few']


def test_many_classes_show_both_ends_of_the_sorted_list():
    lines = describe_counts([*range(1, 1001)])
    assert '1000, 999' in lines[0] and lines[0].endswith('2, 1 (sorted)')
    assert len(lines[0]) < 200


def test_absent_classes_are_said():
    assert describe_counts([10, 0, 5])[1] == 'Imbalance ratio: 2 (1 classes have no image)'
