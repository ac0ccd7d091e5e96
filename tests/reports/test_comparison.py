"""Two methods with three seeds on eight test images, small enough to count by hand."""

import csv
import json

import numpy as np
import pytest

from ltplug.cli.reports import compare_main
from ltplug.evaluation import GroupAccuracy
from ltplug.reports.comparison import compare
from ltplug.reports.comparison_tables import tables_of, to_latex, to_markdown, to_text
from ltplug.reports.find_runs import find_runs

from .browser import open_page

COUNTS = [200, 50, 5, 3]
GROUPS = {'many': [0], 'medium': [1], 'few': [2, 3]}
TARGET = np.repeat(np.arange(4), 2)
CE = ['11 10 00 00', '11 11 10 00', '10 11 00 10']
BCL = ['11 11 11 00', '10 11 10 11', '01 10 11 11']


def write_test(folder, hits, counts=COUNTS, target=TARGET, seed=0):
    """Write a test; hits are a 1 for every image that is predicted rightly."""
    right = np.array(list(hits.replace(' ', ''))) == '1'
    predicted = np.where(right, target, (target + 1) % 4)
    metrics = GroupAccuracy.calculate(predicted, target, counts)
    per_class = metrics.pop('per_class').tolist()
    folder.mkdir(parents=True)
    (folder / 'results.json').write_text(json.dumps({
        'metrics': {f'group_accuracy/{key}': value for key, value in metrics.items()},
        'groups': [{'prefix': 'group_accuracy', 'per_class': per_class, 'class_counts': counts,
                    'class_names': list('abcd'), 'groups': GROUPS}]}))
    (folder / 'run.json').write_text(json.dumps({'seed': seed}))
    np.savez(folder / 'predictions.npz', gt_label=target, pred_label=predicted,
             confidence=np.full(8, 0.75))


@pytest.fixture
def methods(tmp_path):
    for name, runs in (('ce', CE), ('bcl', BCL)):
        for seed, hits in enumerate(runs):
            write_test(tmp_path / name / f'seed_{seed}' / 'test', hits, seed=seed)
    return tmp_path


def test_means_and_deviations_are_those_counted_by_hand(methods):
    found = compare(find_runs([str(methods / 'ce'), str(methods / 'bcl')]), 50)
    assert found['keys'] == ['top1', 'many', 'medium', 'few', 'ece']
    assert [found['methods'][name]['seeds'] for name in ('ce', 'bcl')] == [[0, 1, 2]] * 2
    by_hand = {  # accuracies of the three seeds, mean, standard deviation
        'ce': {'top1': ([37.5, 62.5, 50], 50, 12.5),
               'many': ([100, 100, 50], 250 / 3, 50 / np.sqrt(3)),
               'medium': ([50, 100, 100], 250 / 3, 50 / np.sqrt(3)),
               'few': ([0, 25, 25], 50 / 3, 25 / np.sqrt(3)),
               'ece': ([37.5, 12.5, 25], 25, 12.5)},
        'bcl': {'top1': ([75, 75, 75], 75, 0),
                'many': ([100, 50, 50], 200 / 3, 50 / np.sqrt(3)),
                'medium': ([100, 100, 50], 250 / 3, 50 / np.sqrt(3)),
                'few': ([50, 75, 100], 75, 25),
                'ece': ([0, 0, 0], 0, 0)}}
    for name, metrics in by_hand.items():
        for key, (values, mean, std) in metrics.items():
            shown = found['methods'][name]['metrics'][key]
            assert shown['values'] == pytest.approx(values), (name, key)
            assert (shown['mean'], shown['std']) == pytest.approx((mean, std)), (name, key)
    np.testing.assert_allclose(found['methods']['ce']['per_class'], [250 / 3, 250 / 3, 50 / 3,
                                                                     50 / 3])
    differences = {key: gain['difference'] for key, gain in found['gains']['bcl'].items()}
    assert differences == pytest.approx({'top1': 25, 'many': -50 / 3, 'medium': 0,
                                         'few': 175 / 3})


def test_the_interval_is_that_of_all_possible_test_sets(methods):
    """The share of hits rises by -1, 0, 0, 0, 2, 2, 1, 2 thirds; a test set is a sum of eight."""
    gain = compare(find_runs([str(methods / 'ce'), str(methods / 'bcl')]), 20_000)['gains']['bcl']
    exact = np.array([1.0])
    for _ in range(8):
        exact = np.convolve(exact, np.array([1, 3, 1, 3]) / 8)  # of sums from -8 to 16 thirds
    sums = np.arange(-8, 17)
    points = 100 * sums / 24
    bounds = [points[np.searchsorted(exact.cumsum(), q)] for q in (0.025, 0.975)]
    assert [gain['top1']['low'], gain['top1']['high']] == pytest.approx(bounds, abs=100 / 24 + 1e-6)
    assert gain['top1']['p_value'] == pytest.approx(2 * exact[sums <= 0].sum(), abs=0.006)
    # of the two images of 'many' one changes by -1/3, and either may be missing
    assert (gain['many']['low'], gain['many']['high']) == pytest.approx((-100 / 3, 0))
    assert (gain['medium']['low'], gain['medium']['p_value']) == (0, 1)


def test_the_command_writes_all_kinds_of_tables(methods, tmp_path, capsys):
    out = tmp_path / 'out'
    compare_main([str(methods / 'ce'), f'B_{{CL}}={methods / "bcl"}', '--out', str(out),
                  '--resamples', '200'])
    told = capsys.readouterr().out
    rows = [line.split() for line in told.splitlines()]
    assert ['ce', '3', '50.00', '±', '12.50'] in [row[:5] for row in rows]
    assert ['B_{CL}', 'Few', '+58.33'] in [row[:3] for row in rows]
    assert told.splitlines()[-1] == f'Page: {out / "comparison.html"}'
    markdown = (out / 'comparison.md').read_text()
    assert '| B_{CL} | 3 | **75.00 ± 0.00** | 66.67 ± 28.87 |' in markdown
    assert '| B_{CL} | Few | **+58.33** |' in markdown
    latex = (out / 'comparison.tex').read_text()
    assert r'B\_\{CL\} & 3 & \textbf{75.00 $\pm$ 0.00} & 66.67 $\pm$ 28.87 &' in latex
    assert latex.count(r'\begin{tabular}') == latex.count(r'\end{tabular}') == 2
    lines = list(csv.DictReader((out / 'comparison.csv').read_text().splitlines()))
    few = next(line for line in lines if (line['method'], line['metric']) == ('B_{CL}', 'few'))
    assert float(few['mean']) == 75 and float(few['std']) == 25 and float(few['low']) > 0
    assert sorted(path.name for path in out.glob('*.png')) == [
        'groups.png', 'per_class_accuracy.png', 'per_class_gain.png']


def test_a_browser_shows_the_page(methods, tmp_path):
    compare_main([str(methods / 'ce'), str(methods / 'bcl'), '--out', str(tmp_path / 'out'),
                  '--resamples', '10'])
    seen = open_page(tmp_path / 'out/comparison.html', tmp_path)
    assert seen['errors'] == [] and len(seen['images']) == 3 and seen['width'] == 1280
    assert all(natural > 1000 for _, natural, _ in seen['images'])
    assert '83.33 ± 28.87' in seen['text'] and '+58.33' in seen['text']


def test_one_run_of_one_method_needs_no_deviation(methods):
    tables = tables_of(compare(find_runs([f'CE={methods / "ce" / "seed_0"}'])))
    table, = tables
    assert table.rows == [['CE', '1', '37.50', '100.00', '50.00', '0.00', '37.50']]
    assert '±' not in to_text(table) + to_markdown(table) + to_latex(table)


def test_without_predictions_there_are_no_intervals(methods):
    (methods / 'bcl/seed_1/test/predictions.npz').unlink()
    found = compare(find_runs([str(methods / 'ce'), str(methods / 'bcl')]))
    assert 'ece' not in found['keys'] and found['gains']['bcl']['few'] == {
        'difference': pytest.approx(175 / 3)}
    assert 'without intervals' in to_text(tables_of(found)[1])


def test_other_data_are_refused(methods):
    write_test(methods / 'other' / 'test', CE[0], [300, 50, 5, 3])
    with pytest.raises(ValueError, match='different training data'):
        compare(find_runs([str(methods / 'ce'), str(methods / 'other')]))
    write_test(methods / 'turned' / 'test', CE[0], target=TARGET[::-1])
    with pytest.raises(ValueError, match='tested on different images'):
        compare(find_runs([str(methods / 'ce'), str(methods / 'turned')]))
