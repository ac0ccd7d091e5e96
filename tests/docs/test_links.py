"""Links between files of the repository lead somewhere."""

from urllib.parse import unquote

import pytest
from doc_pages import PAGES, ROOT, anchors, links, rewrite_links

every_page = pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def wrong_links(page):
    """Return the links of a page that lead nowhere."""
    for link in links(page):
        path, _, anchor = unquote(link).partition('#')
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or not target.is_relative_to(ROOT.resolve()):
            yield f'{link}: there is no such file'
        elif anchor and target.suffix == '.md' and anchor not in anchors(target):
            yield f'{link}: there is no such heading'


@every_page
def test_links_lead_somewhere(page):
    assert not list(wrong_links(page))


def test_wrong_links_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr('tests.docs.test_links.ROOT', tmp_path)
    page = tmp_path / 'page.md'
    page.write_text('# A *title*, with `code`\n## Twice\n## Twice\n'
                    '[good](#a-title-with-code) [good](other.md#one) [`good`](#twice-1)\n'
                    '`[not a link](none.md)` <!-- [nor](this.md) -->\n'
                    '```md\n[nor](that.md)\n# No heading\n```\n'
                    '[site](https://example.org/none) ![no picture](none.png)\n'
                    '[no heading](#no-heading) [no such](other.md#two) [outside](../page.md)\n')
    (tmp_path / 'other.md').write_text('# One\n')
    assert [line.partition(':')[0] for line in wrong_links(page)] == [
        'none.png', '#no-heading', 'other.md#two', '../page.md']


def test_links_are_rewritten_but_code_is_not():
    text = '[`a`](a.md) ![b](b.png) `[c](c.md)` [d [e]](<d.md> "title")\n```md\n[f](f.md)\n```\n'
    assert rewrite_links(text, str.upper) == text.replace('a.md', 'A.MD').replace(
        'b.png', 'B.PNG').replace('d.md', 'D.MD')
