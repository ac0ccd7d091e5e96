"""What the documentation tells people to type works."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from ltplug.apis import train
from ltplug.apis.config import load_config
from ltplug.apis.recipes import load_recipe, run_recipe
from ltplug.datasets import Digits, LongTailSubset, Remainder

ROOT = Path(__file__).parent.parent


@pytest.fixture
def blocks(tmp_path, monkeypatch):
    """Write the files of the page on one's own data; returns its blocks of Python."""
    page = (ROOT / 'docs' / 'my_own_data.md').read_text(encoding='utf-8')
    blocks = re.findall(r'```python\n(.*?)```', page, re.DOTALL)
    (tmp_path / 'configs').symlink_to(ROOT / 'configs')
    (tmp_path / 'my_configs').mkdir()
    (tmp_path / 'my_configs' / 'mine.py').write_text(blocks[1])
    monkeypatch.chdir(tmp_path)
    return blocks


def test_own_data_train_even_where_validation_lacks_a_class(blocks):
    exec(blocks[0], {})
    for path in Path('data/mine/val/four').iterdir():
        path.unlink()
    Path('data/mine/val/four').rmdir()
    cfg = load_config('my_configs/mine.py', {
        'train_cfg.max_epochs': 1, 'train_dataloader.batch_size': 200,
        'train_dataloader.num_workers': 0, 'val_dataloader.num_workers': 0,
        'test_dataloader.num_workers': 0})
    results = train(cfg, work_dir='work')
    (details,) = results['groups']
    counts = dict(zip(details['class_names'], details['class_counts'], strict=True))
    assert counts['zero'] == 134 and counts['four'] == 23 and counts['nine'] == 2
    absent = details['class_names'].index('four')
    per_class = np.array(details['per_class'], dtype=float)
    assert np.flatnonzero(np.isnan(per_class)).tolist() == [absent]


def test_the_larger_model_is_a_config(blocks):
    Path('my_configs/large.py').write_text("_base_ = ['mine.py']\n" + blocks[3])
    assert load_config('my_configs/large.py').model.backbone.depth == 50


def test_a_folder_of_unlabelled_images_is_learned_from(blocks):
    exec(blocks[0], {})
    Path('my_configs/mine_self-training.py').write_text(blocks[4])
    Path('my_configs/mine_recipe.py').write_text(blocks[5])
    digits = Remainder(LongTailSubset(Digits(size=32), imbalance_ratio=50))
    Path('data/mine/unlabeled/some').mkdir(parents=True)
    for index in range(60):
        cv2.imwrite(f'data/mine/unlabeled/some/{index}.png', digits[index]['img'])
    short = {'train_cfg.max_epochs': 1, 'train_dataloader.batch_size': 200}
    for loader in ('train', 'val', 'test'):
        short[f'{loader}_dataloader.num_workers'] = 0
    results = run_recipe('my_configs/mine_recipe.py', 'work', cfg_options={
        f'{stage}.{key}': value for stage in ('base', 'self-training')
        for key, value in short.items()})
    assert list(results) == ['base', 'self-training']
    told = json.loads(Path('work/pseudo-labels/pseudo_labels.json').read_text())
    assert told['num_images'] == 60 and next(iter(told['classes'])) == 'eight'
    assert results['self-training']['groups'][0]['class_counts'] == \
        results['base']['groups'][0]['class_counts']


def test_a_stage_of_the_page_on_recipes_loads_the_features_of_another(tmp_path):
    page = (ROOT / 'docs' / 'recipes.md').read_text(encoding='utf-8')
    recipe, line, nested = re.findall(r'```python\n(.*?)```', page, re.DOTALL)
    given = (ROOT / 'configs/crt/crt_cifar-resnet20_digits-lt_recipe.py').read_text()
    assert recipe == given
    path = tmp_path / 'mine_recipe.py'
    path.write_text(f"""stages = [
dict(name='features', config='../ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py'),
{line}, {nested}]""".replace('../', f'{ROOT}/configs/'))
    stages = load_recipe(path).stages
    assert stages['ldam'].source.parts == {'backbone': 'backbone'}
    assert list(stages)[2:] == ['crt-features', 'crt-classifier']
    assert stages['crt-features'].source == stages['ldam'].source
