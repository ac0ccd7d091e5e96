import json

import numpy as np
import pytest
import torch

from ltplug.cli.analysis import (
    class_gain_main,
    class_losses_main,
    classifier_norms_main,
)

COUNTS = [200, 50, 3, 1]
GROUPS = {'many': [0], 'medium': [1], 'few': [2, 3], 'untested': [3]}


def write_results(folder, name, per_class, counts=COUNTS):
    path = folder / f'{name}.json'
    path.write_text(json.dumps({'groups': [{
        'per_class': per_class, 'class_counts': counts, 'class_names': list('abcd'),
        'groups': GROUPS}]}))
    return str(path)


def write_losses(folder, name, **arrays):
    path = folder / f'{name}.npz'
    np.savez(path, loss=np.linspace([4, 3, 2, 1], [1, 1, 1, 1], 5), **arrays)
    return f'{name}={path}'


def write_checkpoint(folder, name, factor, counts=COUNTS):
    path = folder / f'{name}.pth'
    torch.save({'meta': {'ltplug': {'group_counts': counts},
                         'dataset_meta': {'classes': list('abcd')}},
                'state_dict': {'head.fc.weight': factor * torch.eye(4)}}, path)
    return f'{name}={path}'


def row(text, name):
    return next(line.split() for line in text.splitlines() if line.strip().startswith(name))


def fails(main, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    return stop.value.code


def test_gain_over_two_runs(tmp_path, capsys):
    run = write_results(tmp_path, 'run', [90, 80, 60, None])
    others = [f'RRS={write_results(tmp_path, "rrs", [95, 70, 10, None])}',
              f'CBS={write_results(tmp_path, "cbs", [70, 75, 55, None])}']
    class_gain_main([run, '--over', *others, '--out', str(tmp_path / 'gain.png')])
    told = capsys.readouterr().out
    assert row(told, 'Many') == ['Many', '1', '-5.00', '20.00']
    assert row(told, 'Few') == ['Few', '2', '50.00', '5.00']
    assert row(told, 'All') == ['All', '4', '18.33', '10.00']
    assert row(told, 'Untested') == ['Untested', '1', '-', '-']
    assert (tmp_path / 'gain.png').stat().st_size > 10_000


def test_seeds_are_averaged(tmp_path, capsys):
    run, other = (','.join(write_results(tmp_path, f'{name}{seed}', values)
                           for seed, values in enumerate(seeds))
                  for name, seeds in (('run', ([90, 80, 60, None], [80, 80, 70, None])),
                                      ('ce', ([70, 80, 50, None], [70, 79, 40, None]))))
    class_gain_main([run, '--over', f'CE={other}', '--out', str(tmp_path / 'gain.png')])
    told = capsys.readouterr().out
    assert [row(told, group)[-1] for group in ('Many', 'Medium', 'Few')] == [
        '15.00', '0.50', '20.00']
    mixed = f'{run},{write_results(tmp_path, "x", [1, 2, 3, 4], [9, 8, 7, 6])}'
    assert 'average runs whose classes' in fails(class_gain_main, mixed, '--over', f'CE={other}')


def test_gain_over_other_data_is_refused(tmp_path):
    run = write_results(tmp_path, 'run', [90, 80, 60, 50])
    other = write_results(tmp_path, 'other', [90, 80, 60, 50], [9, 8, 7, 6])
    assert 'different training data' in fails(class_gain_main, run, '--over', f'X={other}')
    assert 'NAME=PATH' in fails(class_gain_main, run, '--over', other)
    (tmp_path / 'empty.json').write_text('{"groups": []}')
    assert 'ltplug.GroupAccuracy' in fails(
        class_gain_main, str(tmp_path / 'empty.json'), '--over', f'X={run}')


def test_losses_of_tail_and_head(tmp_path, monkeypatch, capsys):
    drawn = []
    monkeypatch.setattr('ltplug.visualization.plot_class_losses',
                        lambda *args: drawn.append(args) or 'x.png')
    runs = [write_losses(tmp_path, 'RRS', class_counts=np.array([200, 0, 3, 50])),
            write_losses(tmp_path, 'CBS')]
    class_losses_main(runs)
    losses, titles, _ = drawn[0]
    assert titles == ['Class 2 (3 training images)', 'Class 0 (200 training images)']
    assert list(losses) == ['RRS', 'CBS'] and losses['CBS'][0].tolist() == [2, 4]
    class_losses_main([runs[1], '--classes', '1'])
    assert drawn[1][1] == ['Class 1']
    assert '--classes' in fails(class_losses_main, runs[1])
    assert 'There is no class 4: labels run from 0 to 3' in fails(
        class_losses_main, *runs, '--classes', '4')


def test_norms_of_classifiers(tmp_path, capsys):
    runs = [write_checkpoint(tmp_path, 'RRS', 2), write_checkpoint(tmp_path, 'CBS', 0.5)]
    classifier_norms_main([*runs, '--out', str(tmp_path / 'norms.png')])
    assert row(capsys.readouterr().out, 'Few') == ['Few', '2', '2.00', '0.50']
    assert (tmp_path / 'norms.png').stat().st_size > 10_000
    assert 'has no fc.weight' in fails(classifier_norms_main, *runs, '--weight', 'fc.weight')
    other = write_checkpoint(tmp_path, 'other', 1, [4, 3, 2, 1])
    assert 'other training data' in fails(classifier_norms_main, *runs, other)
