"""What a method's folder says about its configs."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent.parent


def assert_listed(config: Path) -> None:
    """Assert that README and metafile of a config's folder name it."""
    metafile = yaml.safe_load((config.parent / 'metafile.yml').read_text(encoding='utf-8'))
    listed = [model['Config'] for model in metafile['Models']]
    assert str(config.relative_to(ROOT)) in listed
    assert config.name in (config.parent / 'README.md').read_text(encoding='utf-8')
