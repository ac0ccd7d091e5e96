import cv2

from ltplug.apis import quickstart as module
from ltplug.apis.training import train


def test_the_quickstart_compares_two_methods_and_draws_them(tmp_path, monkeypatch, capsys, configs):
    def train_briefly(config, folder, cfg_options, **kwargs):
        options = {**cfg_options, 'train_cfg.max_epochs': 2}
        return train(config, folder, cfg_options=options, **kwargs)

    monkeypatch.setattr(module, 'train', train_briefly)
    for _ in range(2):  # the second time it replaces its own runs
        picture = module.quickstart(configs, tmp_path / 'quick')
    assert cv2.imread(str(picture)) is not None
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[-2:] == ['CE', 'LDAM-DRW'] for line in lines if line.strip())
    assert sum(line.split()[:3] == ['All', '10', '371'] for line in lines) == 2
    assert any('epoch 2/2' in line for line in lines), 'the bar shows where a training is'
    assert picture.name in lines[-1]
