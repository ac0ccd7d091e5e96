import json

from ltplug.reports.curves import curve_panels, read_scalars


def write(folder, start, *records, end=''):
    path = folder / start / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(map(json.dumps, records)) + end)


def test_a_resumed_run_is_one_curve(tmp_path):
    write(tmp_path, '20260101_000000', {'loss': 3.0, 'iter': 10, 'epoch': 1, 'step': 10},
          {'loss': 2.0, 'iter': 20, 'epoch': 2, 'step': 20}, end='\n{"loss": 1.')
    write(tmp_path, '20260102_000000', {'loss': 2.5, 'iter': 20, 'epoch': 2, 'step': 20},
          {'loss': 1.0, 'iter': 30, 'epoch': 3, 'step': 30})
    panel, = curve_panels(read_scalars(tmp_path))
    assert panel.title == 'Training loss' and panel.unit == 'Iteration'
    assert panel.lines == {'loss': {10: 3.0, 20: 2.5, 30: 1.0}}


def test_every_kind_has_its_panel():
    records = [
        {'lr': 0.1, 'base_lr': 0.1, 'loss': 3.0, 'loss_a': 1.0, 'time': 0.1, 'grad_norm': 5.0,
         'iter': 10, 'epoch': 1, 'step': 10},
        {'g/top1': 50.0, 'g/few': 10.0, 'g/worst_class': 0.0, 'accuracy/top1': 50.0, 'step': 1,
         'data_time': 1.0},
        {'knn/top1': 40.0, 'knn/loss_like': 1.0, 'step': 1}]
    panels = {panel.title: panel for panel in curve_panels(records, ['few'], 'g')}
    assert {title: (panel.unit, list(panel.lines)) for title, panel in panels.items()} == {
        'Training loss': ('Iteration', ['loss', 'loss_a']),
        'Validation accuracy (%)': ('Epoch', ['top1', 'few']),
        'Learning rate': ('Iteration', ['learning rate']),
        'grad_norm': ('Iteration', ['grad_norm']),
        'accuracy': ('Epoch', ['top1']), 'knn': ('Epoch', ['top1', 'loss_like'])}
    assert curve_panels([]) == []


def test_without_epochs_evaluations_count_iterations():
    panel, = curve_panels([{'g/top1': 50.0, 'step': 500}], [], 'g')
    assert panel.unit == 'Iteration' and panel.lines == {'top1': {500: 50.0}}
