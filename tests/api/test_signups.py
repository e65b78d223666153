"""Does one sign-up make one company with everything it needs, whatever dies on the way?"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.failpoints import arm
from api.rest.examples import NEW_COMPANY
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from tests.kit.crowd import all_at_once
from tests.kit.house import PASSWORD, Company, Place

SIGNUP, CONFIRM = "/api/v1/signup", "/api/v1/signup/confirm"
NUMBERS = count(1)
STEPS = ("confirm", "open", "note_open", "policy", "key", "subscribe", "complete")
# What a new company consists of, and how many of each.
ONE_OF_EACH = {
    "tenant.opened": 1,
    "member.invited": 1,
    "policy.adopted": 1,
    "api-key.issued": 1,
    "subscription.started": 1,
}


class Counter:
    """Where strangers sign up."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def wish(self, **more: Any) -> dict[str, Any]:
        slug = f"newcomer-{next(NUMBERS)}"
        return {**NEW_COMPANY, "slug": slug, "email": f"owner@{slug}.example", **more}

    def ask(self, path: str, body: Any, **headers: str) -> Any:
        answer = self.place.client.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def token(self, **more: Any) -> str:
        return str(self.ask(SIGNUP, self.wish(**more))["confirmation_token"])

    def confirm(self, token: str) -> Any:
        return self.place.client.post(CONFIRM, json={"token": token})

    def work(self, tenant_id: UUID | None = None) -> None:
        """What the worker does with everything that happened."""
        for one in (PLATFORM_TENANT_ID, *([tenant_id] if tenant_id else [])):
            self.place.house.jobs.processes.drain(one)

    def made_of(self, tenant_id: str) -> dict[str, int]:
        company = Company(UUID(tenant_id), "")
        return {topic: self.place.recorded(company, topic) for topic in ONE_OF_EACH}

    def platform(self, topic: str) -> int:
        return self.place.recorded(self.place.platform, topic)


@pytest.fixture
def counter(place: Place) -> Counter:
    return Counter(place)


@pytest.fixture
def armed() -> Iterator[Callable[[str], None]]:
    yield arm
    arm("")


class TestSigningUp:
    def test_leads_to_the_first_call_in_seconds(self, counter: Counter) -> None:
        """US33.4: nothing opens before the address is confirmed; then one key opens it."""
        started, before = perf_counter(), counter.platform("registration.made")
        token = counter.token()
        assert counter.platform("registration.made") == before
        made = counter.confirm(token).json()
        bearer = {"Authorization": f"Bearer {made['api_key']}"}
        first_call = counter.place.client.get("/api/v1/me", headers=bearer)
        assert first_call.status_code == 200
        assert perf_counter() - started < 60
        assert (made["plan"], made["status"]) == ("starter", "trial")
        policy = counter.place.client.get("/api/v1/enterprise/policies", headers=bearer)
        assert policy.json()["name"] == "First policy"
        acceptance = {"token": made["invitation_token"], "password": PASSWORD}
        counter.ask("/api/v1/auth/invitations", acceptance)
        signed_in = {"company": made["slug"], "email": f"owner@{made['slug']}.example", "password": PASSWORD}
        counter.ask("/api/v1/auth/sessions", signed_in)
        again = counter.confirm(token).json()
        assert (again["api_key"], again["invitation_token"]) == (None, None), "its owner has come in"

    def test_takes_a_plan_of_any_line(self, counter: Counter) -> None:
        made = counter.confirm(counter.token(line="crm", plan="pro", trial_days=0)).json()
        assert (made["plan"], made["status"]) == ("pro", "active")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"plan": "enterprise_plus"}, "plan_on_quote"),
            ({"plan": "gold"}, "plan_not_offered"),
            ({"slug": "billing"}, "slug_reserved"),
            ({"zone": "Europe/Atlantis"}, "request_invalid"),
            ({"line": "toys"}, "request_invalid"),
            ({"country": "France"}, "request_invalid"),
        ],
    )
    def test_refuses_what_could_never_open(self, counter: Counter, change: dict[str, Any], code: str) -> None:
        answer = counter.place.client.post(SIGNUP, json=counter.wish(**change))
        assert (answer.is_client_error, answer.json()["code"]) == (True, code)

    def test_is_confirmed_by_the_letter_alone(self, counter: Counter) -> None:
        token, place = counter.token(), counter.place
        forged = place.house.identity.signup_token(uuid4())
        assert counter.confirm(token[:-1] + "x").status_code == 401
        assert counter.confirm(forged).status_code == 404
        invitation = place.house.identity.credentials.invitation(
            tenant_id=place.north.id, member_id=place.north.owner.id, password_generation=0
        )
        assert counter.confirm(invitation).status_code == 401
        clock = place.house.clock
        place.house.clock = lambda: clock() + timedelta(days=8)
        try:
            assert counter.confirm(token).json()["code"] == "signup_lapsed"
        finally:
            place.house.clock = clock

    def test_by_the_platforms_staff_needs_no_letter(self, counter: Counter) -> None:
        admin, body = counter.place.platform.admin.headers, counter.wish()
        key = {"Idempotency-Key": "admin's call"}
        first = counter.ask("/api/v1/enterprise/signups", body, **admin, **key)
        assert counter.ask("/api/v1/enterprise/signups", body, **admin, **key) == first
        assert counter.made_of(first["tenant_id"]) == ONE_OF_EACH


class TestOnce:
    def test_l33_is_one_company_however_often_it_is_confirmed(self, counter: Counter) -> None:
        body = counter.wish()
        first, second = (counter.ask(SIGNUP, body, **{"Idempotency-Key": "mine"}) for _ in range(2))
        assert first == second

        def act(number: int) -> Any:
            return counter.work() if number == 3 else counter.confirm(first["confirmation_token"]).json()

        answers = [one for one in all_at_once(4, act) if one is not None]
        assert len({one["tenant_id"] for one in answers}) == 1
        assert len({one["api_key"] for one in answers}) == 1
        counter.work(UUID(answers[0]["tenant_id"]))
        assert counter.made_of(answers[0]["tenant_id"]) == ONE_OF_EACH

    def test_l33_two_who_want_the_same_name_get_one_company(self, counter: Counter) -> None:
        slug = f"wanted-{next(NUMBERS)}"
        tokens = [counter.token(slug=slug, email=f"{number}@wanted.example") for number in range(2)]
        before = counter.platform("registration.made")
        answers = all_at_once(2, lambda number: counter.confirm(tokens[number]))
        assert sorted(one.status_code for one in answers) == [201, 409]  # type: ignore[union-attr]
        (loser,) = (one for one in answers if one.status_code == 409)  # type: ignore[union-attr]
        assert loser.json()["code"] == "slug_taken"  # type: ignore[union-attr]
        counter.work()
        assert counter.platform("registration.made") == before + 1

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("finisher", ["worker", "client"])
    def test_l33_is_finished_after_the_door_died_behind_any_step(
        self, counter: Counter, armed: Callable[[str], None], step: str, finisher: str
    ) -> None:
        token = counter.token()
        before = counter.platform("registration.made")
        armed(f"signup.after_{step}=error")
        assert counter.confirm(token).is_server_error
        armed("")
        if finisher == "worker":
            counter.work()
        made = counter.confirm(token).json()
        bearer = {"Authorization": f"Bearer {made['api_key']}"}
        assert counter.place.client.get("/api/v1/me", headers=bearer).status_code == 200
        counter.work(UUID(made["tenant_id"]))
        assert counter.made_of(made["tenant_id"]) == ONE_OF_EACH
        assert counter.platform("registration.made") == before + 1
