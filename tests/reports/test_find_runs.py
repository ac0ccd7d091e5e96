import json

import pytest

from ltplug.cli.reports import compare_main
from ltplug.reports.find_runs import find_runs

from .test_comparison import CE, write_test


def write_recipe_run(folder, *stages):
    for stage in stages:
        write_test(folder / stage / 'test', CE[0])
    (folder / 'results.json').write_text(json.dumps({stage: {} for stage in stages}))


def folders(methods):
    return {name: [run.outcome.folder for run in runs] for name, runs in methods.items()}


def test_kinds_of_folders(tmp_path):
    write_test(tmp_path / 'ce' / 'test', CE[0], seed=7)  # a training
    write_test(tmp_path / 'tested', CE[0])  # tools/test.py
    write_recipe_run(tmp_path / 'crt', 'features', 'classifier')
    found = find_runs([str(tmp_path / name) for name in ('ce', 'tested', 'crt', 'crt/features')])
    parent = tmp_path.name
    assert folders(found) == {
        f'{parent}/ce': [tmp_path / 'ce/test'], f'{parent}/tested': [tmp_path / 'tested'],
        f'{parent}/crt': [tmp_path / 'crt/classifier/test'],
        'crt/features': [tmp_path / 'crt/features/test']}
    assert found[f'{parent}/ce'][0].seed == 7
    chosen = find_runs([f'a={tmp_path / "crt"}'], stage='features')
    assert folders(chosen) == {'a': [tmp_path / 'crt/features/test']}
    with pytest.raises(ValueError, match="no tested stage 'head': it has features, classifier"):
        find_runs([str(tmp_path / 'crt')], stage='head')


def test_seeds_are_one_method(tmp_path):
    for seed in (10, 2):
        write_recipe_run(tmp_path / 'crt' / f'seed_{seed}', 'classifier')
        write_test(tmp_path / 'ce' / f'seed_{seed}' / 'test', CE[0], seed=seed)
        # as --seeds leaves a single training
        (tmp_path / 'ce' / f'seed_{seed}' / 'results.json').write_text('{"training": {}}')
    found = find_runs([str(tmp_path / 'crt'), str(tmp_path / 'ce/seed_10'),
                       str(tmp_path / 'ce/seed_2')])
    assert list(found) == ['crt', 'ce']
    assert [run.folder.name for run in found['crt']] == ['seed_2', 'seed_10']
    assert [run.seed for run in found['ce']] == [10, 2]
    named = find_runs([f'x={tmp_path / "ce/seed_10"}', f'x={tmp_path / "crt/seed_2"}'])
    assert len(named['x']) == 2


def test_mistakes(tmp_path):
    for folder in ('a/run', 'b/a/run'):
        write_test(tmp_path / folder / 'test', CE[0])
    with pytest.raises(ValueError, match='would both be called a/run: name them'):
        find_runs([str(tmp_path / 'a/run'), str(tmp_path / 'b/a/run')])
    with pytest.raises(ValueError, match='is named twice'):
        find_runs([f'x={tmp_path / "a/run"}', f'x={tmp_path / "a/run/test"}'])
    with pytest.raises(SystemExit, match='holds no test'):
        compare_main([str(tmp_path)])
    with pytest.raises(SystemExit, match='at least 1, got 0'):
        compare_main([str(tmp_path / 'a/run'), '--resamples', '0'])
    path = tmp_path / 'a/run/test/results.json'
    path.write_text('{"metrics": {"accuracy/top1": 50}}')
    with pytest.raises(ValueError, match='no accuracies per class'):
        find_runs([str(tmp_path / 'a/run')])
