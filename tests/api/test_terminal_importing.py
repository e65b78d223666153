"""Trips come in at a terminal, with a progress bar."""

from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from rich.console import Console

from adapters.bootstrap import NoSuchCompany
from api.terminal.importing import import_trips, tenant_of
from tests.api.test_trip_imports import LEG, csv_of
from tests.kit.house import Place


def test_says_what_became_of_the_trips(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "trips.csv"
    good, wrong = {"trip_reference": uuid4().hex, **LEG}, {"trip_reference": "wrong", **LEG, "price": "1,5"}
    file.write_bytes(csv_of(good, wrong))
    shown = StringIO()
    console = Console(file=shown, width=120)
    assert not import_trips(place.house, place.north.id, file, console)
    assert "1 created, 0 known already, 1 rejected." in shown.getvalue()
    assert "decimal_comma" in shown.getvalue()
    assert "3/3" in shown.getvalue()
    held_back = {
        "trip_reference": uuid4().hex,
        **LEG,
        "departs_at": "2020-05-02T08:00:00Z",
        "state": "booked",
    }
    file.write_bytes(csv_of(held_back))
    assert not import_trips(place.house, place.north.id, file, console)
    assert "1 planned, but taken no further." in shown.getvalue()
    assert "trip_already_departed" in shown.getvalue()
    file.write_bytes(csv_of(good))
    assert import_trips(place.house, place.north.id, file, console)
    assert "0 created, 1 known already, 0 rejected." in shown.getvalue()


def test_finds_the_company_by_its_slug(place: Place) -> None:
    assert tenant_of(place.house, "north") == place.north.id
    with pytest.raises(NoSuchCompany, match="no company called nowhere"):
        tenant_of(place.house, "nowhere")
    with pytest.raises(NoSuchCompany, match="2 companies"):
        tenant_of(place.house, None)
