"""A real browser without a window, which tells how a page came out."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

NAMES = ('chromium', 'chromium-browser', 'google-chrome')
# Runs before anything of the page; at the end the page's title tells what has been seen.
WATCH = '''<script>
const seen = {errors: []};
addEventListener('error', event => seen.errors.push(event.message || event.target.outerHTML), true);
console.error = console.warn = (...texts) => seen.errors.push(texts.join(' '));
addEventListener('load', () => {
  seen.images = [...document.images].map(image => [image.alt, image.naturalWidth, image.width]);
  seen.width = document.documentElement.scrollWidth;
  seen.text = document.body.innerText;
  document.title = JSON.stringify(seen);
});
</script>'''


def open_page(path: Path, folder: Path, width: int = 1280) -> dict[str, Any]:
    """Open a copy of a page, without a network.

    Args:
        path (Path): The page.
        folder (Path): For the copy and the browser's files.
        width (int): Of the window. Defaults to 1280.

    Returns:
        dict[str, Any]: ``errors`` (list of texts), ``images`` (alternative text, width of the
        picture and on the page), ``width`` (of the page), ``text``.
    """
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        pytest.skip('there is no browser: apt-get install chromium')
    copy = folder / 'copy.html'
    copy.write_text(path.read_text().replace('<head>', '<head>' + WATCH, 1))
    done = subprocess.run(
        [browser, '--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars',
         f'--user-data-dir={folder / "browser"}', f'--window-size={width},900',
         '--host-resolver-rules=MAP * ~NOTFOUND', '--enable-logging=stderr', '--dump-dom',
         copy.as_uri()], capture_output=True, text=True, timeout=120)
    title = re.search(r'<title>(.*?)</title>', done.stdout, re.DOTALL)
    assert title, done.stderr
    seen = json.loads(unescape(title[1]))
    seen['errors'] += [line for line in done.stderr.splitlines() if ':CONSOLE' in line]
    return seen
