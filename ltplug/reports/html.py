"""Pages that need no other file."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader


def render(template: str, content: Mapping[str, Any]) -> str:
    """Fill a template; pictures become part of the page.

    Args:
        template (str): Name of a file of ``ltplug/reports/templates``.
        content (Mapping): What the template shows. Texts are escaped.

    Returns:
        str: HTML.
    """
    environment = Environment(loader=PackageLoader('ltplug.reports'), autoescape=True,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(base64=_base64, thousands=_thousands, decimals=_decimals)
    return environment.get_template(template).render(content)


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _thousands(value: int | None) -> str:
    return '-' if value is None else f'{value:,}'


def _decimals(value: float | None, places: int) -> str:
    return '-' if value is None or not np.isfinite(value) else f'{value:.{places}f}'
