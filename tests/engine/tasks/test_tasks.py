import json

import numpy as np
import pytest
import torch
from mmengine.config import Config

from ltplug.apis import run_recipe
from ltplug.apis.recipes import load_recipe
from ltplug.datasets import gt_labels
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.checkpoint_meta import META_KEY
from ltplug.engine.config_check import ConfigError
from ltplug.engine.features import extract_features
from ltplug.engine.models import load_model
from ltplug.engine.tasks import LogitAdjustmentTask, TauNormalizationTask
from ltplug.ops import class_means, nearest_class_mean_logits, normalize_features
from ltplug.registry import DATASETS

from ...apis.recipes.recipes import write_recipe

# 40 training images of every class are held out, and tau is chosen on them.
HELD_OUT = """{
    'train_dataloader.dataset.dataset': dict(
        type='ltplug.HoldOut', images_per_class=40, part='train', _delete_=True,
        dataset=dict(type='ltplug.Digits', split='train', pipeline=[dict(type='PackInputs')])),
    'val_dataloader.dataset': dict(
        type='ltplug.HoldOut', images_per_class=40, part='val', _delete_=True,
        dataset=dict(type='ltplug.Digits', split='train', pipeline=[dict(type='PackInputs')])),
}"""
STAGES = f"""
dict(name='features', config='short.py', overrides={HELD_OUT}),
dict(name='tau_1', task=dict(type='ltplug.TauNormalizationTask'), load_from='features'),
dict(name='tau_grid', task=dict(type='ltplug.TauNormalizationTask', tau=[0.0, 0.5, 1.0, 1.5]),
     load_from='features'),
dict(name='adjusted', task=dict(type='ltplug.LogitAdjustmentTask', tau=0.5),
     load_from='features'),
dict(name='means', task=dict(type='ltplug.NearestClassMeanTask'), load_from='features'),
"""


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp('tasks')
    recipe = write_recipe(folder, STAGES)
    return load_recipe(recipe), folder / 'run', run_recipe(recipe, folder / 'run')


def state(folder, stage):
    name = 'epoch_3.pth' if stage == 'features' else 'checkpoint.pth'
    return load_checkpoint_file(folder / stage / name)


def features_of(finished, loader):
    recipe, work_dir, _ = finished
    config = recipe.stages['features'].config
    model = load_model(config, state(work_dir, 'features')['state_dict'])
    dataset = DATASETS.build(config[loader].dataset)
    return torch.from_numpy(extract_features(model, dataset)), gt_labels(dataset)


def accuracy(logits, labels):
    return 100 * float((logits.argmax(dim=1).numpy() == labels).mean())


def test_tau_normalisation_is_what_the_formula_says(finished):
    _, work_dir, results = finished
    old = state(work_dir, 'features')['state_dict']['head.fc.weight']
    new = state(work_dir, 'tau_1')['state_dict']
    torch.testing.assert_close(new['head.fc.weight'], torch.nn.functional.normalize(old, dim=1))
    assert not new['head.fc.bias'].any()
    features, labels = features_of(finished, 'test_dataloader')
    expected = accuracy(features @ new['head.fc.weight'].T, labels)
    assert results['tau_1']['metrics']['group_accuracy/top1'] == pytest.approx(expected)


def test_tau_is_chosen_on_the_validation_data(finished):
    _, work_dir, _ = finished
    selection = json.loads((work_dir / 'tau_grid' / 'selection.json').read_text())
    features, labels = features_of(finished, 'val_dataloader')
    weight = state(work_dir, 'features')['state_dict']['head.fc.weight']
    for tau, found in selection['validation_mean_class'].items():
        logits = features @ (weight / weight.norm(dim=1, keepdim=True)**float(tau)).T
        predicted = logits.argmax(dim=1).numpy()
        per_class = [(predicted[labels == label] == label).mean() for label in range(10)]
        assert 100 * np.mean(per_class) == pytest.approx(found)
    best = max(selection['validation_mean_class'].values())
    assert selection['validation_mean_class'][str(selection['tau'])] == best


def test_logit_adjustment_is_in_the_bias(finished):
    _, work_dir, _ = finished
    old, new = (state(work_dir, stage) for stage in ('features', 'adjusted'))
    counts = np.array(old['meta'][META_KEY]['class_counts'])
    shift = old['state_dict']['head.fc.bias'] - new['state_dict']['head.fc.bias']
    np.testing.assert_allclose(shift, 0.5 * np.log(counts / counts.sum()), rtol=1e-5)
    assert torch.equal(old['state_dict']['head.fc.weight'], new['state_dict']['head.fc.weight'])


def test_nearest_class_means(finished):
    _, work_dir, results = finished
    train, train_labels = features_of(finished, 'train_dataloader')
    test, labels = features_of(finished, 'test_dataloader')
    mean = train.mean(dim=0)
    means = class_means(normalize_features(train, 'cl2n', mean), torch.from_numpy(train_labels), 10)
    expected = nearest_class_mean_logits(normalize_features(test, 'cl2n', mean), means, 'l2')
    torch.testing.assert_close(state(work_dir, 'means')['state_dict']['head.class_means'], means,
                               atol=1e-5, rtol=1e-5)
    found = results['means']['metrics']['group_accuracy/top1']
    assert found == pytest.approx(accuracy(expected, labels), abs=0.3)


def test_groups_travel_with_the_checkpoints(finished):
    _, work_dir, results = finished
    counts = state(work_dir, 'features')['meta'][META_KEY]['group_counts']
    for stage, result in results.items():
        assert result['groups'][0]['class_counts'] == counts, stage


@pytest.mark.parametrize(('task', 'sentence'), [
    (dict(type='ltplug.TauNormalizationTask', tau=[]), 'an empty list'),
    (dict(type='ltplug.TauNormalizationTask', tau=-1), 'at least 0, got -1'),
    (dict(type='ltplug.NearestClassMeanTask', metric='l3'), "got 'l3'"),
])
def test_mistakes_in_arguments(tmp_path, task, sentence):
    stages = f"dict(name='a', config='short.py'), dict(name='b', task={task}, load_from='a'),"
    with pytest.raises(ConfigError) as error:
        load_recipe(write_recipe(tmp_path, stages))
    assert sentence in str(error.value)


@pytest.mark.parametrize('kind', [TauNormalizationTask, LogitAdjustmentTask])
def test_other_classifiers_are_refused(kind):
    config = Config(dict(model=dict(head=dict(type='ltplug.CosineLinearClsHead'))))
    with pytest.raises(ValueError, match='a model with ltplug.CosineLinearClsHead'):
        kind().output_config(config)
