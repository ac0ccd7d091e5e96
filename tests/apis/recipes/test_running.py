import json
import shutil

import pytest
import torch

from ltplug.apis import run, run_recipe
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.checkpoint_meta import META_KEY
from ltplug.engine.config_check import ConfigError
from ltplug.ops import long_tail_counts

from .recipes import TWO_STAGES, write_recipe

COUNTS = long_tail_counts(134, 10, 50).tolist()


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """A finished recipe of two stages: recipe, folder, results."""
    folder = tmp_path_factory.mktemp('finished')
    recipe = write_recipe(folder)
    results = run_recipe(recipe, folder / 'run')
    return recipe, folder / 'run', results


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of the finished recipe to play with."""
    recipe, work_dir, _ = finished
    shutil.copytree(recipe.parent, tmp_path / 'copy')
    return tmp_path / 'copy' / recipe.name, tmp_path / 'copy' / work_dir.name


def state(folder, stage='features', name='epoch_3.pth'):
    return load_checkpoint_file(folder / stage / name)


def test_every_stage_has_a_folder_and_a_result(finished):
    _, work_dir, results = finished
    assert list(results) == ['features', 'classifier']
    written = json.loads((work_dir / 'results.json').read_text())
    assert written['classifier']['metrics'] == results['classifier']['metrics']
    for stage in results:
        assert (work_dir / stage / 'test' / 'results.json').is_file()


def test_groups_are_those_of_the_long_tailed_stage(finished):
    _, work_dir, results = finished
    (details,) = results['classifier']['groups']
    assert details['class_counts'] == COUNTS
    meta = state(work_dir, 'classifier')['meta'][META_KEY]
    assert meta['group_counts'] == COUNTS
    assert len(set(meta['class_counts'])) == 1, 'its own data are balanced'


def test_parts_are_loaded_and_the_rest_is_new(finished, tmp_path):
    recipe = finished[0]
    run_recipe(recipe, tmp_path / 'run', stages=['features'],
               cfg_options={'features.train_cfg.max_epochs': 3})
    run_recipe(recipe, tmp_path / 'run', stages=['classifier'],
               cfg_options={'classifier.optim_wrapper.optimizer.lr': 0.0})
    before, after = (state(tmp_path / 'run', stage)['state_dict']
                     for stage in ('features', 'classifier'))
    assert torch.equal(before['backbone.conv1.weight'], after['backbone.conv1.weight'])
    assert not torch.equal(before['head.fc.weight'], after['head.fc.weight'])


def test_the_last_line_is_the_table(finished, capsys):
    recipe, work_dir, results = finished
    run_recipe(recipe, work_dir, resume=True)
    table = capsys.readouterr().out
    assert 'features' in table and 'classifier' in table
    last = table.strip().splitlines()[-1].split()
    prefix = 'group_accuracy/few'
    assert last[0] == 'Few'
    assert last[-2:] == [f'{results[stage]["metrics"][prefix]:.2f}' for stage in results]


def test_nothing_finished_is_repeated(copied, monkeypatch):
    recipe, work_dir = copied
    monkeypatch.setattr('ltplug.apis.recipes.stage_runner.fit', None)
    monkeypatch.setattr('ltplug.apis.recipes.stage_runner.test_checkpoints', None)
    run_recipe(recipe, work_dir, resume=True)


def test_a_folder_with_a_run_needs_resume(finished):
    recipe, work_dir, _ = finished
    with pytest.raises(ValueError, match="earlier run of stage 'features': add --resume"):
        run_recipe(recipe, work_dir)


def test_nothing_to_resume(finished, tmp_path):
    with pytest.raises(FileNotFoundError, match='nothing to resume'):
        run_recipe(finished[0], tmp_path / 'other', resume=True)


def test_a_changed_recipe_is_told(copied):
    recipe, work_dir = copied
    with pytest.raises(ValueError) as error:
        run_recipe(recipe, work_dir, resume=True,
                   cfg_options={'features.optim_wrapper.optimizer.lr': 0.05})
    told = str(error.value)
    assert "Stage 'features' differs" in told
    assert 'optim_wrapper.optimizer.lr was 0.1 and is now 0.05' in told
    assert str(work_dir / 'classifier') in told, 'what was made from it has to go too'
    with pytest.raises(ValueError, match='seed was absent and is now 5'):
        run_recipe(recipe, work_dir, resume=True, seed=5)


def test_what_is_tested_may_change_until_it_was(copied):
    recipe, work_dir = copied
    changed = {'classifier.test_evaluator.groups': 'tertile'}
    with pytest.raises(ValueError, match="test_evaluator.groups was 'shot' and is now 'tertile'"):
        run_recipe(recipe, work_dir, resume=True, cfg_options=changed)
    path = work_dir / 'recipe_state.json'
    written = json.loads(path.read_text())
    written['stages']['classifier'].update(status='trained')
    path.write_text(json.dumps(written))
    results = run_recipe(recipe, work_dir, resume=True, cfg_options=changed)
    assert list(results['classifier']['groups'][0]['groups']) == ['frequent', 'medium', 'rare']
    run_recipe(recipe, work_dir, resume=True, cfg_options=changed)


def test_what_does_not_change_the_result_may_change(copied):
    recipe, work_dir = copied
    run_recipe(recipe, work_dir, resume=True,
               cfg_options={'features.train_dataloader.num_workers': 1})


def test_a_removed_stage_runs_anew_but_not_under_what_was_made_from_it(copied):
    recipe, work_dir = copied
    expected = state(work_dir, 'classifier')['state_dict']
    shutil.rmtree(work_dir / 'features')
    with pytest.raises(ValueError, match="'classifier' was made from a run of 'features' that is"):
        run_recipe(recipe, work_dir, resume=True)
    shutil.rmtree(work_dir / 'classifier')
    run_recipe(recipe, work_dir)
    found = state(work_dir, 'classifier')['state_dict']
    assert all(torch.equal(found[key], value) for key, value in expected.items())


def test_a_checkpoint_that_is_gone(copied):
    recipe, work_dir = copied
    shutil.rmtree(work_dir / 'classifier')
    (work_dir / 'features' / 'epoch_3.pth').unlink()
    with pytest.raises(FileNotFoundError, match=r"needs .*epoch_3.pth, which is gone: put it back"):
        run_recipe(recipe, work_dir, resume=True)


def test_a_failed_stage_keeps_the_others_and_says_how_to_go_on(copied, monkeypatch, capsys):
    recipe, work_dir = copied
    shutil.rmtree(work_dir / 'classifier')

    def fails(*args, **kwargs):
        raise RuntimeError('no luck')

    with monkeypatch.context() as patch:
        patch.setattr('ltplug.apis.recipes.stage_runner.fit', fails)
        with pytest.raises(RuntimeError, match='no luck'):
            run_recipe(recipe, work_dir, resume=True)
    told = ' '.join(capsys.readouterr().out.split())
    assert "Stage 'classifier' was not finished" in told
    assert f'python tools/train.py {recipe} --work-dir {work_dir} --resume' in told
    run_recipe(recipe, work_dir, resume=True)


def test_some_stages(finished, tmp_path):
    recipe = finished[0]
    with pytest.raises(ConfigError, match="needs stage 'features', which has not been run"):
        run_recipe(recipe, tmp_path / 'run', stages=['classifier'])
    with pytest.raises(ConfigError, match='did you mean classifier'):
        run_recipe(recipe, tmp_path / 'run', stages=['clasifier'])
    assert not (tmp_path / 'run').exists()


def test_dry_run_shows_the_plan_and_leaves_nothing(finished, tmp_path, capsys):
    assert run_recipe(finished[0], tmp_path / 'run', dry_run=True) == {}
    plan = capsys.readouterr().out
    assert 'train 3 epochs' in plan and 'can be built' in plan
    assert not (tmp_path / 'run').exists()


@pytest.mark.parametrize(('override', 'sentence'), [
    ("'model.backbone.depth': 14", 'does not fit. The checkpoint fits'),
    ("'train_dataloader.dataset.imbalance_ratio': 5000", 'without images'),
    ("'optim_wrapper.optimizer.lr': None", 'TypeError'),
])
def test_a_later_stage_that_cannot_work_stops_the_recipe_at_once(tmp_path, override, sentence):
    stages = TWO_STAGES.replace("'train_dataloader.dataset.imbalance_ratio': 1", override)
    with pytest.raises(ConfigError) as error:
        run_recipe(write_recipe(tmp_path, stages), tmp_path / 'run')
    assert "Stage 'classifier':" in str(error.value) and sentence in str(error.value)
    assert not (tmp_path / 'run').exists()


@pytest.mark.parametrize(('override', 'sentence'), [
    ("'default_hooks.drw': dict(type='ltplug.DeferredReweightingHook', begin_epoch=9)",
     'a training of 3 epochs never reaches'),
    ("'default_hooks.checkpoint': dict(type='ltplug.AtomicCheckpointHook', report='best', "
     "save_best='group_accuracy/top1')", 'would choose on the test set'),
    ("'model.head.num_classes': 7", 'there are 7 classes'),
    ("'default_hooks.checkpoint.out_dir': 'elsewhere'", 'leave out_dir'),
])
def test_what_hooks_refuse_in_a_later_stage_stops_the_recipe_at_once(tmp_path, override, sentence):
    stages = TWO_STAGES.replace("'train_dataloader.dataset.imbalance_ratio': 1", override)
    with pytest.raises(ConfigError) as error:
        run_recipe(write_recipe(tmp_path, stages), tmp_path / 'run')
    assert "Stage 'classifier':" in str(error.value) and sentence in str(error.value)
    assert not (tmp_path / 'run').exists()


def test_groups_reach_a_hook_of_any_name(tmp_path):
    stages = TWO_STAGES.replace("ratio': 1", "ratio': 1, 'default_hooks.class_counts': None,"
                                "'default_hooks.counts': dict(type='ltplug.ClassCountsHook')")
    results = run_recipe(write_recipe(tmp_path, stages), tmp_path / 'run')
    assert results['classifier']['groups'][0]['class_counts'] == COUNTS


def test_stages_with_other_groups_get_a_table_of_their_own(tmp_path, capsys):
    stages = TWO_STAGES.replace("ratio': 1",
                                "ratio': 1, 'test_evaluator.groups': 'tertile'")
    run_recipe(write_recipe(tmp_path, stages), tmp_path / 'run')
    tables = capsys.readouterr().out.split('Accuracy (%) by class frequency')[-2:]
    assert 'Few' in tables[0] and 'Rare' not in tables[0]
    assert 'Rare' in tables[1] and 'Few' not in tables[1]


def test_seeds_of_a_config_lie_where_a_single_run_would(finished, tmp_path):
    config = finished[0].parent / 'short.py'
    summary = run(config, tmp_path, seeds=[3])
    assert (tmp_path / 'seed_3' / 'epoch_3.pth').is_file()
    assert list(summary) == ['training']


def test_a_head_that_does_not_fit(tmp_path):
    stages = """
dict(name='features', config='short.py'),
dict(name='classifier', config='short.py', load_from=dict(stage='features', parts={'head': 'head'}),
     overrides={'model.head.in_channels': 32}),
"""
    with pytest.raises(ConfigError, match=r'head.fc.weight is \[10, 64\] instead of \[10, 32\]'):
        run_recipe(write_recipe(tmp_path, stages), tmp_path / 'run')


def test_a_checkpoint_that_was_not_kept(tmp_path):
    stages = """
dict(name='features', config='short.py'),
dict(name='classifier', config='short.py', load_from=dict(stage='features', checkpoint='epoch_1')),
"""
    recipe = write_recipe(tmp_path, stages)
    with pytest.raises(ConfigError, match="it loads epoch_1 of stage 'features', which will have "
                                          'epoch_2, epoch_3 at its end'):
        run_recipe(recipe, tmp_path / 'run')
    recipe = write_recipe(tmp_path, stages.replace('epoch_1', 'epoch_2'))
    run_recipe(recipe, tmp_path / 'run', stages=['features'])
    kept = tmp_path / 'run/features/epoch_2.pth'
    kept.rename(tmp_path / 'hidden.pth')
    with pytest.raises(FileNotFoundError, match='raise max_keep_ckpts'):
        run_recipe(recipe, tmp_path / 'run', resume=True)
    (tmp_path / 'hidden.pth').rename(kept)
    results = run_recipe(recipe, tmp_path / 'run', resume=True)
    assert list(results) == ['features', 'classifier']


def test_a_mistake_of_the_last_stage_that_images_show_is_told_before_the_first(tmp_path):
    stages = TWO_STAGES.replace("'train_dataloader", "'model.head.in_channels': 65, 'train_dataloa"
                                'der')
    with pytest.raises(ConfigError, match="Stage 'classifier': The loss of some .* cannot be comp"):
        run_recipe(write_recipe(tmp_path, stages), tmp_path / 'run')
    assert not (tmp_path / 'run').exists()


def test_seeds_end_with_mean_and_deviation(finished, tmp_path, capsys):
    recipe = finished[0]
    summary = run(recipe, tmp_path / 'run', seeds=[0, 7], stages=['features'])
    capsys.readouterr()
    again = run(recipe, tmp_path / 'run', seeds=[0, 7], stages=['features'], resume='auto')
    assert again == summary
    values = [summary['features']['seeds'][seed]['top1'] for seed in (0, 7)]
    assert values[0] != values[1]
    assert summary['features']['mean']['top1'] == pytest.approx(sum(values) / 2)
    assert summary['features']['std']['top1'] == pytest.approx(
        abs(values[0] - values[1]) / 2**0.5)
    written = json.loads((tmp_path / 'run' / 'seeds.json').read_text())
    assert written['features']['mean'] == summary['features']['mean']
    assert (tmp_path / 'run' / 'seed_7' / 'features' / 'test' / 'results.json').is_file()
    mean, std = summary['features']['mean']['few'], summary['features']['std']['few']
    assert f'{mean:.2f} ± {std:.2f}' in capsys.readouterr().out.splitlines()[-1]


def test_mistakes_with_seeds(finished, tmp_path):
    recipe, _, _ = finished
    with pytest.raises(ConfigError, match='--seeds names 1 twice'):
        run(recipe, tmp_path, seeds=[1, 1])
    with pytest.raises(ConfigError, match='takes a checkpoint for a single training only'):
        run(recipe, tmp_path, resume='epoch_3.pth')
    with pytest.raises(ConfigError, match='--stages is for recipes'):
        run(recipe.parent / 'short.py', tmp_path, stages=['training'])
