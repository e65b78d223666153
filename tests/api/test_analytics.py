"""Do tables answer what is asked of them, exactly, for one company, at one position?"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import psycopg
import pytest

from adapters.analytics.reading import AnalyticsReader
from tests.kit.house import Place, a_flight, opened_place

TABLES = "/api/v1/analytics/tables"
LARGEST = 1_000_000_000_000
BEYOND = 9_007_199_254_740_993  # has no equal among doubles; larger than any price, as only a sum could be
PRICES = (40_000, 12_345, BEYOND)


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    """Three journeys of north, one of south, all booked."""

    with opened_place(database_url, redis_url, master_key) as place:
        for number, cents in enumerate(PRICES):
            book(place, place.north, min(cents, LARGEST), f"2090-0{number + 1}-15T23:30:00Z")
        book(place, place.south, 77, "2090-01-15T08:00:00Z")
        sketch(place)
        place.house_at_rest()
        with psycopg.connect(database_url) as superuser:
            change = "update read.travel_spend set spend_eur_cents = %s where spend_eur_cents = %s"
            superuser.execute(change, (BEYOND, LARGEST))
        yield place


def book(place: Place, company: Any, cents: int, departs_at: str) -> None:
    price = {"amount_minor": cents, "currency": "EUR"}
    trip = place.plan(company, a_flight(departs_at=departs_at, price=price))
    booked = place.client.post(f"/api/v1/enterprise/trips/{trip['id']}/book", headers=company.owner.headers)
    assert booked.status_code == 200, booked.text


def sketch(place: Place) -> dict[str, Any]:
    """A trip without a segment, so without a date and a price."""
    body = {"traveller_id": str(place.north.traveller.id), "purpose": "Some day"}
    planned = place.client.post("/api/v1/enterprise/trips", json=body, headers=place.north.owner.headers)
    assert planned.status_code == 201, planned.text
    made: dict[str, Any] = planned.json()
    return made


def ask(place: Place, table: str, query: Any, *, as_: dict[str, str] | None = None) -> httpx2.Response:
    return place.client.get(f"{TABLES}/{table}", params=query, headers=as_ or place.north.owner.headers)


def answer(place: Place, table: str, query: Any) -> dict[str, Any]:
    answered = ask(place, table, query)
    assert answered.status_code == 200, answered.text
    body: dict[str, Any] = answered.json()
    return body


class TestRows:
    def test_are_exact_beyond_what_doubles_can_say(self, place: Place) -> None:
        rows = answer(place, "travel_spend", {"columns": "spend_eur_cents,state", "order": "spend_eur_cents"})
        assert [row["spend_eur_cents"] for row in rows["data"]] == sorted(PRICES)
        assert {row["state"] for row in rows["data"]} == {"booked"}
        assert rows["columns"] == [
            {"name": "spend_eur_cents", "kind": "integer"},
            {"name": "state", "kind": "text"},
        ]

    def test_come_in_pages_that_meet_without_gap_or_double(self, place: Place) -> None:
        for order in ("position", "-month", "-spend_eur_cents,month", None):
            query = {"columns": "line_id", "limit": 1, **({"order": order} if order else {})}
            whole = [row["line_id"] for row in answer(place, "travel_spend", {**query, "limit": 100})["data"]]
            seen, cursor = [], None
            while True:
                page = answer(place, "travel_spend", {**query, **({"cursor": cursor} if cursor else {})})
                seen += [row["line_id"] for row in page["data"]]
                assert page["has_more"] == (page["next_cursor"] is not None)
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            assert seen == whole
            assert len(set(seen)) == len(PRICES)

    def test_without_a_value_have_their_place_in_the_pages(self, place: Place) -> None:
        for order in ("decided_by", "-decided_by", "-departs_at", "departs_at,-position"):
            seen, cursor = [], None
            while True:
                query = {"columns": "trip_id", "limit": 1, "order": order}
                page = answer(place, "trip", {**query, **({"cursor": cursor} if cursor else {})})
                seen += [row["trip_id"] for row in page["data"]]
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            assert len(seen) == len(set(seen)) == len(PRICES) + 1, order

    def test_of_a_cursor_belong_to_its_question(self, place: Place) -> None:
        cursor = answer(place, "travel_spend", {"limit": 1})["next_cursor"]
        other = ask(place, "travel_spend", {"limit": 1, "cursor": cursor, "filter": "state:eq:booked"})
        assert (other.status_code, other.json()["code"]) == (400, "cursor_invalid")
        foreign = ask(place, "travel_spend", {"limit": 1, "cursor": cursor}, as_=place.south.owner.headers)
        assert foreign.status_code == 400

    @pytest.mark.parametrize(
        ("condition", "count"),
        [
            ("spend_eur_cents:eq:40000", 1),
            ("spend_eur_cents:ne:40000", 2),
            ("spend_eur_cents:gt:12345", 2),
            ("spend_eur_cents:gte:9007199254740993", 1),
            ("spend_eur_cents:gte:9007199254740994", 0),
            ("spend_eur_cents:lt:40000", 1),
            ("spend_eur_cents:lte:40000", 2),
            ("spend_eur_cents:in:40000,12345", 2),
            ("month:eq:2090-02-01", 1),
            ("month:gt:2090-01-01", 2),
            ("state:in:booked,planned", 3),
            ("state:is_null:true", 0),
            ("state:is_null:false", 3),
            ('state:eq:it\'s "quoted"; drop table read.trip --', 0),
            ("state:eq:a\\,b", 0),
        ],
    )
    def test_are_those_the_filters_let_through(self, place: Place, condition: str, count: int) -> None:
        assert len(answer(place, "travel_spend", {"filter": condition})["data"]) == count

    def test_must_pass_every_filter(self, place: Place) -> None:
        both = [("filter", "month:gt:2090-01-01"), ("filter", "spend_eur_cents:lt:20000")]
        assert len(answer(place, "travel_spend", both)["data"]) == 1


class TestFigures:
    def test_are_sums_and_counts_of_groups(self, place: Place) -> None:
        query = {
            "group_by": "year(month),state",
            "sum": "spend_eur_cents",
            "max": "month",
            "avg": "carbon_g",
            "count": "true",
        }
        (row,) = answer(place, "travel_spend", query)["data"]
        assert row["sum_spend_eur_cents"] == sum(PRICES)
        assert (row["year_month"], row["state"], row["count"], row["max_month"]) == (
            "2090-01-01",
            "booked",
            3,
            "2090-03-01",
        )
        assert float(row["avg_carbon_g"]) > 0

    def test_show_the_greatest_groups_first_and_that_there_are_more(self, place: Place) -> None:
        query = {
            "group_by": "month",
            "sum": "spend_eur_cents",
            "order": "-sum_spend_eur_cents",
            "limit": 2,
        }
        body = answer(place, "travel_spend", query)
        assert [row["sum_spend_eur_cents"] for row in body["data"]] == sorted(PRICES, reverse=True)[:2]
        assert body["has_more"]
        assert body["next_cursor"] is None

    def test_of_no_rows_are_nothing_rather_than_unknown(self, place: Place) -> None:
        query = {"sum": "spend_eur_cents", "max": "month", "count": "true", "filter": "state:eq:none"}
        assert answer(place, "travel_spend", query)["data"] == [
            {"count": 0, "sum_spend_eur_cents": 0, "max_month": None}
        ]

    def test_begin_their_days_where_the_zone_says(self, place: Place) -> None:
        def days(zone: str) -> set[str]:
            query = {"group_by": "day(departs_at)", "filter": "status:eq:booked", "zone": zone}
            return {row["day_departs_at"] for row in answer(place, "trip", query)["data"]}

        assert days("UTC") == {"2090-01-15", "2090-02-15", "2090-03-15"}
        assert days("Europe/Paris") == {"2090-01-16", "2090-02-16", "2090-03-16"}

    def test_begin_their_weeks_on_monday(self, place: Place) -> None:
        rows = answer(place, "trip", {"group_by": "week(departs_at)", "filter": "status:eq:booked"})["data"]
        assert rows[0]["week_departs_at"] == "2090-01-09"


class TestPosition:
    def test_is_that_of_the_rows(self, place: Place) -> None:
        before = answer(place, "trip", {"count": "true"})
        planned = sketch(place)
        stale = answer(place, "trip", {"count": "true"})
        assert (stale["position"], stale["data"]) == (before["position"], before["data"])
        place.house_at_rest()
        after = answer(place, "trip", {"count": "true", "min_position": planned["position"]})
        assert after["position"] >= planned["position"]
        assert after["data"][0]["count"] == before["data"][0]["count"] + 1

    def test_of_the_log_is_its_head(self, place: Place) -> None:
        head = place.house.streams(place.north.id).head()
        body = answer(place, "event", {"max": "position", "count": "true", "min_position": head})
        assert body["position"] == head
        assert body["data"] == [{"count": head, "max_position": head}]

    def test_that_nobody_reached_is_refused(self, place: Place) -> None:
        unknown = ask(place, "trip", {"min_position": 10**9})
        assert (unknown.status_code, unknown.json()["code"]) == (422, "position_unknown")

    def test_of_every_table_is_in_the_list(self, place: Place) -> None:
        place.house_at_rest()
        listed = place.client.get(TABLES, headers=place.north.owner.headers).json()
        head = place.house.streams(place.north.id).head()
        assert {table["position"] for table in listed["data"]} == {head}
        assert listed["position"] == head
        spend = next(table for table in listed["data"] if table["name"] == "travel_spend")
        assert {"name", "kind", "sql_type", "description"} == set(spend["columns"][0])


class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ({"columns": "secret"}, "/columns/0"),
            ({"columns": "tenant_id"}, "/columns/0"),
            ({"columns": "state,state"}, "/columns"),
            ({"columns": ""}, "/columns/0"),
            ({"columns": 'state" from read.trip --'}, "/columns/0"),
            ({"columns": "state", "count": "true"}, "/columns"),
            ({"filter": "state"}, "/filter/0"),
            ({"filter": "canary:eq:1"}, "/filter/0"),
            ({"filter": "tenant_id:eq:1"}, "/filter/0"),
            ({"filter": "state:like:canary"}, "/filter/0"),
            ({"filter": "state:eq:" + "x" * 201}, "/filter/0"),
            ({"filter": "state:eq:a\nb"}, "/filter/0"),
            ({"filter": "state:eq:a\0b"}, "/filter/0"),
            ({"filter": "spend_eur_cents:eq:canary"}, "/filter/0"),
            ({"filter": "spend_eur_cents:eq:9223372036854775808"}, "/filter/0"),
            ({"filter": "spend_eur_cents:eq:٣"}, "/filter/0"),
            ({"filter": "month:eq:2090-02-30"}, "/filter/0"),
            ({"filter": "month:eq:10000-01-01"}, "/filter/0"),
            ({"filter": "line_id:eq:canary"}, "/filter/0"),
            ({"filter": "line_id:gt:00000000-0000-7000-8000-000000000001"}, "/filter/0"),
            ({"filter": "state:is_null:perhaps"}, "/filter/0"),
            ({"filter": "state:in:" + ",".join("x" * 101)}, "/filter/0"),
            ({"filter": ["state:eq:a"] * 21}, "/filter"),
            ({"group_by": "canary"}, "/group_by"),
            ({"group_by": "hour(month)"}, "/group_by"),
            ({"group_by": "month(state)"}, "/group_by"),
            ({"group_by": "state,state"}, "/group_by"),
            ({"sum": "state"}, "/sum"),
            ({"avg": "month"}, "/avg"),
            ({"max": "line_id"}, "/max"),
            ({"order": "state"}, "/order"),
            ({"order": "sum_spend_eur_cents"}, "/order"),
            ({"group_by": "state", "order": "month"}, "/order"),
            ({"zone": "Mars/Olympus"}, "/zone"),
            ({"zone": "localtime"}, "/zone"),
            ({"zone": "Factory"}, "/zone"),
            ({"limit": 0}, "/limit"),
            ({"limit": 1001}, "/limit"),
        ],
    )
    def test_name_the_parameter_and_repeat_nothing(
        self, place: Place, query: dict[str, Any], pointer: str
    ) -> None:
        refused = ask(place, "travel_spend", query)
        assert refused.status_code == 422, refused.text
        (error,) = refused.json()["errors"]
        assert (error["pointer"], error["location"]) == (pointer, "query")
        assert "canary" not in refused.text

    @pytest.mark.parametrize("table", ["canary", "pg_class", "trip;", "read.trip", "TRIP"])
    def test_of_unknown_tables_are_404(self, place: Place, table: str) -> None:
        assert ask(place, table, {}).status_code == 404

    def test_of_what_takes_too_long_say_what_to_do(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, database_url: str
    ) -> None:
        impatient = AnalyticsReader(place.house.pools.queries, time_limit_ms=200)
        with psycopg.connect(database_url) as other:
            # Whoever reads the table waits for this lock, until the time is up.
            other.execute("lock table read.trip in access exclusive mode")
            monkeypatch.setattr(place.house, "analytics", replace(place.house.analytics, reader=impatient))
            refused = ask(place, "trip", {})
        assert (refused.status_code, refused.json()["code"]) == (422, "query_too_expensive")


class TestWho:
    @pytest.mark.parametrize("person", ["traveller", "manager"])
    def test_those_who_see_less_than_the_company_may_not_ask(self, place: Place, person: str) -> None:
        someone = place.north.people[person]
        for path in (TABLES, f"{TABLES}/trip"):
            for headers in (someone.headers, someone.key_headers):
                assert place.client.get(path, headers=headers).status_code == 403

    def test_nobody_sees_the_other_company(self, place: Place) -> None:
        south = ask(place, "travel_spend", {"columns": "spend_eur_cents"}, as_=place.south.owner.headers)
        assert [row["spend_eur_cents"] for row in south.json()["data"]] == [77]
        for table in place.house.analytics.tables():
            assert "south" not in ask(place, table.name, {"limit": 1000}).text
