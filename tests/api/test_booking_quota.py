"""How many visits a plan allows in a month: exact under a race, given back when called off, kept when missed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.billing import price_list
from domain.billing.shipped import SHIPPED
from tests.kit.clinic import BOOKING, Clinic
from tests.kit.crowd import all_at_once
from tests.kit.house import Place

LIMIT = 4
DEBTOR = {"legal_name": "Northern Clinic SAS", "country": "FR"}


@pytest.fixture(scope="module")
def clinic(place: Place) -> Iterator[Clinic]:
    small = tuple(
        one.model_copy(update={"limits": {**one.limits, "appointments_monthly": LIMIT}})
        if "appointments_monthly" in one.limits
        else one
        for one in SHIPPED
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(price_list, "SHIPPED", small)
        opened = Clinic(place, place.south).open()
        body = {"line": "appointments", "plan": "starter", "debtor": DEBTOR}
        answer = place.client.post("/api/v1/billing/subscription", json=body, headers=opened.headers)
        assert answer.status_code == 201, answer.text
        yield opened


def month_ahead(clinic: Clinic, months: int) -> date:
    """The first day of a month to come."""
    day = clinic.day(0).replace(day=1)
    for _ in range(months):
        day = (day + timedelta(days=32)).replace(day=1)
    return day


def used(clinic: Clinic, month: date) -> dict[str, Any]:
    answer = clinic.place.client.get(f"{BOOKING}/quota?month={month:%Y-%m}", headers=clinic.headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def at(clinic: Clinic, month: date, place: int) -> datetime:
    return clinic.at(month + timedelta(days=place), "10:00")


class TestMonth:
    def test_no_more_than_the_plan_allows_win_a_race(self, clinic: Clinic) -> None:
        """Ten at once for ten free times: four are booked, six are told the limit, with 429."""
        clinic.practitioner("race")
        service, month = clinic.service(roles=[{"skill": "race"}]), month_ahead(clinic, 2)
        answers = all_at_once(10, lambda number: clinic.book(service, at(clinic, month, number)))
        codes = sorted(one.status_code for one in answers)  # type: ignore[union-attr]
        assert codes == [201] * LIMIT + [429] * 6
        refused = next(one.json() for one in answers if one.status_code == 429)  # type: ignore[union-attr]
        assert refused["code"] == "appointment_quota_reached"
        assert refused["exceeds"] == {"appointments_monthly": {"limit": LIMIT, "used": LIMIT + 1}}
        assert refused["detail"].startswith("Your plan allows no more appointments in this month")
        assert used(clinic, month) == {"month": f"{month:%Y-%m}", "limit": LIMIT, "used": LIMIT, "left": 0}

    def test_called_off_gives_back_and_a_move_counts_where_it_goes(self, clinic: Clinic) -> None:
        doctor = clinic.practitioner("moves")
        service, month = clinic.service(roles=[{"skill": "moves"}]), month_ahead(clinic, 3)
        next_month = month_ahead(clinic, 4)
        made = [clinic.booked(service, at(clinic, month, number)) for number in range(LIMIT)]
        assert clinic.book(service, at(clinic, month, 9)).status_code == 429
        within = {"starts_at": at(clinic, month, 12).isoformat()}
        assert clinic.act(made[0], "reschedule", within).status_code == 200
        assert clinic.act(
            made[1], "reschedule", {"starts_at": at(clinic, next_month, 2).isoformat()}
        ).is_success
        assert (used(clinic, month)["used"], used(clinic, next_month)["used"]) == (LIMIT - 1, 1)
        held = clinic.booked(service, at(clinic, month, 9), path="appointments/holds")
        assert clinic.book(service, at(clinic, month, 10)).status_code == 429
        assert clinic.act(held, "confirm").json()["status"] == "booked"
        assert clinic.act(held, "cancel").is_success
        assert clinic.book(service, at(clinic, month, 10)).status_code == 201
        over = {"bookable_ids": [doctor], "reason": "Acute pain", "path": "appointments/overrides"}
        clinic.booked(service, at(clinic, month, 10), **over)
        assert used(clinic, month)["used"] == LIMIT + 1, "an emergency counts, and is never refused"

    def test_a_series_counts_in_each_of_its_months_or_not_at_all(self, clinic: Clinic) -> None:
        clinic.practitioner("weekly")
        service, month = clinic.service(roles=[{"skill": "weekly"}]), month_ahead(clinic, 6)
        body = {**clinic.wanted(service, at(clinic, month, 0)), "recurrence": "FREQ=WEEKLY;COUNT=8"}
        refused = clinic.post("series", body)
        assert (refused.status_code, refused.json()["code"]) == (429, "appointment_quota_reached")
        assert used(clinic, month)["used"] == 0
        assert clinic.post("series", {**body, "recurrence": "FREQ=WEEKLY;COUNT=4"}).status_code == 201
        assert used(clinic, month)["used"] == 4

    def test_a_company_without_a_plan_of_this_line_has_no_limit(self, place: Place) -> None:
        other = Clinic(place, place.north)
        assert used(other, month_ahead(other, 2))["limit"] is None
