"""The figures of all pages are those of ``docs/results/``."""

import json
import re
import statistics

import pytest
import result_files
import results
import yaml
from doc_pages import PAGES, ROOT, tables

PAGE = ROOT / 'docs' / 'results.md'
MEASURED, REPORTED = result_files.read('measured'), result_files.read('reported')
ROWS = [(name, row) for name, family in MEASURED.items() for row in family['rows']]
FIGURE = re.compile(r'\d+\.\d+')
ONLY_FIGURES = re.compile(r'[\d.,±()/% -]*\d\.\d[\d.,±()/% -]*')
METRICS = {'All': 'Top 1', 'Many': 'Many-shot', 'Medium': 'Medium', 'Few': 'Few-shot',
           'Frequent': 'Frequent', 'Rare': 'Rare'}


def signature(cells):
    """Return what a row is called, and its figures in order."""
    labels = [re.sub(r'\[([^]]*)\]\([^)]*\)', r'\1', cell).replace('\\*', '*') for cell in cells
              if cell not in ('', '-', 'not measured yet') and '.py)' not in cell
              and not ONLY_FIGURES.fullmatch(cell)]
    figures = [figure for cell in cells if ONLY_FIGURES.fullmatch(cell)
               for figure in FIGURE.findall(cell)]
    return tuple(labels), tuple(figures)


def known_rows():
    """Return the signatures of all rows of the files, and the folder that may quote them."""
    for name, row in ROWS:
        family = MEASURED[name]
        yield signature(result_files.cells(family, row)), None
    for source in REPORTED.values():
        for table in source['tables']:
            for row in table['rows']:
                figures = tuple(f'{figure:.{table["decimals"]}f}' for figure in row['figures']
                                if figure is not None)
                yield (tuple(row['labels']), figures), row.get('folder')


KNOWN = list(known_rows())


def tables_of_figures(page):
    """Return the tables with rows of two figures and more; a row that begins blank goes on."""
    for header, *rows in tables(page.read_text(encoding='utf-8')):
        if any(len(signature(row)[1]) > 1 for row in rows):
            first = ''
            for row in rows:
                first = row[0] or first
            yield header, [[row[0] or _above(rows, number), *row[1:]]
                           for number, row in enumerate(rows)]


def _above(rows, number):
    return next((row[0] for row in reversed(rows[:number]) if row[0]), '')


def test_the_page_is_what_the_script_writes():
    expected = results.page(MEASURED, REPORTED)
    assert PAGE.read_text(encoding='utf-8') == expected, 'run python tools/docs/results.py'


def test_titles_make_anchors_of_their_own():
    titles = re.findall(r'^#+ (.*)$', results.page(MEASURED, REPORTED), re.MULTILINE)
    anchors = [results.anchor(title) for title in titles]
    assert len(set(anchors)) == len(anchors)


@pytest.mark.parametrize('page', [page for page in PAGES if page.parent.name != 'docs' and
                                  any(tables_of_figures(page))],
                         ids=lambda page: str(page.relative_to(ROOT)))
def test_tables_of_other_pages_have_the_same_figures(page):
    for _, rows in tables_of_figures(page):
        for row in rows:
            found = signature(row)
            if found[1]:
                folders = [folder for known, folder in KNOWN if known == found]
                assert folders, f'no file of docs/results/ has the row {row}'
                assert None in folders or page.parent.name in folders


def test_quoted_papers_are_quoted():
    pages = ' '.join(page.read_text(encoding='utf-8') for page in ROOT.glob('configs/**/*.md'))
    quoted = set(FIGURE.findall(pages))
    told = {figure.text for source in REPORTED.values()
            for figure in result_files.reported_figures(source)}
    assert not told - quoted


def test_the_guide_quotes_what_was_measured():
    guide = (ROOT / 'docs' / 'choose_a_method.md').read_text(encoding='utf-8')
    measured = results.page(MEASURED, {}).partition('## What papers report')[0]
    assert set(FIGURE.findall(guide)) <= set(FIGURE.findall(measured))


@pytest.mark.parametrize('name', MEASURED)
def test_means_and_deviations_follow_from_the_seeds(name):
    family = MEASURED[name]
    half = 0.5 * 10 ** -family['decimals'] + 1e-9
    for row in family['rows']:
        for metric, values in row.get('by_seed', {}).items():
            assert len(values) == len(row.get('seeds', family['seeds']))
            figure = row['figures'][metric]
            if len(values) == 1:
                assert figure == values[0]
                continue
            # every seed is rounded itself
            assert figure['mean'] == pytest.approx(statistics.mean(values), abs=2 * half)
            assert figure['std'] == pytest.approx(statistics.stdev(values), abs=2 * half)


def test_groups_make_up_the_whole():
    sizes = {'Many': 1, 'Medium': 4, 'Few': 5, 'Frequent': 4, 'Rare': 3}
    for name, row in ROWS:
        family = MEASURED[name]
        if family['dataset'] != 'digits-lt' or 'All' not in row['figures']:
            continue
        sizes['Medium'] = 3 if 'Rare' in family['metrics'] else 4
        means = {key: figure['mean'] if isinstance(figure, dict) else figure
                 for key, figure in row['figures'].items()}
        whole = sum(sizes[key] * means[key] for key in means if key != 'All') / 10
        assert means['All'] == pytest.approx(whole, abs=0.1 + 1e-9), row['labels']


def metafile_results():
    """Return config, data and metrics of every result that a metafile has."""
    for path in ROOT.glob('configs/*/metafile.yml'):
        for model in yaml.safe_load(path.read_text(encoding='utf-8'))['Models']:
            for result in model.get('Results', []):
                yield model['Config'], result['Dataset'], result['Metrics'], model['Metadata']


def as_in_a_metafile(name, row):
    """Return config, data and metrics of a row as a metafile has them."""
    metrics = {}
    groups = '-shot' if 'Few' in MEASURED[name]['metrics'] else ''
    for key, figure in row['figures'].items():
        title = f'{METRICS[key]}{groups if key == "Medium" else ""} Accuracy'
        metrics[title] = figure['mean'] if isinstance(figure, dict) else figure
    return row['config'], row.get('dataset', MEASURED[name]['dataset']), metrics


def test_metafiles_have_the_same_figures():
    measured = [(*as_in_a_metafile(name, row), row.get('seeds', MEASURED[name]['seeds']))
                for name, row in ROWS if 'config' in row]
    told = [(config, dataset, metrics, about['Seeds'])
            for config, dataset, metrics, about in metafile_results()]
    assert told
    for result in told:
        assert result in measured
    for config, dataset, *_ in measured:
        assert (config, dataset) in [each[:2] for each in told]


def test_a_comparison_becomes_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr(results, 'RESULTS', tmp_path)
    monkeypatch.setattr(result_files, 'RESULTS', tmp_path)
    monkeypatch.setattr(results, 'PAGE', tmp_path / 'results.md')
    (tmp_path / 'measured').mkdir()
    (tmp_path / 'reported').mkdir()
    (tmp_path / 'reported' / 'paper.json').write_text(json.dumps(REPORTED['ssp']))
    values = {'top1': [70.04, 72.0], 'many': [90.0, 90.0], 'few': [41.06, 43.0]}
    metrics = {key: {'values': each, 'mean': statistics.mean(each),
                     'std': statistics.stdev(each)} for key, each in values.items()}
    (tmp_path / 'comparison.json').write_text(json.dumps({
        'keys': ['top1', 'many', 'few', 'ece'],
        'methods': {'CE': {'seeds': [0, 7], 'metrics': metrics}}}))
    arguments = ['--add', str(tmp_path / 'comparison.json'), '--name', '40-new', '--title', 'New',
                 '--section', 'CIFAR-10-LT', '--dataset', 'CIFAR-10-LT, ratio 100', '--about',
                 'ResNet-32.', '--machine', 'one H100', '--commands', 'python tools/train.py X']
    results.main(arguments)
    page = (tmp_path / 'results.md').read_text(encoding='utf-8')
    assert '| CE | 71.0 ± 1.4 | 90.0 ± 0.0 | 42.0 ± 1.4 | 41.1, 43.0 |' in page
    assert 'seeds 0, 7; one H100.' in ' '.join(page.split())
    assert '| CE | ResNet-32 | 70.36 | Yang and Xu 2020 (SSP), table 2 | ' \
           '[71.0 ± 1.4](#new) (2 seeds) |' in page
    with pytest.raises(SystemExit, match='exists already'):
        results.main(arguments)
