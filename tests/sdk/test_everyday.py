"""The everyday commands of the terminal, by the library, against a live server: tables, documents and exit statuses."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.terminal import profiles
from api.terminal.everyday_words import COLUMNS
from tests.contract.slim import CURRENT
from tests.kit.house import Place

# Which answer each table shows, a list by its rows.
SHOWN = {
    "trip": "TripView",
    "trips": "TripSummary",
    "violations": "ViolationView",
    "budgets": "BudgetView",
    "slots": "SlotView",
    "appointment": "AppointmentView",
    "bookings": "AppointmentSummary",
    "usage": "WindowFigure",
    "meters": "UsageMeterView",
    "invoices": "InvoiceView",
    "preview": "PreviewView",
}


class Terminal:
    """Somebody who types."""

    def __init__(self) -> None:
        self.runner = CliRunner()

    def types(self, *words: str, status: int = 0) -> Any:
        answer = self.runner.invoke(app, list(words))
        assert answer.exit_code == status, (answer.output, answer.exception)
        return answer

    def document(self, *words: str) -> Any:
        return json.loads(self.types(*words, "--json").stdout)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    for name in (profiles.URL, profiles.KEY):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def test_a_trip_from_plan_to_the_end(
    terminal: Terminal, url: str, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = terminal.types("trips", "list", status=2)
    assert "escale login" in nobody.stderr
    login = ("login", "--url", url, "--api-key")
    refused = terminal.types(*login, "esk_wrong", status=1)
    assert "(api_key_invalid)" in refused.stderr
    assert "owner of north" in terminal.types(*login, place.north.owner.key).stdout
    kept = tmp_path / "escale" / "profiles.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    flight = ("--flight", "CDG-JFK", "--departs", "2090-05-02T08:00:00Z", "--price-minor", "40000")
    planned = terminal.document("trips", "plan", "Client visit", *flight, "--idempotency-key", "typed")
    again = terminal.document("trips", "plan", "Client visit", *flight, "--idempotency-key", "typed")
    assert (len(planned["segments"]), again["id"]) == (1, planned["id"])
    assert terminal.document("trips", "submit", planned["id"])["status"] == "submitted"
    shown = terminal.types("trips", "show", planned["id"]).stdout
    assert "Client visit" in shown
    assert "submitted" in shown
    cancelled = terminal.document("trips", "cancel", planned["id"], "--reason", "Moved online")
    assert cancelled["status"] == "cancelled"
    stale = terminal.types("trips", "cancel", planned["id"], "--reason", "X", "--if-match", "1", status=1)
    assert "(stale_version)" in stale.stderr

    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    french = terminal.types("trips", "submit", planned["id"], status=1)
    assert french.stderr.startswith("Refusé :")
    assert "Objet" in terminal.types("trips", "show", planned["id"]).stdout


def test_the_other_groups_answer(terminal: Terminal, url: str, place: Place, monkeypatch: Any) -> None:
    monkeypatch.setenv(profiles.URL, url)
    monkeypatch.setenv(profiles.KEY, place.north.owner.key)
    for words in (("violations", "list"), ("budgets", "list"), ("bookings", "list"), ("invoices", "list")):
        assert isinstance(terminal.document(*words), list)
        assert terminal.types(*words).stdout
    meters = terminal.document("usage", "meters")
    days = ("--from", "2030-05-01T00:00:00Z", "--to", "2030-05-02T00:00:00Z")
    assert isinstance(terminal.document("usage", "show", meters[0]["code"], *days), list)
    unsubscribed = terminal.types("invoices", "preview", status=1)
    assert "(not_subscribed)" in unsubscribed.stderr
    no_service = ("--service", str(place.north.id), "--site", str(place.north.id))
    assert "(not_found)" in terminal.types("bookings", "slots", *no_service, status=1).stderr
    monkeypatch.setenv(profiles.URL, "http://127.0.0.1:1")
    monkeypatch.setattr("escale_client.transport.FIRST_PAUSE_S", 0.001)
    assert "Nobody answers" in terminal.types("trips", "list", status=2).stderr


@pytest.mark.parametrize("table", SHOWN)
def test_a_table_names_fields_that_there_are(table: str) -> None:
    schemas = json.loads(CURRENT.read_text())["components"]["schemas"]

    def inner(schema: dict[str, Any]) -> dict[str, Any]:
        chosen = next((each for each in schema.get("anyOf", ()) if "$ref" in each), schema)
        found: dict[str, Any] = schemas[chosen["$ref"].rpartition("/")[2]] if "$ref" in chosen else chosen
        return found

    assert set(SHOWN) == set(COLUMNS)
    for place, _ in COLUMNS[table]:
        schema = schemas[SHOWN[table]]
        for part in place.split("."):
            assert part in schema["properties"], f"{table}: {place}"
            schema = inner(schema["properties"][part])
