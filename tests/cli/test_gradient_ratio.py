import numpy as np
import pytest
import torch

from ltplug.apis.config import load_config
from ltplug.cli.gradient_ratio import gradient_ratio_main
from ltplug.engine.models import build_model

from ..engine.runs import ROOT

DIGITS = ROOT / 'configs/dscl/dscl-pbsd_cifar-resnet20_100e_digits-lt.py'


def finished(folder, alpha, **changes):
    """The work dir of a training of two steps of SCL or DSCL on the digits."""
    folder.mkdir()
    cfg = load_config(DIGITS, {'model.backbone.depth': 8, 'model.queue_len': 128, **changes})
    cfg.model.loss.alpha = alpha
    cfg.train_dataloader.update(batch_size=128, num_workers=0, persistent_workers=False)
    cfg.dump(folder / 'config.py')
    torch.manual_seed(1)
    torch.save({'state_dict': build_model(cfg).state_dict(), 'meta': {}}, folder / 'epoch_2.pth')
    return folder


def fails(*arguments):
    with pytest.raises(SystemExit) as stop:
        gradient_ratio_main(list(map(str, arguments)))
    return stop.value.code


def test_two_runs_before_and_after(tmp_path, monkeypatch, capsys):
    drawn = []
    monkeypatch.setattr('ltplug.visualization.plot_gradient_ratios',
                        lambda *args: drawn.append(args) or args[3])
    runs = [f'{name}={finished(tmp_path / name, alpha)}'
            for name, alpha in (('SCL', None), ('DSCL', 0.1))]
    gradient_ratio_main([*runs, '--epochs', '2', '--out', 'x.png'])
    ((ratios, theory, counts, _), ) = drawn
    assert counts[0] == 134 and list(ratios) == ['SCL', 'DSCL']
    assert list(ratios['SCL']) == ['untrained', 'trained']
    assert (ratios['SCL']['untrained'] != ratios['SCL']['trained']).any()
    # an untrained network hardly tells digits apart; a third of the queue is of class 0
    np.testing.assert_allclose(ratios['SCL']['untrained'][:5], theory['SCL'][:5], rtol=0.2)
    assert theory['SCL'][0] == pytest.approx(1 / (128 * 134 / 371), rel=0.15)
    assert theory['DSCL'][5] == pytest.approx(0.111, rel=0.05)
    told = capsys.readouterr().out
    assert 'Mean gradient ratio of the classes, DSCL' in told and 'init_weights' not in told
    row = next(line.split() for line in told.splitlines() if line.strip().startswith('Many'))
    assert row == ['Many', '1', *(f'{values[0]:.4f}' for values in (
        *ratios['SCL'].values(), theory['SCL']))]


def test_what_cannot_be_measured_is_told(tmp_path):
    run = finished(tmp_path / 'run', 0.1)
    other = finished(tmp_path / 'other', 0.1, **{'train_dataloader.dataset.imbalance_ratio': 20})
    assert 'NAME=PATH' in fails(run)
    assert 'is of other training data' in fails(f'A={run}', f'B={other}')
    (run / 'epoch_2.pth').unlink()
    assert 'has no config or no checkpoint' in fails(f'A={run}')
