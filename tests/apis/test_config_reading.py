import re

import pytest

from ltplug.apis.config import read_config
from ltplug.engine.config_check import ConfigError

NAME = 'ce_cifar-resnet20_60e_digits-lt'


@pytest.mark.parametrize(('text', 'sentence'), [
    ('model = dict(', r"{folder}/base.py, line 1: SyntaxError: '\(' was never closed"),
    ('\nepochs = EPOCHS', r"{folder}/base.py, line 2: NameError: name 'EPOCHS' is not defined"),
    ("_base_ = ['mine.py']", '{folder}/(mine|base).py inherits itself: take it, or'),
    (f"_base_ = ['ltplug::{NAME}.py']",
     rf"{{folder}}/base.py inherits .* without its folder: write 'ltplug::ce/{NAME}.py'"),
    ("_base_ = ['other.py']\nx = {{{{_base_.nothing}}}}", '{folder}/base.py: KeyError: '),
    ("_base_ = ['other.py', 'same.py']", '{folder}/base.py inherits two files that set the same k'),
    ("custom_imports = dict(imports=['ltplug', 'no_such_module'])",
     'custom_imports of {folder}/mine.py cannot be imported: Failed to import no_such_module; PY'),
    ("custom_imports = dict(imports=['broken_module'])",
     r'{folder}/broken_module.py, line 3: ZeroDivisionError: division by zero'),
])
def test_a_mistake_names_its_file(tmp_path, monkeypatch, text, sentence):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / 'broken_module.py').write_text('\n\nx = 1 / 0\n')
    for name in ('other', 'same'):
        (tmp_path / f'{name}.py').write_text('y = 1\n')
    (tmp_path / 'base.py').write_text(text.replace('{{{{', '{{').replace('}}}}', '}}'))
    (tmp_path / 'mine.py').write_text("_base_ = ['base.py']\n")
    with pytest.raises(ConfigError, match=sentence.replace('{folder}', re.escape(str(tmp_path)))):
        read_config(tmp_path / 'mine.py')


def test_a_base_that_is_not_there_is_named_with_who_inherits_it(tmp_path):
    (tmp_path / 'mine.py').write_text("_base_ = ['gone.py']\n")
    with pytest.raises(FileNotFoundError, match=rf'{tmp_path}/mine.py inherits {tmp_path}/gone.py, '
                                                'which does not exist: correct its _base_'):
        read_config(tmp_path / 'mine.py')
