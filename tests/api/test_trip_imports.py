"""A file of trips: every trip has its own result, and nothing is half-written."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from application.travel.budgets import SetBudget
from application.travel.trip_lines import FORMAT, TEMPLATE
from application.travel.units import OpenUnit
from domain.travel.trip import Trip
from domain.travel.unit import UnitKind
from tests.kit.house import Founder, Place

URL = "/api/v1/enterprise/trips/imports"
AS_CSV = {"Content-Type": "text/csv"}
MIB = 1_048_576

FLIGHT = {
    "traveller": "traveller@north.example",
    "purpose": "Client visit",
    "kind": "flight",
    "origin": "CDG",
    "destination": "JFK",
    "cabin": "economy",
    "departs_at": "2090-05-02T08:00:00Z",
    "price": "400.00",
    "currency": "EUR",
}
STAY = {
    "kind": "hotel",
    "country": "US",
    "city": "New York",
    "hotel": "Harbour Inn",
    "check_in": "2090-05-02",
    "check_out": "2090-05-05",
    "time_zone": "America/New_York",
    "price": "600",
    "currency": "EUR",
}
LEG = {
    **{name: FLIGHT[name] for name in ("traveller", "purpose", "price", "currency", "departs_at")},
    "kind": "ground",
    "mode": "rail",
    "origin": "Paris",
    "destination": "Lyon",
    "distance_km": "427",
    "time_zone": "Europe/Paris",
}


def reference() -> str:
    """A trip nobody has imported yet."""
    return f"t-{uuid4().hex[:12]}"


def csv_of(*lines: dict[str, str], delimiter: str = ",", newline: str = "\r\n") -> bytes:
    """A file with every column there is."""
    text = FORMAT.template(*lines)
    return text.replace(",", delimiter).replace("\r\n", newline).encode()


def send(place: Place, body: Any, **headers: str) -> Any:
    """The answer to a file sent by the owner of the north."""
    return place.client.post(URL, content=body, headers={**AS_CSV, **place.north.owner.headers, **headers})


def results(place: Place, body: bytes) -> list[dict[str, Any]]:
    """What became of the trips of a small file."""
    answer = send(place, body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "completed", answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def rejection(place: Place, *lines: dict[str, str]) -> tuple[int, str, str | None]:
    """Line, code and column of the only trip of a file, which is rejected and leaves nothing behind."""
    trips_before = trips(place)
    [result] = results(place, csv_of(*lines))
    assert (result["outcome"], result["trip_id"]) == ("rejected", None), result
    assert trips(place) == trips_before
    return result["line"], result["code"], result["column"]


def trips(place: Place) -> int:
    """How many trips the north has planned."""
    return place.recorded(place.north, "trip.planned")


class TestTrips:
    def test_are_planned_segment_by_segment(self, place: Place) -> None:
        name = reference()
        [result] = results(
            place, csv_of({"trip_reference": name, **FLIGHT}, {"trip_reference": name, **STAY})
        )
        assert (result["outcome"], result["line"], result["reference"]) == ("created", 2, name)
        trip = place.house.streams(place.north.id).load(Trip, result["trip_id"])
        assert [segment.details.kind for segment in trip.segments] == ["flight", "hotel"]
        assert [segment.details.price.amount_minor for segment in trip.segments] == [40_000, 60_000]
        assert trip.traveller_id == place.north.traveller.id

    def test_of_the_same_file_are_duplicates_the_second_time(self, place: Place) -> None:
        body = csv_of({"trip_reference": reference(), **FLIGHT}, {"trip_reference": reference(), **LEG})
        first, second = results(place, body), results(place, body)
        assert [one["outcome"] for one in first] == ["created", "created"]
        assert [one["outcome"] for one in second] == ["duplicate", "duplicate"]
        assert [one["trip_id"] for one in first] == [one["trip_id"] for one in second]

    def test_are_not_changed_by_another_file_under_the_same_reference(self, place: Place) -> None:
        name = reference()
        results(place, csv_of({"trip_reference": name, **FLIGHT}))
        assert rejection(place, {"trip_reference": name, **FLIGHT, "price": "401.00"}) == (
            2,
            "reference_used",
            "trip_reference",
        )

    def test_stand_together(self, place: Place) -> None:
        name = reference()
        found = results(
            place,
            csv_of(
                {"trip_reference": name, **FLIGHT},
                {"trip_reference": reference(), **LEG},
                {"trip_reference": name, **STAY},
            ),
        )
        assert [one["outcome"] for one in found] == ["created", "created", "rejected"]
        assert (found[2]["line"], found[2]["code"]) == (4, "reference_repeated")

    def test_are_put_on_the_accounts_named_by_code(self, place: Place) -> None:
        unit = Founder(place.house).execute(
            place.north.id, OpenUnit(kind=UnitKind.COST_CENTRE, code="CC-NORTH", name="Sales")
        )
        [result] = results(
            place, csv_of({"trip_reference": reference(), **FLIGHT, "cost_centre": "CC-NORTH"})
        )
        trip = place.house.streams(place.north.id).load(Trip, result["trip_id"])
        assert trip.allocation.cost_centre_id == unit.saved.stream_id


class TestStates:
    """A file may ask for more than a plan; it is judged as anybody's order is."""

    def test_are_reached_by_the_same_commands(self, place: Place) -> None:
        body = csv_of(
            {"trip_reference": reference(), **FLIGHT},
            {"trip_reference": reference(), **FLIGHT, "state": "submitted"},
            {"trip_reference": reference(), **FLIGHT, "state": "booked"},
        )
        first = results(place, body)
        assert [(one["outcome"], one["state"], one["code"]) for one in first] == [
            ("created", "planned", None),
            ("created", "submitted", None),
            ("created", "booked", None),
        ]
        streams = place.house.streams(place.north.id)
        assert [streams.load(Trip, one["trip_id"]).status.value for one in first] == [
            "planned",
            "submitted",
            "booked",
        ]
        before = place.heads()[place.north.id]
        again = results(place, body)
        assert [(one["outcome"], one["state"]) for one in again] == [
            ("duplicate", state) for state in ("planned", "submitted", "booked")
        ]
        # The second import itself: taken in, its results, its end.
        assert place.heads()[place.north.id] == before + 3

    def test_that_are_refused_leave_the_trip_planned(self, place: Place) -> None:
        founder = Founder(place.house)
        owner = {"year": 2091, "owner": "traveller", "owner_id": place.north.traveller.id, "unit": "EUR"}
        founder.execute(
            place.north.id, SetBudget.model_validate({**owner, "amount": 80_000, "outcome": "block"})
        )
        later = {**FLIGHT, "departs_at": "2091-05-02T08:00:00Z", "state": "booked"}
        names = [reference() for _ in range(3)]
        found = results(place, csv_of(*({"trip_reference": name, **later} for name in names)))
        assert [(one["outcome"], one["state"], one["code"], one["column"]) for one in found] == [
            ("created", "booked", None, None),
            ("created", "booked", None, None),
            ("created", "planned", "policy_blocks", "state"),
        ]
        founder.execute(
            place.north.id, SetBudget.model_validate({**owner, "amount": 120_000, "outcome": "block"})
        )
        answer = send(place, csv_of({"trip_reference": names[2], **later})).json()
        assert (answer["duplicate"], answer["held_back"], answer["results"][0]["state"]) == (1, 0, "booked")

    def test_are_counted_where_they_are_refused(self, place: Place) -> None:
        past = {**FLIGHT, "departs_at": "2020-05-02T08:00:00Z", "state": "booked"}
        answer = send(place, csv_of({"trip_reference": reference(), **past})).json()
        assert (answer["created"], answer["rejected"], answer["held_back"]) == (1, 0, 1)
        assert (answer["results"][0]["code"], answer["results"][0]["line"]) == ("trip_already_departed", 2)

    def test_are_one_of_three(self, place: Place) -> None:
        wrong = {"trip_reference": reference(), **FLIGHT, "state": "approved"}
        assert rejection(place, wrong) == (2, "invalid", "state")
        name = reference()
        unsure = {"trip_reference": name, **STAY, "state": "booked"}
        assert rejection(place, {"trip_reference": name, **FLIGHT, "state": "planned"}, unsure) == (
            3,
            "differs_within_trip",
            "state",
        )


class TestFiles:
    @pytest.mark.parametrize(
        "change",
        [
            lambda body: body,
            lambda body: b"\xef\xbb\xbf" + body,
            lambda body: body.replace(b",", b";"),
            lambda body: body.replace(b"\r\n", b"\n"),
            lambda body: body.replace(b"Client visit", b'"Client\nvisit"'),
            lambda body: body.replace(b"Client visit", b'"Client, ""visit"""'),
            lambda body: body + b"\r\n,,,\r\n",
            lambda body: body.replace(b"Client visit", "Besuch in Köln".encode()),
        ],
        ids=["plain", "BOM", "semicolon", "LF", "quoted newline", "quoted comma", "empty lines", "umlaut"],
    )
    def test_of_every_tool_are_read(self, place: Place, change: Callable[[bytes], bytes]) -> None:
        [result] = results(place, change(csv_of({"trip_reference": reference(), **FLIGHT})))
        assert result["outcome"] == "created", result

    def test_begin_with_the_template(self, place: Place) -> None:
        answer = place.client.get(f"{URL}/template", headers=place.north.owner.headers)
        assert answer.text == TEMPLATE
        assert [(one["line"], one["column"]) for one in results(place, answer.content)] == [
            (2, "traveller"),
            (4, "traveller"),
        ]

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 422, "csv_is_empty"),
            (b"trip_reference,traveller\n", 422, "csv_column_missing"),
            (b"trip_reference,surplus\n", 422, "csv_column_unknown"),
            (b"trip_reference,trip_reference\n", 422, "csv_column_twice"),
            (csv_of(), 422, "nothing_to_import"),
            (csv_of(FLIGHT).decode().encode("utf-16"), 422, "csv_is_utf16"),
            (csv_of({**FLIGHT, "purpose": "Köln"}).decode().encode("cp1252"), 422, "csv_not_utf8"),
            (csv_of(FLIGHT) + b"x" * (2 * MIB), 422, "csv_line_too_long"),
            (csv_of() + b"x,\n" * 100_001, 422, "csv_too_many_lines"),
            (b"x" * (50 * MIB), 413, "body_too_large"),
        ],
    )
    def test_that_cannot_be_read_are_refused_as_a_whole(
        self, place: Place, body: bytes, status: int, code: str
    ) -> None:
        before = place.heads()
        answer = send(place, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert place.heads() == before
        assert not list((place.house.settings.data_dir / "imports").rglob("*.csv"))

    def test_of_100_mb_are_refused_before_they_are_read(self, place: Place) -> None:
        sent = 0

        def body() -> Any:
            nonlocal sent
            for _ in range(100):
                sent += MIB
                yield b"x" * MIB

        before = place.heads()
        answer = send(place, body())
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
        assert place.heads() == before
        stated = send(place, b"x", **{"Content-Length": str(100 * MIB)})
        assert stated.status_code == 413

    def test_are_text_csv(self, place: Place) -> None:
        for kind in ("application/json", "text/csv; charset=latin-1", "text/plain"):
            answer = send(place, csv_of(FLIGHT), **{"Content-Type": kind})
            assert (answer.status_code, answer.json()["code"]) == (415, "csv_expected")

    def test_are_not_kept_once_they_are_read(self, place: Place) -> None:
        results(place, csv_of({"trip_reference": reference(), **FLIGHT}))
        assert not list((place.house.settings.data_dir / "imports").rglob("*.csv"))


class TestLines:
    @pytest.mark.parametrize(
        ("change", "code", "column"),
        [
            ({"origin": "ZZZ"}, "unknown_airport", "origin"),
            ({"destination": "LON"}, "unknown_airport", "destination"),
            ({"destination": "CDG"}, "same_airport", "destination"),
            ({"currency": "ZZZ"}, "unknown_currency", "currency"),
            ({"currency": "XOF"}, "no_exchange_rate", "currency"),
            ({"price": "-1.00"}, "negative", "price"),
            ({"price": "400,00"}, "decimal_comma", "price"),
            ({"price": "1.999"}, "too_many_digits", "price"),
            ({"price": "1e3"}, "invalid", "price"),
            ({"price": "=1+1"}, "formula", "price"),
            ({"price": ""}, "missing", "price"),
            ({"arrives_at": "2090-05-02T07:00:00Z"}, "invalid", "arrives_at"),
            ({"departs_at": "2090-05-02"}, "invalid", "departs_at"),
            ({"cabin": "steerage"}, "invalid", "cabin"),
            ({"kind": "teleport"}, "invalid", "kind"),
            ({"hotel": "Inn"}, "not_for_this_kind", "hotel"),
            ({"traveller": "nobody@north.example"}, "unknown_traveller", "traveller"),
            ({"traveller": "traveller@south.example"}, "unknown_traveller", "traveller"),
            ({"traveller": "nobody"}, "invalid", "traveller"),
            ({"purpose": ""}, "missing", "purpose"),
            ({"purpose": "a\x00b"}, "invalid", "purpose"),
            ({"purpose": '=HYPERLINK("http://x.example")'}, "formula", "purpose"),
            ({"purpose": "@SUM(A1)"}, "formula", "purpose"),
            ({"cost_centre": "CC-SOUTH"}, "unknown_unit", "cost_centre"),
            ({"trip_reference": "two words"}, "invalid", "trip_reference"),
            ({"trip_reference": ""}, "missing", "trip_reference"),
        ],
    )
    def test_that_are_wrong_say_where(
        self, place: Place, change: dict[str, str], code: str, column: str
    ) -> None:
        if "cost_centre" in change:
            Founder(place.house).execute(
                place.south.id, OpenUnit(kind=UnitKind.COST_CENTRE, code="CC-SOUTH", name="Theirs")
            )
        assert rejection(place, {"trip_reference": reference(), **FLIGHT, **change}) == (2, code, column)

    def test_that_are_broken_spare_the_others(self, place: Place) -> None:
        good = [csv_of({"trip_reference": reference(), **FLIGHT}).split(b"\r\n")[1] for _ in range(2)]
        names = csv_of().rstrip()
        broken = b't-1,"unclosed" x,' + b"," * 5
        short = b"t-2,too,short"
        found = results(place, b"\r\n".join([names, good[0], broken, short, good[1], b""]))
        assert [(one["line"], one["outcome"], one["code"]) for one in found] == [
            (2, "created", None),
            (3, "rejected", "broken_line"),
            (4, "rejected", "wrong_number_of_cells"),
            (5, "created", None),
        ]

    def test_of_one_trip_are_all_right_or_none_is_planned(self, place: Place) -> None:
        name = reference()
        one_of_them = {"trip_reference": name, **STAY}
        for change, code, column in (
            ({"country": "zz"}, "invalid", "country"),
            ({"country": "ZZ"}, "invalid", "country"),
            ({"check_out": "2090-05-01"}, "invalid", "check_out"),
            ({"price": "1,5"}, "decimal_comma", "price"),
            ({"purpose": "Another"}, "differs_within_trip", "purpose"),
        ):
            wrong = {**one_of_them, **change}
            assert rejection(place, {"trip_reference": name, **FLIGHT}, wrong) == (3, code, column)
        nights = {"check_in": "2090-05-04", "check_out": "2090-05-06"}
        assert rejection(
            place, {"trip_reference": name, **FLIGHT}, one_of_them, {**one_of_them, **nights}
        ) == (2, "overlapping_nights", None)

    def test_of_a_return_before_the_departure_plan_nothing(self, place: Place) -> None:
        name = reference()
        there = {"trip_reference": name, **FLIGHT}
        back = {
            **there,
            "origin": FLIGHT["destination"],
            "destination": FLIGHT["origin"],
            "departs_at": "2080-01-01T08:00:00Z",
        }
        assert rejection(place, there, back) == (2, "return_before_departure", None)


class TestLargeFiles:
    def test_are_read_by_a_worker_which_may_die(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """The worker dies between planning trips and writing that down; the next one goes on."""
        lines = [{"trip_reference": reference(), **LEG} for _ in range(600)]
        answer = send(place, csv_of(*lines))
        assert (answer.status_code, answer.json()["status"]) == (202, "running")
        place.house.jobs.processes.drain(place.north.id)
        importer = place.house.imports.importer
        note, notes = importer._note, []

        def dying(*arguments: Any) -> Any:
            if len(notes) == 1:
                raise KeyboardInterrupt
            notes.append(note(*arguments))
            return notes[-1]

        monkeypatch.setattr(importer, "_note", dying)
        with pytest.raises(KeyboardInterrupt):
            importer.run(place.north.id, answer.json()["id"])
        monkeypatch.undo()
        halfway = self.shown(place, answer.json()["id"])
        assert (halfway["status"], halfway["created"]) == ("running", 250)
        assert 1 < halfway["read_up_to"] < halfway["lines"]
        assert place.house.jobs.outbox.dispatch(place.north.id) > 0
        done = self.shown(place, answer.json()["id"])
        assert (done["status"], done["created"], done["duplicate"], done["rejected"]) == (
            "completed",
            600,
            0,
            0,
        )
        assert done["read_up_to"] == done["lines"] == 601

    def test_show_their_results_in_pages(self, place: Place) -> None:
        lines = [{"trip_reference": reference(), **LEG} for _ in range(205)]
        one = send(place, csv_of(*lines)).json()["id"]
        place.house_at_rest()
        place.house.jobs.outbox.dispatch(place.north.id)
        seen: list[str] = []
        after: int | None = 0
        while after is not None:
            page = self.shown(place, one, after=after, limit=100)
            seen += [result["reference"] for result in page["results"]]
            after = page["next_after"]
        assert seen == [line["trip_reference"] for line in lines]

    def test_fail_when_the_file_is_lost(self, place: Place) -> None:
        lines = [{"trip_reference": reference(), **LEG} for _ in range(201)]
        one = send(place, csv_of(*lines)).json()["id"]
        for path in (place.house.settings.data_dir / "imports").rglob("*.csv"):
            path.unlink()
        place.house.jobs.processes.drain(place.north.id)
        place.house.jobs.outbox.dispatch(place.north.id)
        shown = self.shown(place, one)
        assert (shown["status"], shown["reason"]) == ("failed", "file_lost")

    def shown(self, place: Place, one: str, **query: int) -> dict[str, Any]:
        answer = place.client.get(f"{URL}/{one}", params=query, headers=place.north.owner.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


class TestKeys:
    def test_make_a_repeat_harmless(self, place: Place) -> None:
        body = csv_of({"trip_reference": reference(), **FLIGHT})
        first = send(place, body, **{"Idempotency-Key": "file 1"})
        again = send(place, body, **{"Idempotency-Key": "file 1"})
        assert again.headers["idempotency-replayed"] == "true"
        assert first.json()["id"] == again.json()["id"]
        assert again.json()["results"][0]["outcome"] == "created"
        other = send(place, csv_of({"trip_reference": reference(), **LEG}), **{"Idempotency-Key": "file 1"})
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")

    def test_of_travellers_open_nothing(self, place: Place) -> None:
        answer = place.client.post(
            URL, content=csv_of(FLIGHT), headers={**AS_CSV, **place.north.traveller.headers}
        )
        assert answer.status_code == 403
