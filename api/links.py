"""Where does one thing lead to others? What GraphQL offers beside each, fetched for all of them at once.

Each link is governed by the operation that would show the same thing through the REST door: whoever
may not call that gets nothing, and whoever may see only their own sees only that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from adapters.bootstrap import Caller, House
from api.graphql.links import Link
from api.rest.booking_appointments import AppointmentSummary
from api.rest.booking_catalogue import PractitionerView, ServiceView
from api.rest.expenses import ExpenseView
from api.rest.invoices import InvoiceView
from api.rest.members import MemberView
from api.rest.subscriptions import SubscriptionView
from api.rest.travellers import TravellerView
from api.rest.trips import TripSummary, TripView
from api.rest.violations import ViolationDetail, ViolationView
from application.platform.permissions import reach
from domain.booking.practitioner import Practitioner
from domain.booking.service import Service
from domain.kernel.aggregate import Aggregate
from domain.travel.verdict import Verdict
from projections.platform import members
from projections.travel import trips, violations

Found = Mapping[UUID, Any]


@dataclass(frozen=True)
class Asker:
    """Who follows a link, and how far they may see behind it."""

    house: House
    caller: Caller
    own_id: UUID | None

    @property
    def tenant_id(self) -> UUID:
        """The only company they can see."""
        return self.caller.tenant_id


def _governed(operation: str, fetch: Callable[[Asker, Sequence[UUID]], Found]) -> Callable[..., Found]:
    def governed(house: House, caller: Caller | None, ids: Sequence[UUID]) -> Found:
        far = None if caller is None else reach(operation, caller.roles, caller.scopes)
        if caller is None or far is None:
            return {}
        return fetch(Asker(house, caller, caller.member_id if far == "own" else None), ids)

    return governed


def _members(asker: Asker, ids: Sequence[UUID]) -> Found:
    wanted = [each for each in ids if asker.own_id in (None, each)]
    with asker.house.reading(asker.tenant_id) as sql:
        return {row.member_id: _told(MemberView.of(row)) for row in members.of(sql, wanted)}


def _trips(asker: Asker, ids: Sequence[UUID]) -> Found:
    return {row.trip_id: _told(TripSummary.of(row)) for row in _trip_rows(asker, ids)}


def _verdicts(asker: Asker, ids: Sequence[UUID]) -> Found:
    return {row.trip_id: _told(row.verdict) for row in _trip_rows(asker, ids) if row.verdict is not None}


def _trip_rows(asker: Asker, ids: Sequence[UUID]) -> Iterable[trips.TripRow]:
    with asker.house.reading(asker.tenant_id) as sql:
        return [row for row in trips.of(sql, ids) if asker.own_id in (None, row.traveller_id)]


def _violations(asker: Asker, ids: Sequence[UUID]) -> Found:
    found: dict[UUID, list[Any]] = {each: [] for each in ids}
    with asker.house.reading(asker.tenant_id) as sql:
        for row in violations.of_trips(sql, ids):
            if asker.own_id in (None, row.traveller_id):
                found[row.trip_id].append(_told(ViolationView.of(row)))
    return found


def _streams(
    kind: type[Aggregate], view: Callable[[Any], BaseModel]
) -> Callable[[Asker, Sequence[UUID]], Found]:
    def fetch(asker: Asker, ids: Sequence[UUID]) -> Found:
        streams = asker.house.streams(asker.tenant_id).find_all(dict.fromkeys(ids, kind))
        return {key: _told(view(each)) for key, each in streams.items() if isinstance(each, kind)}

    return fetch


def _told(view: BaseModel) -> dict[str, Any]:
    told: dict[str, Any] = view.model_dump(mode="json")
    return told


MEMBERS = _governed("get_member", _members)
TRIPS = _governed("list_trips", _trips)
VERDICTS = _governed("list_trips", _verdicts)
VIOLATIONS = _governed("list_violations", _violations)
SERVICES = _governed("get_service", _streams(Service, ServiceView.of))
PRACTITIONERS = _governed("get_practitioner", _streams(Practitioner, PractitionerView.of))

LINKS: tuple[Link, ...] = (
    Link(TripView, "traveller", MemberView, "traveller_id", MEMBERS, "who travels"),
    Link(TripSummary, "traveller", MemberView, "traveller_id", MEMBERS, "who travels"),
    Link(
        TripSummary,
        "verdict",
        Verdict,
        "id",
        VERDICTS,
        "what the policy said at the last submission or booking",
    ),
    Link(
        TripView,
        "violations",
        ViolationView,
        "id",
        VIOLATIONS,
        "the rules it broke, the latest first",
        is_list=True,
    ),
    Link(
        TripSummary,
        "violations",
        ViolationView,
        "id",
        VIOLATIONS,
        "the rules it broke, the latest first",
        is_list=True,
    ),
    Link(ViolationView, "trip", TripSummary, "trip_id", TRIPS, "the trip that broke the rule"),
    Link(ViolationDetail, "trip", TripSummary, "trip_id", TRIPS, "the trip that broke the rule"),
    Link(ViolationView, "traveller", MemberView, "traveller_id", MEMBERS, "who travels"),
    Link(ViolationDetail, "traveller", MemberView, "traveller_id", MEMBERS, "who travels"),
    Link(ExpenseView, "trip", TripSummary, "trip_id", TRIPS, "the trip it belongs to"),
    Link(TravellerView, "member", MemberView, "member_id", MEMBERS, "the person"),
    Link(AppointmentSummary, "service", ServiceView, "service_id", SERVICES, "what is done"),
    Link(
        AppointmentSummary,
        "practitioner",
        PractitionerView,
        "bookable_id",
        PRACTITIONERS,
        "who does it, if a person does",
    ),
    # What a company has one of is asked of its operation, and once for all that lead there.
    Link(InvoiceView, "subscription", SubscriptionView, None, "get_subscription", "what is billed"),
)
