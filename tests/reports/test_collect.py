import json

import numpy as np
import pytest

from ltplug.reports.collect import calibration_of, collect, confusion_of

TARGET = np.array([0, 0, 0, 1, 1, 2])
PREDICTED = np.array([0, 0, 1, 1, 0, 0])
GROUPS = {'many': [0], 'few': [1, 2, 3]}


def write_test(folder, **predictions):
    folder.mkdir(parents=True)
    metrics = {'top1': 50.0, 'many': 200 / 3, 'few': 25.0}
    (folder / 'results.json').write_text(json.dumps({
        'metrics': {f'g/{key}': value for key, value in metrics.items()},
        'groups': [{'prefix': 'g', 'per_class': [200 / 3, 50, 0, None], 'groups': GROUPS,
                    'class_counts': [200, 5, 3, 1], 'class_names': list('abcd')}]}))
    np.savez(folder / 'predictions.npz', gt_label=TARGET, pred_label=PREDICTED, **predictions)


def test_the_headline(tmp_path):
    write_test(tmp_path / 'run/test', confidence=np.full(6, 0.9))
    table = collect(tmp_path / 'run')['table']
    assert [list(row.values())[:-1] for row in table] == [
        ['all', 50.0, 4, 3, 209, 6], ['many', 200 / 3, 1, 1, 200, 3], ['few', 25.0, 3, 2, 9, 3]]
    assert [row['ece'] for row in table] == pytest.approx([40, 90 - 200 / 3, 90 - 100 / 3])


def test_confusions_of_groups_and_classes():
    found = confusion_of(TARGET, PREDICTED, [200, 5, 3, 1], GROUPS)
    assert found['groups'] == {
        'many': {'right': pytest.approx(200 / 3), 'many': 0, 'few': pytest.approx(100 / 3)},
        'few': {'right': pytest.approx(100 / 3), 'many': pytest.approx(200 / 3), 'few': 0}}
    np.testing.assert_allclose(found['matrix'], [
        [200 / 3, 100 / 3, 0, 0], [50, 50, 0, 0], [100, 0, 0, 0], [np.nan] * 4])
    assert found['pairs'][0] == (0, 1, 1)


def test_classes_are_ordered_by_frequency_and_many_joined():
    counts = np.arange(1, 61)  # the last class is the largest
    found = confusion_of(np.array([59, 58, 0]), np.array([58, 59, 59]), counts, {})
    assert found['order'][0] == 59 and found['matrix'].shape == (30, 30)
    assert found['matrix'][0, 0] == 100 and found['matrix'][-1, 0] == 100


def test_scores_that_are_no_probabilities_have_no_calibration(tmp_path):
    write_test(tmp_path / 'run', confidence=np.full(6, -3.0))
    report = collect(tmp_path / 'run')
    assert report['calibration'] == {} and report['table'][0]['ece'] is None
    predictions = {'gt_label': TARGET, 'pred_label': PREDICTED, 'confidence': np.full(6, 0.5)}
    assert set(calibration_of(predictions, {'few': [1, 2], 'none': [3]})) == {'all', 'few'}


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match='holds no run'):
        collect(tmp_path)
