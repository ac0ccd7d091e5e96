import shutil
from contextlib import nullcontext
from functools import partial
from types import SimpleNamespace
from unittest.mock import Mock

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import EpochBasedTrainLoop, ValLoop
from mmengine.runner import TestLoop as TEST_LOOP
from mmpretrain.models import BaseSelfSupervisor, ImageClassifier, ImageToImageRetriever

from ltplug.apis import test as run_test
from ltplug.apis import train
from ltplug.apis.data_check import DataCheckHook
from ltplug.datasets import Digits
from ltplug.engine import ClassCountsHook
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.class_check import (
    check_test_data,
    check_tested_classes,
    check_training_classes,
)

from .runs import ROOT

COUNTS = dict(cat=24, dog=12, fish=6, owl=3)
CE = ROOT / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py'
PIPELINE = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]


@pytest.fixture
def folders(tmp_path):
    """Folders of training and validation images of four classes."""
    rng = np.random.default_rng(0)
    for split in ('train', 'val'):
        for name, count in COUNTS.items():
            (tmp_path / split / name).mkdir(parents=True)
            for number in range(count if split == 'train' else 2):
                cv2.imwrite(str(tmp_path / split / name / f'{number}.png'),
                            rng.integers(0, 255, (16, 16, 3), dtype=np.uint8))
    return tmp_path


def config(folders, kind='CustomDataset', num_classes=4, **val):
    cfg = Config.fromfile(CE)
    cfg.train_cfg.max_epochs = cfg.train_cfg.val_interval = 1
    cfg.model.backbone.depth = 8
    cfg.model.head.num_classes = cfg.data_preprocessor.num_classes = num_classes
    data = dict(type=kind, pipeline=PIPELINE)
    cfg.train_dataloader.dataset = dict(
        type='ltplug.DrawDataset', dataset=dict(data, data_root=str(folders / 'train')))
    for key in ('val_dataloader', 'test_dataloader'):
        cfg[key].dataset = dict(data, data_root=str(folders / 'val'), **val)
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        cfg[key].num_workers = 0
    return cfg


def test_a_folder_that_one_split_lacks_is_refused_before_training(folders):
    shutil.rmtree(folders / 'val' / 'dog')
    with pytest.raises(ValueError, match="Label 1 is 'fish' in the validation data, but 'dog' in"):
        train(config(folders), folders / 'run')
    assert not list(folders.glob('run/*.pth'))


def test_a_renamed_folder_is_refused_in_a_test_alone(folders):
    cfg = config(folders)
    train(cfg, folders / 'run')
    checkpoint = folders / 'run/epoch_1.pth'
    assert load_checkpoint_file(checkpoint)['meta']['dataset_meta']['classes'] == tuple(COUNTS)
    (folders / 'val/dog').rename(folders / 'val/Dog')
    with pytest.raises(ValueError, match="Label 0 is 'Dog' in the test data, but 'cat' in the "
                                         'training data of the checkpoint'):
        run_test(cfg, checkpoint, folders / 'again')
    cfg = config(folders, metainfo=dict(classes=list(COUNTS)))
    assert run_test(cfg, checkpoint, folders / 'named')['groups'], 'names that the user vouches for'


def test_test_data_of_other_classes_are_refused_before_training(folders):
    shutil.copytree(folders / 'val', folders / 'test')
    (folders / 'test/dog').rename(folders / 'test/Dog')
    cfg = config(folders)
    cfg.test_dataloader.dataset.data_root = str(folders / 'test')
    with pytest.raises(ValueError, match="Label 0 is 'Dog' in the test data, but 'cat' in the"):
        train(cfg, folders / 'run')
    assert not list(folders.glob('run/*.pth'))


def trains(model=ImageClassifier, head=None, learned='ab', validated=None, **loaders):
    """Return what checks see of a training."""
    train, val = (Mock(dataset=SimpleNamespace(metainfo=dict(classes=list(names or ()))))
                  for names in (learned, validated))
    return SimpleNamespace(
        model=Mock(spec=model, head=head), hooks=[], cfg=Config(loaders), train_dataloader=train,
        _train_loop=Mock(spec=EpochBasedTrainLoop, dataloader=train),
        _val_loop=None if validated is None else Mock(
            spec=ValLoop, dataloader=val, evaluator=SimpleNamespace(metrics=[])),
        _resume=False)


class Drawing(Digits):
    read = 0

    def load_data_list(self):
        type(self).read += 1
        torch.rand(1)
        return super().load_data_list()


DRAWING = dict(dataset=dict(type=Drawing, size=8, split='test'))


def test_a_look_at_test_data_changes_no_random_number():
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="Label 0 is '0' in the test data, but 'a' in the"):
        DataCheckHook().before_run(trains(test_dataloader=DRAWING))
    assert torch.get_rng_state().equal(before)


def test_test_data_are_read_where_they_are_compared_only():
    runner = trains(validated='ab', test_dataloader=DRAWING, val_dataloader=DRAWING)
    for test_loop, model in ((None, ImageClassifier), (Mock(spec=TEST_LOOP), ImageClassifier),
                             (None, BaseSelfSupervisor)):
        runner._test_loop, runner.model = test_loop, Mock(spec=model)
        Drawing.read = 0
        check_test_data(runner)
        assert not Drawing.read, 'they are the validation data, are built, or have no classes'
        runner.cfg.val_dataloader = None
    runner = trains(test_dataloader=dict(dataset=dict(type='CIFAR10', data_root='nowhere',
                                                      split='test', download=False)))
    check_test_data(runner)


def test_names_may_be_more_than_classes_and_validation_data_without_labels():
    check_training_classes(trains(head=SimpleNamespace(num_classes=1), validated=''))


@pytest.mark.parametrize('hook', [ClassCountsHook, DataCheckHook])
def test_a_training_may_start_from_a_checkpoint_of_other_classes(hook):
    checkpoint = {'meta': {'dataset_meta': dict(classes=['x', 'y'])}}
    runner = trains(validated='ab')
    hook().after_load_checkpoint(runner, checkpoint)
    runner._train_loop = None
    with pytest.raises(ValueError, match="Label 0 is 'a' in the validation data, but 'x' in"):
        hook().after_load_checkpoint(runner, checkpoint)


def test_classes_without_test_images_are_fine_where_labels_agree(folders):
    shutil.rmtree(folders / 'val' / 'dog')
    cfg = config(folders, 'ltplug.ImageFolderDataset', classes_from=str(folders / 'train'))
    results = train(cfg, folders / 'run')
    assert results['groups'][0]['per_class'][1] is None
    assert results['groups'][0]['class_names'] == list(COUNTS)


def test_a_test_set_that_lacks_the_last_class_alone_has_its_report(folders, monkeypatch):
    monkeypatch.setenv('LTPLUG_REPORT', '1')
    shutil.rmtree(folders / 'val' / 'owl')
    results = train(config(folders), folders / 'run')
    assert results['groups'][0]['class_names'] == ['cat', 'dog', 'fish', '3']
    assert 'fish' in (folders / 'run/report.html').read_text()


def test_labels_of_lists_without_names_must_be_those_of_the_head(folders):
    (folders / 'val.txt').write_text('val/cat/0.png 0\nval/owl/0.png 4\n')
    cfg = config(folders)
    for key in ('val_dataloader', 'test_dataloader'):
        cfg[key].dataset = dict(type='ltplug.ImageListDataset', ann_file='val.txt',
                                data_root=str(folders), pipeline=PIPELINE)
    with pytest.raises(ValueError, match='In the validation data: The labels run from 0 to 4'):
        train(cfg, folders / 'run')


def test_labels_to_train_on_must_be_those_of_the_head_without_class_counts_too(folders):
    (folders / 'train.txt').write_text('train/cat/0.png 0\ntrain/owl/0.png 4\n')
    cfg = config(folders)
    cfg.default_hooks.class_counts = None
    cfg.default_hooks.pop('run_summary')
    cfg.val_evaluator = cfg.test_evaluator = dict(type='Accuracy')
    cfg.train_dataloader.dataset.dataset = dict(
        type='ltplug.ImageListDataset', ann_file='train.txt', data_root=str(folders),
        pipeline=PIPELINE)
    with pytest.raises(ValueError, match='In the training data: The labels run from 0 to 4'):
        train(cfg, folders / 'run')


@pytest.mark.parametrize(('model', 'refuses'), [
    (ImageClassifier, True), (ImageToImageRetriever, False)])
def test_retrieval_may_be_tested_on_classes_that_were_not_learned(model, refuses):
    runner = trains(model, validated='cd')
    checkpoint = {'meta': {'dataset_meta': dict(classes=['a', 'b'])}}
    for check in (check_training_classes, partial(check_tested_classes, checkpoint=checkpoint)):
        with pytest.raises(ValueError, match="is 'c' in the validation data") if refuses \
                else nullcontext():
            check(runner)


def test_a_head_of_more_classes_than_the_data_name_is_refused(folders):
    with pytest.raises(ValueError, match='The head has 7 classes, but the training data 4 '
                                         r'\(cat, dog, fish, owl\)'):
        train(config(folders, num_classes=7), folders / 'run')


@pytest.mark.parametrize(('part', 'topk'), [('val', (1, 5)), ('test', 5)])
def test_a_metric_that_looks_at_more_classes_than_there_are_is_refused(folders, part, topk):
    cfg = config(folders)
    cfg[f'{part}_evaluator'] = [dict(type='Accuracy', topk=topk), dict(type='ltplug.GroupAccuracy')]
    with pytest.raises(ValueError, match=f'topk=5 of Accuracy in {part}_evaluator is larger than '
                                         'the number of classes, 4: lower it'):
        train(cfg, folders / 'run')
    assert not list(folders.glob('run/*.pth'))


def test_a_resumed_run_has_the_classes_that_it_was_begun_with(folders):
    cfg = config(folders)
    train(cfg, folders / 'run')
    (folders / 'train/cat/0.png').unlink()
    train(cfg, folders / 'run', resume='auto')
    logs = ''.join(path.read_text() for path in (folders / 'run').glob('*/*.log'))
    assert "not those the run was begun with: class 'cat' had 24 images, and has 23" in logs
    for split in ('train', 'val'):
        (folders / split / 'dog').rename(folders / split / 'hound')
    with pytest.raises(ValueError, match="label 1 was 'dog' and is 'fish' now. Put the classes"):
        train(cfg, folders / 'run', resume='auto')
    cfg.default_hooks.class_counts = None
    cfg.default_hooks.pop('run_summary')
    cfg.val_evaluator = cfg.test_evaluator = dict(type='Accuracy')
    train(cfg, folders / 'other')
    (folders / 'train/hound').rename(folders / 'train/dog')
    shutil.rmtree(folders / 'val')
    shutil.copytree(folders / 'train', folders / 'val')
    with pytest.raises(ValueError, match="label 1 was 'fish' and is 'dog' now"):
        train(cfg, folders / 'other', resume='auto')


def test_classes_without_training_images_are_told(folders, capsys):
    (folders / 'list.txt').write_text('train/cat/0.png 0\ntrain/owl/0.png 3\n')
    cfg = config(folders)
    cfg.train_dataloader.dataset.dataset = dict(
        type='ltplug.ImageListDataset', ann_file='list.txt', data_root=str(folders),
        classes=list(COUNTS), pipeline=PIPELINE)
    train(cfg, folders / 'run')
    assert '2 of 4 classes have no training image, and are never learned: dog, fish.' in \
        capsys.readouterr().out


def test_without_class_counts_classes_are_compared_too(folders):
    cfg = config(folders)
    cfg.default_hooks.class_counts = None
    cfg.default_hooks.pop('run_summary')
    cfg.val_evaluator = cfg.test_evaluator = dict(type='Accuracy')
    train(cfg, folders / 'run')
    (folders / 'val/dog').rename(folders / 'val/Dog')
    with pytest.raises(ValueError, match="Label 0 is 'Dog' in the test data"):
        run_test(cfg, folders / 'run/epoch_1.pth', folders / 'again')
    with pytest.raises(ValueError, match="Label 0 is 'Dog' in the validation data"):
        train(cfg, folders / 'other')


@pytest.mark.parametrize('workers', [0, 1])
@pytest.mark.parametrize('split', ['train', 'val'])
def test_a_broken_image_of_any_data_is_named(folders, split, workers):
    (folders / split / 'cat/0.png').write_bytes(b'')
    cfg = config(folders)
    for key in ('train_dataloader', 'val_dataloader'):
        cfg[key].num_workers = workers
        cfg[key].persistent_workers = False
    if split == 'train':
        cfg.train_dataloader.dataset = cfg.train_dataloader.dataset.dataset
    with pytest.raises(RuntimeError, match=f'{split}/cat/0.png is no image that can be read'):
        train(cfg, folders / 'run')
