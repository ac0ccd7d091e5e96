"""Blocks of code in README and docs work.

A comment before a block says what is tested; it does not show on the page:

- ``<!-- test: run -->``: the commands, or the Python, run;
- ``<!-- test: file PATH -->``: the block is written to this file, for the commands of the page;
- ``<!-- test: skip REASON -->``: only the syntax is looked at.

Without one, commands are tried without being run: arguments are parsed, configs, overrides and
stages are checked as ``--dry-run`` does, and files of the repository must be there. Python must
compile, and name components that exist. Commands inside of the text are tried too. Blocks of a page
share a folder.
"""

import builtins
import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from doc_pages import PAGES, ROOT, Block, blocks, inline_commands
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

from ltplug.apis import group_metrics, load_model
from ltplug.engine.checkpoint_io import load_checkpoint_file

from .checking import check_command, check_python, run_command
from .shell import commands_of, inside, make_sandbox

SHELL = ('bash', 'sh', 'shell', 'console')
TAGS = ('', 'run', 'file', 'skip')
PAGES_WITH_BLOCKS = [page for page in PAGES if blocks(page) or inline_commands(page)]


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    folder = make_sandbox(tmp_path)
    monkeypatch.chdir(folder)
    return folder


def check(block: Block, sandbox: Path, names: dict) -> None:
    """Do with a block what its tag says."""
    assert block.tag in TAGS, f'no such tag: {block.tag}'
    if block.tag == 'file':
        path = sandbox / block.reason
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
    if block.language == 'python':
        check_python(block.text)
        if block.tag == 'run':
            exec(compile(block.text, str(block), 'exec'), names)
    elif block.language in SHELL:
        commands = [] if block.tag == 'skip' else commands_of(block, sandbox)
        for command in commands:
            if block.tag == 'run':
                run_command(command)
            else:
                check_command(command)
    if block.tag == 'skip':
        assert block.reason, 'say why it is skipped'


@pytest.mark.parametrize('page', PAGES_WITH_BLOCKS, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_work(page, sandbox):
    names = {'__name__': 'docs', '__builtins__': builtins}
    mistakes = []
    for block in blocks(page) + inline_commands(page):
        init_default_scope('mmpretrain')
        try:
            with inside(sandbox):
                check(block, sandbox, names)
        except AssertionError as mistake:
            mistakes.append(f'{block}: {mistake}')
    assert not mistakes, '\n'.join(mistakes)
    AFTERWARDS.get(page.name, lambda sandbox: None)(sandbox)


def check_example_of_a_method(sandbox: Path) -> None:
    """The loss is the formula of the page, and the method's memory is in its checkpoint."""
    logits, labels = torch.tensor([[1.0, 2.0], [3.0, -1.0]]), torch.tensor([1, 0])
    found = MODELS.get('CDTLoss')(gamma=0.5, class_counts=[8, 2])(logits, labels)
    expected = F.cross_entropy(logits / torch.tensor([1.0, 2.0]), labels)
    torch.testing.assert_close(found, expected)
    checkpoint = load_checkpoint_file(sandbox / 'work_dirs/try_centres/epoch_2.pth')
    assert (checkpoint['state_dict']['centres'].norm(dim=1) > 0).all()


def check_python_api(sandbox: Path) -> None:
    """The table of the page is that of its model, but for the rounding of this machine."""
    model = load_model('work_dirs/api/balanced-softmax', device='cpu')
    table = str(group_metrics(model.predict('work_dirs/api/digits'), 'folders'))
    (shown, ) = (block.text for block in blocks(ROOT / 'docs' / 'api.md')
                 if block.language == 'text')

    def rows(text: str) -> list[str]:
        lines = re.sub(r'\d+\.\d+|worst class \d', '', text).splitlines()
        return [' '.join(line.split()) for line in lines if line.strip()]

    assert rows(table) == rows(shown)
    predicted = (sandbox / 'predictions.csv').read_text()
    assert predicted.count('\n') == 401
    assert predicted == (sandbox / 'work_dirs/api/digits.csv').read_text()
    assert (sandbox / 'work_dirs/api/digits.onnx').is_file() and (sandbox / 'model.pt').is_file()


AFTERWARDS = {'add_a_method.md': check_example_of_a_method, 'api.md': check_python_api}


WRONG = {
    'python tools/trian.py configs/ce/ce_cifar-resnet20_60e_digits-lt.py': 'no file',
    'python tools/train.py configs/ce/none.py': 'no config file',
    'python tools/train.py configs/ce/ce_cifar-resnet20_60e_digits-lt.py --sed 1': '--sed',
    'for r in 10 20; do python tools/train.py configs/ce/ce_cifar-resnet20_60e_digits-lt.py '
    '--cfg-options train_dataloader.dataset.imbalance_ration=$r; done': 'imbalance_ration',
    'python tools/train.py configs/crt/crt_cifar-resnet20_digits-lt_recipe.py --stages cls': 'cls',
    'tools/dist_train.sh configs/ce/ce_cifar-resnet20_60e_digits-lt.py 2 --sed 1': '--sed',
    'python tools/test.py configs/ce/ce_cifar-resnet20_60e_digits-lt.py '
    'work_dirs/ce_cifar-resnet20_60e_digits-lt/epoch_61.pth': '60 epochs',
    'python tools/analysis/subclasses.py configs/sbcl/sbcl_cifar-resnet20_100e_digits-lt.py '
    'work_dirs/sbcl_cifar-resnet20_digits-lt_recipe/feature/epoch_100.pth': "stage 'feature'",
    'ltplug tarin ce_cifar-resnet20_60e_digits-lt': 'no command ltplug tarin',
    'python -m ltplug train ce_cifar-resnet20_60e_digits-lt --sed 1': '--sed',
    'ltplug train ce_cifar-resnet21_60e_digits-lt': 'ce_cifar-resnet21_60e_digits-lt',
    'make quickstrat': 'quickstrat',
    'pyhton tools/train.py': 'pyhton',
    'python - <<END\nprint(\nEND': 'never closed',
    'if true; then': 'syntax error',
}


@pytest.mark.parametrize('text', WRONG)
def test_mistakes_are_found(text, sandbox):
    block = Block(ROOT / 'README.md', 1, 'bash', text, '', '')
    with pytest.raises(AssertionError, match=re.escape(WRONG[text])):
        check(block, sandbox, {})
