from ltplug.evaluation import GroupAccuracy, comparison_table, group_table
from ltplug.evaluation.tables import spread_table
from ltplug.ops import shot_groups, tertile_groups

COUNTS = [2000, 50, 3]
METRICS = GroupAccuracy.calculate([0, 1, 2, 1], [0, 1, 2, 2], COUNTS)


def row(table, name):
    return next(line.split() for line in table.splitlines() if line.split()[:1] == [name])


def test_group_table_shows_accuracy_classes_and_images():
    table = group_table(METRICS, shot_groups(COUNTS), COUNTS, ('cat', 'dog', 'elk'))
    assert row(table, 'All') == ['All', '75.00', '3', '2,053']
    assert row(table, 'Few') == ['Few', '50.00', '1', '3']
    assert 'worst class elk' in ' '.join(table.split())


def test_group_table_leaves_out_empty_groups():
    metrics = GroupAccuracy.calculate([0], [0], [200])
    table = group_table(metrics, shot_groups([200]), [200])
    assert 'Few' not in table and 'Medium' not in table


def test_classes_without_test_images_are_said():
    counts = [200, 150, 3]
    metrics = GroupAccuracy.calculate([0, 2], [0, 2], counts)
    table = group_table(metrics, shot_groups(counts), counts)
    assert row(table, 'Many')[2:6] == ['1', 'tested', 'of', '2']


def test_comparison_table_has_a_column_a_run():
    other = GroupAccuracy.calculate([0, 0, 0, 0], [0, 1, 2, 2], COUNTS)
    table = comparison_table({'CE': METRICS, 'LDAM': other}, shot_groups(COUNTS), COUNTS)
    assert row(table, 'Many') == ['Many', '1', '2,000', '100.00', '100.00']
    assert row(table, 'Few') == ['Few', '1', '3', '50.00', '0.00']


def test_many_runs_have_a_row_each():
    runs = {f'method-{number}-probe': METRICS for number in range(20)}
    table = comparison_table(runs, shot_groups(COUNTS), COUNTS)
    assert row(table, 'method-13-probe')[1:] == [
        f'{METRICS[key]:.2f}' for key in ('top1', 'many', 'medium', 'few')]


def test_comparison_without_class_counts():
    table = comparison_table({'CE': METRICS}, shot_groups(COUNTS), None)
    rows = [line.split() for line in table.splitlines()]
    assert any(row[:3] == ['All', '-', '-'] for row in rows)


def test_thirds_of_classes_come_with_their_mean_and_spread():
    groups = tertile_groups(COUNTS)
    metrics = GroupAccuracy.calculate([0, 1, 2, 1], [0, 1, 2, 2], COUNTS, groups='tertile')
    table = comparison_table({'CE': metrics}, groups, COUNTS)
    assert row(table, 'Mean')[-1] == '83.33'
    assert row(table, 'Std')[-1] == '23.57', 'of the three groups, 100, 100 and 50'
    assert 'mean of groups 83.33 (std 23.57),' in group_table(metrics, groups, COUNTS)
    spread = spread_table({'top1': 75, 'std': 23.57}, {'top1': 1, 'std': 0.5}, groups, COUNTS, '')
    assert row(spread, 'Std')[-3:] == ['23.57', '±', '0.50']
