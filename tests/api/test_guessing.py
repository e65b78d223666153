"""Passwords cannot be guessed fast, and nobody can be locked out by those who try."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from adapters.redis.networks import network_of
from api.main import create_app
from api.rest.limits import Limits
from tests.kit.client import TestClient
from tests.kit.house import PASSWORD, Founder, Place

SESSIONS = "/api/v1/auth/sessions"


@pytest.fixture(scope="module")
def victim(place: Place) -> dict[str, str]:
    """The credentials of someone who is attacked."""
    Founder(place.house).with_password(place.south.id, place.south.manager)
    return {"company": "south", "email": place.south.manager.email, "password": PASSWORD}


@contextmanager
def somewhere(place: Place, sign_in: int, address: str = "") -> Iterator[TestClient]:
    """A client at a network of its own."""
    app = create_app(place.house, limits=Limits(sign_in=sign_in))
    with TestClient(app, client=(address or f"network-{uuid4()}", 1)) as client:
        yield client


def attempts(client: TestClient, body: Any, count: int = 1) -> list[int]:
    return [client.post(SESSIONS, json=body).status_code for _ in range(count)]


class TestSignIn:
    def test_of_the_victim_goes_on_while_another_network_guesses(
        self, place: Place, victim: dict[str, str]
    ) -> None:
        with somewhere(place, 4) as attacker, somewhere(place, 4) as home:
            assert attempts(attacker, {**victim, "password": "wrong"}, 6) == [401, 401, 429, 429, 429, 429]
            assert attempts(home, victim) == [201]

    def test_of_the_victim_goes_on_while_very_many_networks_guess(
        self, place: Place, victim: dict[str, str]
    ) -> None:
        wrong = {**victim, "password": "wrong"}
        with somewhere(place, 2) as known_to_fail:
            assert attempts(known_to_fail, wrong) == [401]
        first = ""
        for _ in range(10):
            address = f"network-{uuid4()}"
            first = first or address
            with somewhere(place, 2, address) as attacker:
                assert attempts(attacker, wrong) == [401]
        # With a limit that would allow this network some more: it has failed, and so have very many.
        with somewhere(place, 2, first) as again:
            assert attempts(again, wrong) == [429]
        with somewhere(place, 2) as home:
            assert attempts(home, victim) == [201]

    def test_has_the_same_limits_for_accounts_that_do_not_exist(self, place: Place) -> None:
        nobody = {"company": "south", "email": f"{uuid4()}@south.example", "password": "wrong"}
        with somewhere(place, 4) as client:
            assert attempts(client, nobody, 3) == [401, 401, 429]

    def test_of_colleagues_behind_one_address_is_counted_by_account(
        self, place: Place, victim: dict[str, str]
    ) -> None:
        with somewhere(place, 4) as office:
            assert attempts(office, {**victim, "email": "other@south.example"}, 3) == [401, 401, 429]
            assert attempts(office, victim) == [201]


class TestCurrentPassword:
    def test_cannot_be_guessed_fast(self, place: Place, victim: dict[str, str]) -> None:
        manager = place.south.manager
        with somewhere(place, 3) as client:
            token = client.post(SESSIONS, json=victim).json()["access_token"]
            path, headers = f"/api/v1/members/{manager.id}/password", {"Authorization": f"Bearer {token}"}
            body = {"password": "a new long password", "current_password": "a wrong guess"}
            answers = [client.post(path, json=body, headers=headers).status_code for _ in range(5)]
        assert answers == [403, 403, 403, 429, 429]


def test_a_network_is_what_one_client_owns() -> None:
    assert network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert network_of("2001:db8:1:2:3::7") == network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert network_of("2001:db8:1:2::7") != network_of("2001:db8:1:3::7")
    assert network_of("fe80::1%eth0") == "fe80::"
    assert network_of("testclient") == "testclient"
