"""Does a login issued over REST open the own company's tables, once, and until it ends?"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from structlog.testing import capture_logs

from adapters.analytics.dictionary import VIEWS
from adapters.analytics.login_sweep import LoginSweep
from domain.platform.roles import Role, Scope
from domain.platform.sql_login import MOST_AT_A_TIME, issued_user_name
from tests.kit.house import Company, Founder, Place, opened_place

LOGINS = "/api/v1/enterprise/sql-logins"
ASKED = {"name": "Monthly figures"}


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    """Two companies that planned a trip each, projected."""
    with opened_place(database_url, redis_url, master_key) as opened:
        opened.plan(opened.north)
        opened.plan(opened.south)
        opened.house_at_rest()
        yield opened


@pytest.fixture(autouse=True)
def nobody_signed_in(place: Place) -> Iterator[None]:
    """Logins outlive no test: roles belong to the whole server."""
    yield
    place.house_at_rest()
    for company in (place.north, place.south):
        for login in listed(place, company):
            if login["state"] == "issued":
                revoke(place, company, login["id"])


def issue(place: Place, company: Company | None = None, *, key: str | None = None, **fields: Any) -> Any:
    company = company or place.north
    headers = {**company.owner.headers, "Idempotency-Key": key or uuid4().hex}
    answer = place.client.post(LOGINS, json={**ASKED, **fields}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def revoke(place: Place, company: Company, login_id: str) -> Any:
    answer = place.client.delete(f"{LOGINS}/{login_id}", headers=company.owner.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def listed(place: Place, company: Company) -> list[dict[str, Any]]:
    answer = place.client.get(LOGINS, params={"limit": 100}, headers=company.owner.headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def state_of(place: Place, login_id: str) -> tuple[str, bool]:
    place.house_at_rest()
    (login,) = (each for each in listed(place, place.north) if each["id"] == login_id)
    return login["state"], login["is_usable"]


def signed_in(issued: dict[str, Any]) -> psycopg.Connection[Any]:
    """What a person does with the answer."""
    where = make_conninfo(
        host=issued["host"],
        port=issued["port"],
        dbname=issued["database"],
        user=issued["sql_login"]["user_name"],
        password=issued["password"],
    )
    return psycopg.connect(where, autocommit=True)


def sweep_at(place: Place, at: datetime) -> None:
    """What the scheduler does at that time."""
    house = place.house
    LoginSweep(house.pools.dispatcher, house.commands, house.sql_logins, lambda: at).sweep()


def is_known(place: Place, issued: dict[str, Any]) -> bool:
    return bool(place.house.sql_logins.known([issued["sql_login"]["user_name"]]))


def perform(place: Place, company: Company) -> None:
    """What a worker does: follows the log, then performs what is due."""
    place.house_at_rest()
    place.house.jobs.outbox.dispatch(company.id)


class TestAnIssuedLogin:
    def test_reads_the_own_rows_of_every_view(self, place: Place) -> None:
        with signed_in(issue(place)) as connection:
            for view in VIEWS:
                seen = connection.execute(f"select distinct tenant_id from {view.name}").fetchall()  # noqa: S608
                assert seen in ([], [(place.north.id,)])
            assert connection.execute("select count(*) from trip").fetchone() == (1,)
            connection.execute("select set_config('app.tenant_id', %s, false)", (str(place.south.id),))
            assert connection.execute("select distinct tenant_id from event").fetchall() == [
                (place.north.id,)
            ]

    def test_says_how_to_use_it_and_keeps_no_password(self, place: Place) -> None:
        issued = issue(place, valid_days=7)
        login = issued["sql_login"]
        assert (login["state"], login["is_usable"], login["member_id"]) == (
            "issued",
            True,
            str(place.north.owner.id),
        )
        assert issued["psql"].startswith("psql '")
        assert login["user_name"] in issued["psql"]
        assert issued["password"] not in issued["psql"]
        week = datetime.fromisoformat(login["expires_at"]) - datetime.now(UTC)
        assert timedelta(days=6) < week < timedelta(days=7)
        stream = place.house.streams(place.north.id).events_of(UUID(login["id"]), after=0, limit=9)
        assert issued["password"] not in "".join(event.model_dump_json() for event in stream)

    def test_has_three_connections(self, place: Place) -> None:
        issued = issue(place)
        with ExitStack() as sessions:
            for _ in range(3):
                sessions.enter_context(signed_in(issued))
            with pytest.raises(psycopg.OperationalError, match="too many connections"):
                signed_in(issued)

    def test_is_gone_with_its_sessions_once_deleted(self, place: Place) -> None:
        issued = issue(place)
        with signed_in(issued) as connection:
            ended = revoke(place, place.north, issued["sql_login"]["id"])
            assert (ended["state"], ended["is_usable"]) == ("revoked", False)
            with pytest.raises(psycopg.OperationalError):
                connection.execute("select 1")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            signed_in(issued)
        assert revoke(place, place.north, issued["sql_login"]["id"])["version"] == 2

    def test_goes_when_its_time_is_over(self, place: Place) -> None:
        issued = issue(place, valid_days=1)
        login_id = issued["sql_login"]["id"]
        place.house_at_rest()
        sweep_at(place, datetime.now(UTC) + timedelta(hours=23))
        assert is_known(place, issued)
        with signed_in(issued) as connection:
            sweep_at(place, datetime.now(UTC) + timedelta(days=1, minutes=1))
            with pytest.raises(psycopg.OperationalError):
                connection.execute("select 1")
        assert state_of(place, login_id) == ("expired", False)


class TestARepeat:
    def test_shows_no_password_again(self, place: Place) -> None:
        first, again = issue(place, key="twice"), issue(place, key="twice")
        assert again["sql_login"] == first["sql_login"]
        assert (again["password"], "shown when" in again["notice"]) == (None, True)
        signed_in(first).close()

    def test_makes_what_a_dead_door_left_undone_and_says_so(self, place: Place) -> None:
        first = issue(place, key="died")
        place.house.sql_logins.close(place.north.id, first["sql_login"]["user_name"])
        place.house_at_rest()
        assert state_of(place, first["sql_login"]["id"]) == ("issued", False)
        with capture_logs() as told:
            sweep_at(place, datetime.now(UTC) + timedelta(minutes=2))
        assert [each["login_id"] for each in told if each["event"] == "sql_login_without_role"] == [
            first["sql_login"]["id"]
        ]
        again = issue(place, key="died")
        assert again["sql_login"] == first["sql_login"]
        assert "An earlier request ended before" in again["notice"]
        assert again["password"] not in (None, first["password"])
        signed_in(again).close()

    def test_brings_no_revoked_login_back(self, place: Place) -> None:
        first = issue(place, key="ended")
        revoke(place, place.north, first["sql_login"]["id"])
        again = issue(place, key="ended")
        assert (again["password"], again["notice"]) == (None, "The login has ended; issue another.")
        assert not is_known(place, first)


class TestWhatADyingDoorLeaves:
    def test_the_worker_ends_what_was_revoked(self, place: Place) -> None:
        issued = issue(place)
        login_id = issued["sql_login"]["id"]
        revoke(place, place.north, login_id)
        # The role comes back as if the door had died between the event and the end of the role.
        user_name = issued["sql_login"]["user_name"]
        until = datetime.now(UTC) + timedelta(days=1)
        assert place.house.sql_logins.open_once(place.north.id, user_name, until=until)
        perform(place, place.north)
        assert not is_known(place, issued)

    def test_the_scheduler_ends_a_role_that_no_login_explains(self, place: Place) -> None:
        until = datetime.now(UTC) + timedelta(days=1)
        known, unknown = (issued_user_name(tenant, uuid4()) for tenant in (place.north.id, uuid4()))
        logins = place.house.sql_logins
        assert logins.open_once(place.north.id, known, until=until)
        foreign = UUID(unknown[3:35])
        assert logins.open_once(foreign, unknown, until=until)
        late = issue(place)  # the read model does not know it yet
        sweep_at(place, datetime.now(UTC))
        try:
            assert logins.known([known, unknown]) == {unknown}, "another database's roles are left alone"
            assert is_known(place, late)
        finally:
            logins.close(foreign, unknown)


class TestWhoMay:
    def test_issues_in_person_only(self, place: Place) -> None:
        answer = place.client.post(LOGINS, json=ASKED, headers=place.north.owner.key_headers)
        assert answer.status_code == 403
        answer = place.client.post(LOGINS, json=ASKED, headers=place.north.manager.headers)
        assert answer.status_code == 403

    def test_issues_to_whoever_may_read_the_tables(self, place: Place) -> None:
        for member, status, code in (
            (place.north.traveller.id, 409, "member_may_not_read_tables"),
            (place.south.owner.id, 404, "not_found"),
        ):
            body = {**ASKED, "member_id": str(member)}
            answer = place.client.post(LOGINS, json=body, headers=place.north.owner.headers)
            assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_another_company_finds_nothing_to_end(self, place: Place) -> None:
        login = issue(place)["sql_login"]
        answer = place.client.delete(f"{LOGINS}/{login['id']}", headers=place.south.owner.headers)
        assert answer.status_code == 404
        assert is_known(place, {"sql_login": login})

    @pytest.mark.parametrize("days", [0, 91])
    def test_ninety_days_is_the_longest(self, place: Place, days: int) -> None:
        body = {**ASKED, "valid_days": days}
        answer = place.client.post(LOGINS, json=body, headers=place.north.owner.headers)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/valid_days"

    def test_ten_are_live_at_a_time(self, place: Place) -> None:
        made = [issue(place) for _ in range(MOST_AT_A_TIME)]
        answer = place.client.post(LOGINS, json=ASKED, headers=place.north.owner.headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_sql_logins")
        issue(place, place.south)
        revoke(place, place.north, made[0]["sql_login"]["id"])
        issue(place)


class TestAMemberWhoLeaves:
    @pytest.mark.parametrize("leaving", ["deactivate", "roles", "erase"])
    def test_takes_their_logins_along(self, place: Place, leaving: str) -> None:
        analyst = Founder(place.house).person(
            place.north.id, f"{leaving}.north", Role.ANALYST, (Scope.ANALYTICS_READ,)
        )
        theirs = [issue(place, member_id=str(analyst.id)) for _ in range(2)]
        mine = issue(place)
        one = f"/api/v1/members/{analyst.id}"
        owner = place.north.owner.headers
        if leaving == "deactivate":
            answer = place.client.post(f"{one}/deactivate", headers=owner)
        elif leaving == "roles":
            answer = place.client.post(f"{one}/roles", json={"roles": ["traveller"]}, headers=owner)
        else:
            answer = place.client.delete(one, headers=owner)
        assert answer.status_code == 200, answer.text
        perform(place, place.north)
        perform(place, place.north)
        assert [is_known(place, each) for each in (*theirs, mine)] == [False, False, True]
        assert {state_of(place, each["sql_login"]["id"])[0] for each in theirs} == {"revoked"}

    def test_keeps_them_with_other_roles_that_may_read(self, place: Place) -> None:
        analyst = Founder(place.house).person(
            place.north.id, "stays.north", Role.ANALYST, (Scope.ANALYTICS_READ,)
        )
        issued = issue(place, member_id=str(analyst.id))
        body = {"roles": ["auditor"]}
        place.client.post(f"/api/v1/members/{analyst.id}/roles", json=body, headers=place.north.owner.headers)
        perform(place, place.north)
        assert is_known(place, issued)
