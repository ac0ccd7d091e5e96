"""MkDocs hooks: the site has pages of methods and modules, and links that lead out of ``docs/``.

The pages of ``docs/`` link to READMEs, configs and scripts, as readers of the repository need them.
READMEs of methods become pages; any other file that a page links to is copied to ``source/``.
"""

import posixpath
import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
sys.path.append(str(Path(__file__).parent))

# These stand beside this file.
import reference  # noqa: E402
from doc_pages import rewrite_links  # noqa: E402

# Files of docs/ that do not exist (yet) are left out; those that are not named stand in Guides.
NAVIGATION = {
    'Start': ['index.md', 'get_started.md', 'my_own_data.md', 'choose_a_method.md', 'faq.md'],
    'Guides': ['concepts.md', 'recipes.md', 'reports.md', 'mmpretrain.md', 'api.md',
               'add_a_method.md', 'distributed.md', 'speed.md', 'reproducibility.md'],
    'Methods': ['methods/index.md'],
    'Results': ['results.md', 'benchmarks.md'],
    'Reference': ['components.md'],
    'Project': [],
}
TITLES = {'index.md': 'Overview', 'methods/index.md': 'Overview', 'readme.md': 'README'}
PROJECT_FILES = {'README.md': 'readme.md', 'CONTRIBUTING.md': 'contributing.md',
                 'CHANGELOG.md': 'changelog.md'}


def repository_pages() -> dict[str, str]:
    """Return the pages that are made of files outside of ``docs/``.

    Returns:
        dict[str, str]: Path in the repository to path in the site.
    """
    pages = {name: target for name, target in PROJECT_FILES.items() if (ROOT / name).is_file()}
    for folder, target in (('configs', 'methods'), ('examples', 'examples')):
        for path in sorted(ROOT.glob(f'{folder}/**/README.md')):
            inner = path.parent.relative_to(ROOT / folder).as_posix()
            pages[path.relative_to(ROOT).as_posix()] = f'{target}/{inner.replace("/", "_")}.md'
    return pages


def methods_page() -> str:
    """Return the table of methods of the README as a page of its own."""
    readme = (ROOT / 'README.md').read_text(encoding='utf-8')
    found = re.search(r'^## Methods\n(.*?)(?=^## )', readme, re.DOTALL | re.MULTILINE)
    return f'# Methods\n{found[1]}'


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Make the navigation of the pages that there are."""
    listed = {name for names in NAVIGATION.values() for name in names}
    pages = repository_pages()
    nav = {section: [name for name in names if name.startswith('methods/') or
                     (ROOT / 'docs' / name).is_file()] for section, names in NAVIGATION.items()}
    nav['Guides'] += sorted(
        path.relative_to(ROOT / 'docs').as_posix() for path in ROOT.glob('docs/**/*.md')
        if path.relative_to(ROOT / 'docs').as_posix() not in listed)
    nav['Guides'] += [page for page in pages.values() if page.startswith('examples/')]
    nav['Methods'] += [page for page in pages.values() if page.startswith('methods/')]
    nav['Reference'] += list(reference.pages())
    nav['Project'] += [pages[name] for name in PROJECT_FILES if name in pages]
    config.nav = [{section: [{TITLES[name]: name} if name in TITLES else name for name in names]}
                  for section, names in nav.items() if names]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in ``docs/``."""
    for source, target in repository_pages().items():
        text = (ROOT / source).read_text(encoding='utf-8')
        files.append(File.generated(config, target, content=text))
    for target, text in reference.pages().items():
        files.append(File.generated(config, target, content=text))
    files.append(File.generated(config, 'methods/index.md', content=methods_page()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links of the repository lead to pages of the site."""
    pages = repository_pages()
    of_site = {target: source for source, target in pages.items()} | {
        'methods/index.md': 'README.md'}
    place = page.file.src_uri
    if place.startswith('reference/'):
        return markdown
    folder = posixpath.dirname(of_site.get(place, f'docs/{place}'))

    def target_of(link: str) -> str:
        path, hash_sign, anchor = link.partition('#')
        if not path or re.match(r'[a-z]+:', link):
            return link
        path = posixpath.normpath(posixpath.join(folder, path))
        if (ROOT / path).is_dir() and (ROOT / path / 'README.md').is_file():
            path += '/README.md'
        if (path, anchor) == ('README.md', 'methods'):  # the page that is made of this section
            path, hash_sign, anchor = 'methods/index.md', '', ''
        target = site_path(path, pages, files, config)
        return posixpath.relpath(target, posixpath.dirname(place)) + hash_sign + anchor

    markdown = re.sub(r'<!-- test: file (\S+) -->\n```(\w+)', r'```\2 title="\1"', markdown)
    return rewrite_links(markdown, target_of)


def site_path(path: str, pages: dict[str, str], files: Files, config: MkDocsConfig) -> str:
    """Return where a file of the repository stands in the site; adds it where it does not yet.

    Args:
        path (str): In the repository.
        pages (dict[str, str]): From :func:`repository_pages`.
        files (Files): Of the site.
        config (MkDocsConfig): Of the site.

    Returns:
        str: Path in the site, or ``path`` itself, which MkDocs will refuse.
    """
    if path in pages:
        return pages[path]
    if path.startswith('docs/'):
        return path.removeprefix('docs/')
    if not (ROOT / path).is_file():
        return path
    target = f'source/{path}.txt'  # a browser shows it, whatever the server says
    if files.get_file_from_path(target) is None:
        content = (ROOT / path).read_text(encoding='utf-8')
        files.append(File.generated(config, target, content=content))
    return target
