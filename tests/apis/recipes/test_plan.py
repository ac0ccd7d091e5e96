import pytest

from ltplug.apis.recipes import load_recipe
from ltplug.engine.config_check import ConfigError

from .recipes import CE, write_recipe


def test_stages_are_configs_with_overrides(tmp_path):
    recipe = load_recipe(write_recipe(tmp_path), {'classifier.train_cfg.max_epochs': 2})
    features, classifier = recipe.stages.values()
    assert features.config.train_dataloader.dataset.imbalance_ratio == 50
    assert classifier.config.train_dataloader.dataset.imbalance_ratio == 1
    assert (features.config.train_cfg.max_epochs, classifier.config.train_cfg.max_epochs) == (3, 2)
    assert classifier.needs == ['features']
    assert recipe.groups_from == 'features'
    assert recipe.work_dir == 'work_dirs/recipe'


def test_groups_can_come_from_another_stage(tmp_path):
    recipe = load_recipe(write_recipe(tmp_path, more="groups_from = 'classifier'"))
    assert recipe.groups_from == 'classifier'


def test_a_config_is_a_recipe_of_one_stage():
    recipe = load_recipe(CE, {'train_cfg.max_epochs': 2})
    (stage,) = recipe.stages.values()
    assert stage.name == 'training'
    assert stage.config.train_cfg.max_epochs == 2


@pytest.mark.parametrize(('stages', 'sentence'), [
    ('', 'at least one stage'),
    ("dict(config='short.py'),", 'stages.0 must be a dict with a name'),
    ("dict(name='../x', config='short.py'),", 'becomes a folder'),
    ("dict(name='x', config='short.py'), dict(name='x', config='short.py'),",
     "Two stages are called 'x'"),
    ("dict(name='x', confg='short.py'),", "'confg' that nothing takes (did you mean config?)"),
    ("dict(name='x'),", 'either a config'),
    ("dict(name='x', config='missing.py'),", 'no config file'),
    ("dict(name='x', config='short.py', load_from='y'),", "needs stage 'y', which the recipe does"),
    ("dict(name='first', config='short.py', load_from='frist'),", 'did you mean first?'),
    ("dict(name='x', config='short.py', load_from='y'),"
     "dict(name='y', config='short.py', load_from='x'),",
     'in a circle: x needs y needs x'),
    ("dict(name='x', config='short.py', load_from='x'),", 'in a circle: x needs x'),
    ("dict(name='x', config='short.py', load_from='y'), dict(name='y', config='short.py'),",
     "comes later: list 'y' first"),
    ("dict(name='x', config='short.py', load_from=dict(stage='y', prefix='a')),",
     "'prefix' that nothing takes"),
    ("dict(name='x', config='short.py', overrides={'default_hooks.checkpoint_fit.parts': "
     "dict(backbone='backbone')}),", "loads parts (backbone) of a checkpoint, but of none"),
    ("dict(name='x', config='short.py', overrides={'train_cfg.max_epoch': 1}),",
     "Stage 'x': train_cfg.max_epoch is taken by nothing"),
    ("dict(name='x', config='short.py'), dict(name='y', config='short.py', "
     "inputs={'load_from': 'x.labels'}),",
     "asks stage 'x' for 'labels', but it makes checkpoint"),
    ("dict(name='x', task=dict(type='ltplug.TauNormalisationTask')),",
     'did you mean ltplug.TauNormalizationTask?'),
    ("dict(name='x', task=dict(type='ltplug.TauNormalizationTask', taus=1)),",
     "takes no 'taus'"),
    ("dict(name='x', task=dict(type='ltplug.TauNormalizationTask')),",
     'a model with no head'),
    ("dict(name='x', config='short.py'), dict(name='y', load_from='x', "
     "task=dict(type='ltplug.TauNormalizationTask', tau=[0, 1])),",
     'nothing is chosen on the test set'),
])
def test_mistakes_are_told(tmp_path, stages, sentence):
    with pytest.raises(ConfigError) as error:
        load_recipe(write_recipe(tmp_path, stages))
    assert sentence in str(error.value)


@pytest.mark.parametrize(('options', 'sentence'), [
    ({'train_cfg.max_epochs': 2}, 'begin with the name of a stage (features, classifier)'),
    ({'features': 2}, 'features.KEY=VALUE'),
    ({'features.train_cfg.max_epoch': 2}, 'did you mean max_epochs?'),
])
def test_mistakes_in_overrides_are_told(tmp_path, options, sentence):
    with pytest.raises(ConfigError) as error:
        load_recipe(write_recipe(tmp_path), options)
    assert sentence in str(error.value)


def test_unknown_keys_of_a_recipe_are_told(tmp_path):
    with pytest.raises(ConfigError, match='did you mean groups_from'):
        load_recipe(write_recipe(tmp_path, more="group_from = 'features'"))
    with pytest.raises(ConfigError, match="names 'feature', which is no stage"):
        load_recipe(write_recipe(tmp_path, more="groups_from = 'feature'"))


def test_a_hook_may_be_switched_off(tmp_path):
    recipe = load_recipe(write_recipe(tmp_path), {'features.default_hooks.timer': None})
    assert recipe.stages['features'].config.default_hooks.timer is None
