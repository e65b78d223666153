"""Factors are loaded at a terminal: shown first, refused by line, superseded and never edited."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from adapters.factors.shipped import shipped_rows
from api.terminal import factoring
from api.terminal.factoring import FactorFileRefused, HighFactorsUnconfirmed, ReferenceYearUnpublished
from domain.esg.factor_set import COLUMNS
from tests.kit.house import Place

ROWS = {(row["year"], row["row_id"]): row for row in shipped_rows()}
COACH = ROWS["2025", "25_314_3146_11_1"]
GRID = ROWS["2025", "ember-2026-08:2025:grid-electricity:fr"]


def load(place: Place, folder: Path, *rows: dict[str, str], **options: Any) -> str:
    """What the terminal shows."""
    file, shown = folder / "factors.csv", StringIO()
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    given = {"title": None, "reference_year": None, "dry_run": False, "confirmed": False} | options
    try:
        factoring.load(place.house, file, Console(file=shown, width=160), **given)
    except Exception as refusal:
        refusal.add_note(shown.getvalue())
        raise
    return shown.getvalue()


def in_force(place: Place) -> int:
    return place.house.carbon.factors.in_force().number


class TestLoad:
    def test_shows_a_difference_and_changes_nothing_when_dry(self, place: Place, tmp_path: Path) -> None:
        before = in_force(place)
        shown = load(place, tmp_path, {**COACH, "kg_co2e_per_unit": "0.03"}, GRID, dry_run=True)
        assert "0 new, 1 superseding, 1 unchanged, 0 refused." in shown
        assert "+8.1%" in shown
        assert in_force(place) == before

    def test_refuses_the_file_for_one_bad_line(self, place: Place, tmp_path: Path) -> None:
        before = in_force(place)
        with pytest.raises(FactorFileRefused) as refused:
            load(
                place, tmp_path, {**COACH, "kg_co2e_per_unit": "0.03"}, {**GRID, "kg_co2e_per_unit": "-0.04"}
            )
        (shown,) = refused.value.__notes__
        assert "3" in shown
        assert "negative" in shown
        assert in_force(place) == before

    def test_wants_a_high_grid_confirmed(self, place: Place, tmp_path: Path) -> None:
        before, high = in_force(place), {**GRID, "year": "2026", "kg_co2e_per_unit": "0.95"}
        with pytest.raises(HighFactorsUnconfirmed):
            load(place, tmp_path, high)
        assert in_force(place) == before
        assert f"Set {before + 1} is in force" in load(place, tmp_path, high, confirmed=True)

    def test_puts_a_set_in_force_once(self, place: Place, tmp_path: Path) -> None:
        before = in_force(place)
        changed = {**COACH, "kg_co2e_per_unit": "0.031"}
        assert f"Set {before + 1} is in force" in load(place, tmp_path, changed, title="Coaches")
        assert "known already" in load(place, tmp_path, changed)
        assert in_force(place) == before + 1
        shown = StringIO()
        factoring.show_sets(place.house, Console(file=shown, width=160))
        assert "Coaches" in shown.getvalue()

    def test_moves_the_reference_year_to_one_that_is_published(self, place: Place, tmp_path: Path) -> None:
        with pytest.raises(ReferenceYearUnpublished):
            load(place, tmp_path, COACH, reference_year=2031)
        load(place, tmp_path, COACH, reference_year=2026)
        assert place.house.carbon.factors.in_force().reference_year == 2026
        ride = {"elements": [{"mode": "bus", "service": "coach", "distance_km": 100}]}
        answer = place.client.post(
            "/api/v2/trips/carbon", json=ride, headers=place.north.owner.headers
        ).json()
        assert (answer["factor_year"], answer["totals"]["kg"]) == (2026, "3.948")


def test_search_shows_the_publishers_id(place: Place) -> None:
    shown = StringIO()
    table = place.house.carbon.factors.in_force()
    factoring.search(table, ["desnz", "2025", "black_cab", "vehicle"], Console(file=shown, width=200))
    assert "25_313_3142_4_1" in shown.getvalue()
