import pytest

from ltplug.cli.precision import compare_precision_main

from ..engine.runs import ROOT

CE = ROOT / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py'
SMALL = ['--epochs', '2', '--cfg-options', 'model.backbone.depth=8',
         'train_dataloader.num_workers=0', 'train_dataloader.batch_size=64']


def test_a_row_for_every_config(capsys):
    compare_precision_main([str(CE), '--seeds', '0,1', *SMALL])
    *_, head, _, row = capsys.readouterr().out.splitlines()
    assert head.startswith('| config | loss | loss, precision=bf16 | difference |')
    name, *numbers = [cell.strip() for cell in row.strip('|').split('|')]
    full, mixed, difference, between_seeds, ratio = map(float, numbers)
    assert name == CE.stem and abs(full - mixed) < 0.1
    assert 0 < difference < between_seeds, 'rounding moves less than another start'
    assert ratio == pytest.approx(difference / between_seeds, abs=0.05)


def test_what_cannot_be_compared_is_told():
    for arguments, sentence in ((['--seeds', '3'], 'give at least two, --seeds 0,1'),
                                (['--other', 'precision=fp16'], 'float16 needs a GPU'),
                                (['--other', 'channels_last'], '--other takes KEY=VALUE'),
                                (['--other', 'channels=1'], 'channels is taken by nothing')):
        with pytest.raises(SystemExit) as stop:
            compare_precision_main([str(CE), *arguments])
        assert sentence in stop.value.code
