import csv
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

import ltplug.apis as lt
from ltplug.cli.predict import export_main, predict_main
from ltplug.datasets import Digits
from ltplug.engine.models import build_model

ROOT = Path(__file__).parent.parent.parent
LDAM = ROOT / 'configs/ldam/ldam-drw_cifar-resnet20_60e_digits-lt.py'
COUNTS = [134, 86, 56, 36, 23, 15, 9, 6, 4, 2]


@pytest.fixture(scope='module')
def work_dir(tmp_path_factory) -> Path:
    """Config and checkpoint of a model with random weights."""
    folder = tmp_path_factory.mktemp('run')
    config = Config.fromfile(LDAM)
    config.dump(folder / 'mine.py')
    torch.manual_seed(0)
    meta = {'dataset_meta': {'classes': [f'digit {c}' for c in range(10)]},
            'ltplug': {'class_counts': COUNTS, 'group_counts': COUNTS}}
    torch.save({'state_dict': build_model(config).state_dict(), 'meta': meta},
               folder / 'epoch_1.pth')
    return folder


@pytest.fixture(scope='module')
def images(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp('images')
    digits = Digits(split='test')
    for index in range(0, 400, 9):
        info = digits.get_data_info(index)
        path = folder / f'digit {info["gt_label"]}' / f'{index:03}.png'
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), info['img'])
    return folder


def predict(*arguments) -> None:
    predict_main([*map(str, arguments), '--device', 'cpu', '--num-workers', '0'])


def test_a_table_of_a_folder(work_dir, images, tmp_path, capsys):
    out = tmp_path / 'new' / 'out.csv'
    predict(work_dir, images, '--out', out, '--topk', 3, '--batch-size', 7)
    assert f'Predictions: {out}' in capsys.readouterr().out
    with open(out, newline='') as file:
        rows = list(csv.DictReader(file))
    expected = lt.load_model(work_dir, device='cpu').predict(images)
    assert len(rows) == len(expected) == 45
    for row, each in zip(rows, expected, strict=True):
        assert row['image'] == each.image and row['pred_class'] == each.pred_class
        assert int(row['pred_label']) == each.pred_label and row['class_3'] == each.classes[2]
        assert float(row['pred_score']) == pytest.approx(each.pred_score, abs=1e-5)
    assert 'class_4' not in rows[0] and not any(row['error'] for row in rows)


def test_a_config_and_a_checkpoint_and_json(work_dir, images, tmp_path):
    files = sorted(images.glob('*/*.png'))[:3]
    predict(LDAM, work_dir / 'epoch_1.pth', *files, images / 'digit 7', '--out',
            tmp_path / 'out.json', '--topk', 99)
    rows = json.loads((tmp_path / 'out.json').read_text())
    assert [row['image'] for row in rows[:3]] == [str(path) for path in files]
    assert all('digit 7' in row['image'] for row in rows[3:]) and len(rows) > 5
    assert all(len(row['topk']) == 10 for row in rows)


def test_without_a_file_the_predictions_are_printed(work_dir, images, capsys):
    predict(work_dir / 'epoch_1.pth', images / 'digit 3', '--topk', 2)
    lines = [line for line in capsys.readouterr().out.splitlines() if '.png: ' in line]
    assert len(lines) == len(list((images / 'digit 3').iterdir()))
    assert all(line.count('digit ') == 3 and line.endswith('%') for line in lines)


def test_groups_of_a_labelled_folder(work_dir, images, capsys):
    predict(work_dir, images, '--labels-from-folders')
    model = lt.load_model(work_dir, device='cpu')
    table = str(lt.group_metrics(model.predict(images), 'folders'))
    printed = capsys.readouterr().out
    assert table in printed and 'Few' in table


def test_folders_that_are_no_classes_are_told_before_anything_is_read(work_dir, images, tmp_path):
    with pytest.raises(SystemExit) as stop:
        predict(work_dir, images.parent, '--labels-from-folders', '--out', tmp_path / 'out.csv')
    assert 'is none of the 10 classes of the model (digit 0, digit 1' in stop.value.code
    assert not (tmp_path / 'out.csv').exists()


def test_unreadable_images_are_named(work_dir, images, tmp_path, capsys):
    for number in range(7):
        (tmp_path / f'bad{number}.png').write_bytes(b'no image')
    cv2.imwrite(str(tmp_path / 'good.png'), np.zeros((16, 16, 3), np.uint8))
    predict(work_dir, tmp_path, '--out', tmp_path / 'out.csv')
    told = capsys.readouterr().err
    assert '7 of 8 images cannot be read: ' in told and 'bad0.png (cannot identify' in told
    assert 'bad5.png' not in told and 'and 2 more.' in told
    rows = list(csv.reader((tmp_path / 'out.csv').open()))
    assert [bool(row[-1]) for row in rows[1:]] == [True] * 7 + [False]


@pytest.mark.parametrize(('arguments', 'sentence'), [
    (['{run}'], 'arguments are required: IMAGES'),
    (['{run}/mine.py', '{run}/epoch_1.pth'], 'no images are given'),
    (['{run}/mine.py', '{images}'], 'is a config and has no weights: give the checkpoint too'),
    (['{run}', '{images}', '--out', 'x.txt'], 'written as .csv or .json'),
    (['{run}', 'absent.png'], 'can be predicted; the first is absent.png: No such file'),
    (['nowhere', '{images}'], 'There is no work dir or checkpoint nowhere'),
    (['{run}', '{images}', '--channel-order', 'rgb', '--cfg-options', 'modle.type=x'],
     'modle'),
])
def test_mistakes_end_in_a_sentence(arguments, sentence, work_dir, images, capsys):
    with pytest.raises(SystemExit) as stop:
        predict(*(text.format(run=work_dir, images=images) for text in arguments))
    told = stop.value.code if isinstance(stop.value.code, str) else capsys.readouterr().err
    assert sentence in told


def test_export_and_the_scripts(work_dir, images, tmp_path, capsys):
    export_main([str(work_dir), str(tmp_path / 'a.pt'), '--device', 'cpu'])
    export_main([str(LDAM), str(work_dir / 'epoch_1.pth'), str(tmp_path / 'b.pt')])
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / 'b.pt')
    zeros = torch.zeros(2, 3, 16, 16)
    outputs = [torch.jit.load(tmp_path / name)(zeros) for name in ('a.pt', 'b.pt')]
    assert outputs[0].equal(outputs[1]) and outputs[0].shape == (2, 10)
    for script in ('tools/predict.py', 'tools/model_converters/export.py'):
        result = subprocess.run([sys.executable, script, '--help'], cwd=ROOT, text=True,
                                env={'PYTHONPATH': str(ROOT)}, capture_output=True)
        assert result.returncode == 0 and 'MODEL [CHECKPOINT]' in result.stdout, result.stderr
