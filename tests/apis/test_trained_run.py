import json
import shutil

import pytest

from ltplug.apis.trained_run import find_trained
from ltplug.engine.publish import publish


def names(found) -> tuple[str, str]:
    return tuple(path.name for path in found)


@pytest.fixture
def run(averaged_run, tmp_path):
    return shutil.copytree(averaged_run, tmp_path / 'moved')


@pytest.fixture
def recipe(recipe_run, tmp_path):
    return shutil.copytree(recipe_run, tmp_path / 'moved')


def test_a_training(run):
    config, checkpoint = find_trained(run)
    assert config == run / 'ldam-drw_cifar-resnet20_60e_digits-lt.py'
    assert checkpoint == run / 'epoch_2.pth', 'of the moved folder, not where it was'
    assert find_trained(run / 'epoch_1.pth') == (config, run / 'epoch_1.pth')


def test_the_reported_checkpoint_is_taken_else_the_newest_that_loads(run):
    results = json.loads((run / 'test' / 'results.json').read_text())
    (run / 'test' / 'results.json').write_text(json.dumps(
        {**results, 'checkpoint': '/elsewhere/epoch_1.pth'}))
    assert names(find_trained(run))[1] == 'epoch_1.pth'
    shutil.rmtree(run / 'test')
    assert names(find_trained(run))[1] == 'epoch_2.pth'
    (run / 'epoch_2.pth').write_bytes(b'cut off')
    assert names(find_trained(run))[1] == 'epoch_1.pth'
    (run / 'epoch_1.pth').unlink()
    with pytest.raises(FileNotFoundError, match='no checkpoint in .* that loads'):
        find_trained(run)


def test_the_config_of_the_last_start_is_taken(run):
    (run / 'another.py').write_text('model = dict()')
    assert names(find_trained(run))[0] == 'ldam-drw_cifar-resnet20_60e_digits-lt.py'
    for path in run.glob('*.py'):
        if not path.name.startswith('20'):
            path.unlink()
    (dumped, ) = run.glob('20*.py')
    assert find_trained(run)[0] == dumped
    for path in run.rglob('*.py'):
        path.unlink()
    with pytest.raises(FileNotFoundError, match='no config in .*: give config and checkpoint'):
        find_trained(run)


def test_a_recipe(recipe):
    config, checkpoint = find_trained(recipe)
    assert (config, checkpoint) == (recipe / 'classifier' / 'config.py',
                                    recipe / 'classifier' / 'checkpoint.pth')
    assert 'NearestClassMeanHead' in config.read_text()
    assert find_trained(recipe, 'features')[1] == recipe / 'features' / 'epoch_2.pth'
    assert find_trained(recipe / 'classifier') == (config, checkpoint)
    # as task folders were before they had a config
    config.unlink()
    assert find_trained(recipe)[0].parent == recipe / 'classifier' / 'test'


def test_an_unfinished_recipe_has_no_final_classifier(recipe):
    path = recipe / 'recipe_state.json'
    state = json.loads(path.read_text())
    assert state['names'] == ['features', 'classifier']
    del state['stages']['classifier']
    path.write_text(json.dumps(state))
    with pytest.raises(ValueError, match="'classifier' .* not finished.*another stage: features"):
        find_trained(recipe)
    assert names(find_trained(recipe, 'features'))[1] == 'epoch_2.pth'
    with pytest.raises(ValueError, match="no model of a stage 'probe', only of features"):
        find_trained(recipe, 'probe')


def test_stages_are_of_recipes(run):
    with pytest.raises(ValueError, match="not the work dir of a recipe: leave stage='x' out"):
        find_trained(run, 'x')


def test_several_seeds(tmp_path):
    for seed in (0, 1):
        (tmp_path / f'seed_{seed}').mkdir()
    with pytest.raises(ValueError, match='runs of 2 seeds: name one, such as .*seed_0'):
        find_trained(tmp_path)


def test_a_published_checkpoint(run, tmp_path):
    from mmengine.config import Config
    config, checkpoint = find_trained(run)
    weights, plain = publish(Config.fromfile(config), checkpoint, tmp_path / 'out' / 'digits.pth')
    assert find_trained(weights) == (plain, weights)
