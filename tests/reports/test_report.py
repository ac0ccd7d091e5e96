import csv
import json
import re
import time

import numpy as np
import pytest
from mmengine.logging import MMLogger

from ltplug.apis import run_recipe, train
from ltplug.apis import test as run_test
from ltplug.cli.reports import report_main
from ltplug.reports import SWITCH, report_run, write_report
from tools.analysis.benchmark_report import write_run

from ..apis.recipes.recipes import CE, SHORT, write_recipe
from .browser import open_page

PICTURES = ['per_class_accuracy', 'confusion', 'calibration', 'curves', 'class_distribution',
            'weight_norms']
TITLES = ['Accuracy of every class over its frequency', 'Confusion matrix, classes by frequency',
          'Accuracy over confidence, by group', 'Losses and metrics over the training',
          'Training images of every class', 'Length of the weight vector of every class']


@pytest.fixture
def reports_on(monkeypatch):
    monkeypatch.delenv(SWITCH)


def pictures(folder):
    return sorted(path.stem for path in (folder / 'report').glob('*.png'))


@pytest.mark.parametrize(('num_classes', 'num_images'), [(10, 400), (8142, 24426)])
def test_a_browser_shows_all_of_it(tmp_path, num_classes, num_images):
    write_run(tmp_path / 'run', num_classes, num_images)
    seen = open_page(write_report(tmp_path / 'run'), tmp_path)
    assert seen['errors'] == []
    assert [title for title, _, _ in seen['images']] == TITLES
    assert all(natural > 1000 and 600 < shown < 1280 for _, natural, shown in seen['images'])
    assert seen['width'] == 1280, 'nothing sticks out'
    metrics = json.loads((tmp_path / 'run/test/results.json').read_text())['metrics']
    for name in ('top1', 'many', 'medium', 'few'):
        assert f'{metrics[f"group_accuracy/{name}"]:.2f}' in seen['text']
    assert 'Species 3 of the genus 3' in seen['text'] or num_classes > 10


def test_thousands_of_classes_are_quick_and_small(tmp_path):
    write_run(tmp_path / 'run', 8142, 24426)
    start = time.process_time()
    page = write_report(tmp_path / 'run')
    assert time.process_time() - start < 20
    assert page.stat().st_size < 5 * 2**20
    with open(tmp_path / 'run/report/classes.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8142 and rows[5]['name'] == 'Species 5 of the genus 5'


def test_training_and_test_leave_a_page_that_stands_alone(tmp_path, reports_on):
    config = tmp_path / 'mine.py'
    config.write_text(SHORT)
    results = train(config, tmp_path / 'run', cfg_options={'optim_wrapper.optimizer.lr': 0.05},
                    seed=3)
    page = (tmp_path / 'run/report.html').read_text()
    assert pictures(tmp_path / 'run') == sorted(PICTURES)
    for text in (f'{results["metrics"]["group_accuracy/few"]:.2f}', 'Seed 3', 'mine.py',
                 'optim_wrapper.optimizer.lr', '<code>0.05</code>', '371 training images of'):
        assert text in page, text
    outside = re.findall(r'(?:src|href)="(?!data:|#)[^"]*"|url\(|@import', page)
    assert outside == [], 'the page needs no other file'
    assert not (tmp_path / 'run/test/report.html').exists(), 'one report a run'
    report = json.loads((tmp_path / 'run/report/report.json').read_text())
    assert sum(report['classes']['tested']) == 400 and report['run']['seed'] == 3

    again = run_test(config, tmp_path / 'run/epoch_3.pth', tmp_path / 'tested')
    assert again['metrics'] == results['metrics']
    assert pictures(tmp_path / 'tested') == sorted(set(PICTURES) - {'curves'})
    assert 'Seed 3' in (tmp_path / 'tested/report.html').read_text()
    with np.load(tmp_path / 'tested/predictions.npz') as arrays:
        hits = arrays['gt_label'] == arrays['pred_label']
    assert 100 * hits.mean() == pytest.approx(results['metrics']['group_accuracy/top1'])


def test_every_stage_of_a_recipe_has_one(tmp_path, reports_on):
    stages = f"""
dict(name='features', config='{CE}', test=False,
     overrides={{'train_cfg.max_epochs': 1, 'train_dataloader.num_workers': 0,
                 'val_dataloader.num_workers': 0, 'test_dataloader.num_workers': 0}}),
dict(name='tau', task=dict(type='ltplug.TauNormalizationTask', tau=0.5), load_from='features'),"""
    run_recipe(write_recipe(tmp_path, stages), tmp_path / 'run')
    untested = (tmp_path / 'run/features/report.html').read_text()
    assert 'Nothing has been tested.' in untested
    assert pictures(tmp_path / 'run/features') == ['class_distribution', 'curves']
    normalized = (tmp_path / 'run/tau/report.html').read_text()
    assert 'TauNormalizationTask' in normalized
    assert pictures(tmp_path / 'run/tau') == sorted(set(PICTURES) - {'curves'})


def test_a_failure_costs_one_line(tmp_path, reports_on, monkeypatch):
    write_run(tmp_path / 'run', 10, 400)
    (tmp_path / 'run/run.json').write_text('{broken')
    told = []
    monkeypatch.setattr(MMLogger.get_current_instance(), 'log',
                        lambda level, text: told.append((level, text)))
    report_run(tmp_path / 'run')
    (level, text), = told
    assert level == 30 and '\n' not in text and 'results of the run are not affected' in text
    assert text.startswith('The report could not be written (JSONDecodeError')


def test_the_switch(tmp_path):
    write_run(tmp_path / 'run', 10, 400)
    report_run(tmp_path / 'run')
    assert not (tmp_path / 'run/report.html').exists(), 'the suite has it switched off'


def test_texts_are_escaped(tmp_path):
    write_run(tmp_path / 'run', 10, 400)
    path = tmp_path / 'run/test/results.json'
    path.write_text(path.read_text().replace('Species 3 of', '<script>alert(3)</script>'))
    page = write_report(tmp_path / 'run').read_text()
    assert '<script' not in page and '&lt;script&gt;alert(3)' in page


def test_a_run_without_groups_or_predictions_has_a_report(tmp_path):
    write_run(tmp_path / 'run', 10, 400)
    (tmp_path / 'run/test/predictions.npz').unlink()
    write_report(tmp_path / 'run')
    assert pictures(tmp_path / 'run') == ['class_distribution', 'curves', 'per_class_accuracy']
    write_run(tmp_path / 'other', 10, 400)
    (tmp_path / 'other/test/results.json').write_text('{"metrics": {"accuracy/top1": 50.0}}')
    page = write_report(tmp_path / 'other').read_text()
    assert 'accuracy/top1' in page and 'Many' not in page
    assert 'confusion' in pictures(tmp_path / 'other')


def test_the_command_makes_it_anew(tmp_path, capsys):
    write_run(tmp_path / 'run', 10, 400)
    report_main([str(tmp_path / 'run')])
    assert capsys.readouterr().out.strip() == str(tmp_path / 'run/report.html')
    with pytest.raises(SystemExit, match='holds no run'):
        report_main([str(tmp_path)])
