"""The blocks of the page on the Python API run, one after the other."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / 'docs' / 'api.md').read_text(encoding='utf-8')


def without_accuracies(text: str) -> list[str]:
    """Return the lines of a table; accuracies depend on the machine by rounding."""
    lines = re.sub(r'\d+\.\d+|worst class \d', '', text).splitlines()
    return [' '.join(line.split()) for line in lines if line.strip()]


def test_the_worked_example_runs_and_prints_its_table(tmp_path, monkeypatch, capsys):
    blocks = re.findall(r'```python\n(.*?)```', PAGE, re.DOTALL)
    assert len(blocks) == 7
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    printed = []
    for number, block in enumerate(blocks):
        exec(compile(block, f'block {number} of docs/api.md', 'exec'), names)
        printed.append(capsys.readouterr().out)
    assert len(names['predictions']) == 400 and (tmp_path / 'work_dirs/api/digits.csv').is_file()
    assert names['result']['metrics']['group_accuracy/few'] == names['metrics']['few']
    (shown, ) = re.findall(r'```text\n(.*?)```', PAGE, re.DOTALL)
    rows = without_accuracies(shown)
    assert without_accuracies(printed[4])[:len(rows)] == rows
    assert printed[6].strip() == names['model'].predict(
        names['image'], channel_order='bgr')[0].pred_class


def test_its_table_names_what_the_package_has():
    import ltplug.apis
    for name in re.findall(r'`lt\.(\w+)', PAGE):
        assert hasattr(ltplug.apis, name), name
