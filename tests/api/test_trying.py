"""What does `escale policies dry-run` show an operator, and what does it refuse?"""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from api.terminal.trying import DraftUnreadable, dry_run
from domain.kernel.refusals import NotFound
from tests.kit.house import Place, a_flight

DRAFT = {
    "name": "Draft",
    "max_flight_class": "economy",
    "advance_booking_days": None,
    "outcomes": {"max_flight_class": "block"},
}


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    file = tmp_path / "draft.json"
    file.write_text(json.dumps(DRAFT))
    return file


def shown(place: Place, slug: str, file: Path) -> str:
    """What is printed."""
    console = Console(file=StringIO(), width=200, force_terminal=False)
    assert dry_run(place.house, slug, file, console) == 0
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_shows_figures_and_decisions(place: Place, draft: Path) -> None:
    trip = place.plan(place.north, a_flight(cabin="first"))
    path = f"/api/v1/enterprise/trips/{trip['id']}/book"
    assert place.client.post(path, headers=place.north.owner.headers).is_success
    text = shown(place, "north", draft)
    assert "1 decisions on 1 trips were judged again." in text
    assert "Would have flagged 1: 1 newly, 0 no longer." in text
    assert "Not spent: 400.00 EUR." in text
    (line,) = (line for line in text.splitlines() if trip["id"] in line)
    assert line.split()[2:] == ["max_flight_class", "first", "economy", "kept", "block"]
    assert "No decision would have come out otherwise." in shown(place, "south", draft)


def test_refuses_what_is_no_draft(place: Place, draft: Path, tmp_path: Path) -> None:
    console = Console(file=StringIO())
    with pytest.raises(NotFound):
        dry_run(place.house, "nobody", draft, console)
    head = place.house.streams(place.north.id).head()
    for text in ("{", "[]", '{"name": 1}', '{"name": "X", "surplus": 1}'):
        draft.write_text(text)
        with pytest.raises(DraftUnreadable):
            dry_run(place.house, "north", draft, console)
    with pytest.raises(DraftUnreadable, match="cannot be read"):
        dry_run(place.house, "north", tmp_path / "missing.json", console)
    assert place.house.streams(place.north.id).head() == head
