import pytest
from mmengine.config import Config

from ltplug.apis.overrides import find_odd, overrides_explained
from ltplug.engine.config_check import ConfigError

from .recipes.recipes import write_recipe

CFG = Config(dict(epochs=60, lr=0.1, scale=32, name='a', flag=True, none=None, steps=[1, 2]))


@pytest.mark.parametrize(('key', 'value', 'kinds'), [
    ('epochs', 'abc', 'a text where the config has an integer, 60'),
    ('epochs', 4.0, 'a number with a point where the config has an integer, 60'),
    ('lr', 'fast', 'a text where the config has a number with a point, 0.1'),
    ('scale', [32, 32], 'a list where the config has an integer, 32'),
    ('name', 3, "an integer where the config has a text, 'a'"),
    ('flag', 'yes', 'a text where the config has True or False, True'),
])
def test_another_kind(key, value, kinds):
    assert find_odd(CFG, {key: value}) == [(key, f'--cfg-options {key}={value} is {kinds}')]


@pytest.mark.parametrize(('key', 'value'), [
    ('epochs', 5), ('lr', 1), ('none', 'abc'), ('name', None), ('steps', (1, 2)), ('new.key', 3),
    ('name.key', 3),
])
def test_the_same_kind(key, value):
    assert not find_odd(CFG, {key: value})


def test_of_a_stage(tmp_path):
    recipe = write_recipe(tmp_path)
    ((key, _), ) = find_odd(recipe, {'classifier.train_cfg.max_epochs': 'abc', 'nowhere.lr': 3})
    assert key == 'classifier.train_cfg.max_epochs'


def test_it_is_told_only_where_something_fails():
    with overrides_explained(CFG, {'scale': [32, 32]}):
        pass
    with pytest.raises(ConfigError, match=r'has an integer, 32. That may be .*: no reason'), \
            overrides_explained(CFG, {'scale': [32, 32]}):
        raise AssertionError
    with pytest.raises(OSError, match='^disk$'), overrides_explained(CFG, {'epochs': 5}):
        raise OSError('disk')
    with pytest.raises(ValueError, match='^scale is odd$'), \
            overrides_explained(CFG, {'scale': 'a'}):
        raise ValueError('scale is odd')


def test_what_breaks_while_batches_run_is_left_as_it_is():
    def run_iter():
        raise RuntimeError('out of memory')

    with pytest.raises(RuntimeError, match='^out of memory$'), \
            overrides_explained(CFG, {'scale': 'a'}):
        run_iter()
