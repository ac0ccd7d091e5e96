import pytest

from ltplug.cli.ssp_theory import ssp_theory_main


def test_theorems_are_simulated_and_drawn(tmp_path, capsys):
    picture = tmp_path / 'theory.png'
    ssp_theory_main(['--draws', '400', '--out', str(picture)])
    told = capsys.readouterr().out
    rows = [line.split() for line in told.splitlines() if line.strip().startswith('imbalance')]
    assert len(rows) == 21
    failures, bounds = ([float(row[place]) for row in rows] for place in (-2, -1))
    assert failures[0] > 0 == failures[6] and bounds[6] < 1e-9
    assert all(map(lambda failed, bound: failed <= bound, failures, bounds))
    assert rows[6][2:4] == ['100,000', '0']
    assert picture.stat().st_size > 20_000


def test_a_bound_that_does_not_hold_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr('ltplug.ops.pseudo_label_failure_bound', lambda *args: 0.0)
    with pytest.raises(SystemExit) as stop:
        ssp_theory_main(['--draws', '100', '--out', str(tmp_path / 'x.png')])
    assert 'outside the bound of theorem 1, imbalance 1; ' in stop.value.code


def test_no_draws_are_refused():
    with pytest.raises(SystemExit) as stop:
        ssp_theory_main(['--draws', '0'])
    assert '--draws must be at least 1' in stop.value.code
