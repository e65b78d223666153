"""What can happen to a trip? Its facts, as they are stored for good."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from domain.kernel.emissions import CarbonFigure, CarbonMissing
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.ledger import Posting
from domain.kernel.personal import Personal
from domain.kernel.text import Line
from domain.travel.allocation import Allocation
from domain.travel.approval import ApprovalChain
from domain.travel.commitments import CARBON_YEAR, TRAVELLER_DAY, Commitment
from domain.travel.exchange import ExchangeRate
from domain.travel.itinerary import FlightSegment, GroundLeg, HotelStay
from domain.travel.journey import JourneyLine, JourneyTotals
from domain.travel.verdict import Verdict

TravellersWords = Annotated[Line, Personal(subject="traveller_id")]

# Written out, so that a later change of a default does not reach back.
UNALLOCATED: Payload = {"department_id": None, "cost_centre_id": None, "group_id": None}
ANYONE: Payload = {"approver_ids": [], "deadline_hours": None}


def _in_euros(payload: Payload) -> Payload:
    """At first prices were in euros only, and suppliers were not asked for."""
    kind = next(kind for kind in ("flight", "stay", "leg") if kind in payload)
    later = {"supplier": None, "vehicle": None} if kind == "leg" else {"supplier": None}
    return payload | {kind: payload[kind] | later, "rate": None}


def _warned(payload: Payload) -> Payload:
    """A verdict from before outcomes: broken rules were flagged, a high price asked for approval."""
    verdict = payload["verdict"]
    if verdict is None:
        return payload
    earlier = {"scope": None, "outcome": "warn", "is_exempted": False}
    return payload | {
        "verdict": verdict
        | {
            "broken": [one | earlier for one in verdict["broken"]],
            "approval_for": ["requires_approval_above"] if verdict["requires_approval"] else [],
            "is_blocked": False,
        }
    }


def _submitted_to_anyone(payload: Payload) -> Payload:
    return _warned(payload) | {"allocation": UNALLOCATED, "chain": ANYONE, "due_at": None}


def _booked_on_no_account(payload: Payload) -> Payload:
    """Who paid was not asked: the journey counts for the company and its traveller's days alone."""
    return _warned(payload) | {
        "allocation": UNALLOCATED,
        "lines": _undivided(payload["journey"], payload["traveller_id"]),
        "commitments": list(_day_and_year(payload["journey"], payload["traveller_id"])),
    }


def _posted(payload: Payload) -> Payload:
    """Which factors were used was not repeated at the booking: each line bears its grams as they were, and
    points to the segment, whose own event has the factor."""
    entries = [
        {
            "occurred_on": max(share["month"], payload["journey"]["starts_on"]),
            "mode": line["mode"],
            "line": _booked_figure(share),
            "is_estimate": True,
            "segment_id": line["segment_id"],
        }
        | ({} if line["route"] is None else {"route": line["route"]})
        for line in payload["lines"]
        for share in line["shares"]
        if share["grams"]
    ]
    return payload | {"posting": {"number": 1, "entries": entries}}


def _booked_figure(share: Payload) -> Payload:
    year = int(share["month"][:4])
    factor = {
        "factor_id": "booked-figure",
        "source": "Figure of the segment as it was booked",
        "publisher": "As booked",
        "year": year,
        "activity": "booked_figure",
        "variant": "as_booked",
        "unit": "g CO2e",
        "value": "0.001",
    }
    return {
        "scope": 3,
        "category": "business_travel",
        "part": "direct",
        "quantity": str(share["grams"]),
        "factor": factor,
        "kg": f"{share['grams'] // 1000}.{share['grams'] % 1000:03}",
        "market": None,
        "method": "desnz",
        "grade": 3,
    }


def _returned_to_no_account(payload: Payload) -> Payload:
    journey = payload["returned"]
    return payload | {
        "allocation": UNALLOCATED,
        "lines": [] if journey is None else _undivided(journey, payload["traveller_id"]),
    }


def _in_person(payload: Payload) -> Payload:
    return payload | {"on_behalf_of": None}


def _undivided(journey: Payload, traveller_id: str) -> list[Payload]:
    """One line for the whole journey: its segments were not listed."""
    cents: dict[str, int] = {}
    for spend in journey["spend_by_day"]:
        month = f"{spend['day'][:7]}-01"
        cents[month] = cents.get(month, 0) + spend["eur_cents"]
    grams: dict[str, int] = {}
    for carbon in journey["carbon_by_year"]:
        first = min(month for month in cents if month.startswith(f"{carbon['year']:04}"))
        grams[first] = carbon["grams"]
    return [
        {
            "segment_id": traveller_id,
            "cost_type": "journey",
            "mode": "journey",
            "route": None,
            "supplier": None,
            "price": {"amount_minor": journey["spend_eur_cents"], "currency": "EUR"},
            "rate": None,
            "shares": [
                {"month": month, "eur_cents": cents[month], "grams": grams.get(month, 0)}
                for month in sorted(cents)
            ],
        }
    ]


def _day_and_year(journey: Payload, traveller_id: str) -> Iterator[Payload]:
    for spend in journey["spend_by_day"]:
        if spend["eur_cents"]:
            key = f"{traveller_id}:{spend['day']}"
            yield {"kind": TRAVELLER_DAY, "key": key, "units": spend["eur_cents"], "capacity": None}
    for carbon in journey["carbon_by_year"]:
        if carbon["grams"]:
            key = str(carbon["year"])
            yield {"kind": CARBON_YEAR, "key": key, "units": carbon["grams"], "capacity": None}


class TripPlanned(DomainEvent):
    """A traveller announced a journey and its purpose."""

    TOPIC: ClassVar[str] = "trip.planned.v1"

    traveller_id: UUID
    purpose: TravellersWords


class TripAllocated(DomainEvent):
    """A department and a cost centre bear the journey."""

    TOPIC: ClassVar[str] = "trip.allocated.v1"

    traveller_id: UUID
    allocation: Allocation


class FlightAdded(DomainEvent):
    """A flight joined the itinerary, with its carbon figure."""

    TOPIC: ClassVar[str] = "trip.flight-added.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"trip.flight-added.v1": _in_euros}

    traveller_id: UUID
    segment_id: UUID
    flight: FlightSegment
    carbon: CarbonFigure | None
    carbon_missing: CarbonMissing | None
    rate: ExchangeRate | None


class HotelAdded(DomainEvent):
    """A hotel stay joined the itinerary, with its carbon figure where a factor is published."""

    TOPIC: ClassVar[str] = "trip.hotel-added.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"trip.hotel-added.v1": _in_euros}

    traveller_id: UUID
    segment_id: UUID
    stay: HotelStay
    carbon: CarbonFigure | None
    carbon_missing: CarbonMissing | None
    rate: ExchangeRate | None


class GroundLegAdded(DomainEvent):
    """A leg by rail, road or ferry joined the itinerary, with its carbon figure."""

    TOPIC: ClassVar[str] = "trip.ground-leg-added.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"trip.ground-leg-added.v1": _in_euros}

    traveller_id: UUID
    segment_id: UUID
    leg: GroundLeg
    carbon: CarbonFigure | None
    carbon_missing: CarbonMissing | None
    rate: ExchangeRate | None


class SegmentRemoved(DomainEvent):
    """A segment left the itinerary."""

    TOPIC: ClassVar[str] = "trip.segment-removed.v1"

    traveller_id: UUID
    segment_id: UUID


class TripSubmitted(DomainEvent):
    """The traveller asked for approval; the policy in force was applied. No verdict: no active policy.

    `due_at` is when the first approver's time is up.
    """

    TOPIC: ClassVar[str] = "trip.submitted.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"trip.submitted.v1": _submitted_to_anyone}

    traveller_id: UUID
    journey: JourneyTotals
    verdict: Verdict | None
    allocation: Allocation
    chain: ApprovalChain
    due_at: datetime | None


class ApprovalGranted(DomainEvent):
    """One approver of several said yes; the question goes to the next one."""

    TOPIC: ClassVar[str] = "trip.approval-granted.v1"

    traveller_id: UUID
    level: int
    approved_by: UUID
    on_behalf_of: UUID | None
    comment: Annotated[Line | None, Personal(subject="traveller_id")] = None
    due_at: datetime | None


class ApprovalEscalated(DomainEvent):
    """An approver's time was up; the question goes to the next one, or to anyone who may approve."""

    TOPIC: ClassVar[str] = "trip.approval-escalated.v1"

    traveller_id: UUID
    level: int
    from_id: UUID
    to_id: UUID | None
    due_at: datetime | None


class TripApproved(DomainEvent):
    """Someone other than the traveller said yes."""

    TOPIC: ClassVar[str] = "trip.approved.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"trip.approved.v1": _in_person}

    traveller_id: UUID
    approved_by: UUID
    on_behalf_of: UUID | None
    comment: Annotated[Line | None, Personal(subject="traveller_id")] = None


class TripRejected(DomainEvent):
    """Someone other than the traveller said no."""

    TOPIC: ClassVar[str] = "trip.rejected.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"trip.rejected.v1": _in_person}

    traveller_id: UUID
    rejected_by: UUID
    on_behalf_of: UUID | None
    reason: TravellersWords


class TripBooked(DomainEvent):
    """The journey was booked, at the rates of that day; it now counts on days, years and budgets."""

    TOPIC: ClassVar[str] = "trip.booked.v3"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {
        "trip.booked.v1": _booked_on_no_account,
        "trip.booked.v2": _posted,
    }

    traveller_id: UUID
    journey: JourneyTotals
    verdict: Verdict | None
    allocation: Allocation
    lines: tuple[JourneyLine, ...]
    commitments: tuple[Commitment, ...]
    posting: Posting


class TripCompleted(DomainEvent):
    """The traveller is back."""

    TOPIC: ClassVar[str] = "trip.completed.v1"

    traveller_id: UUID
    journey: JourneyTotals


class TripCancelled(DomainEvent):
    """The journey will not take place; what it had booked went back to the budgets."""

    TOPIC: ClassVar[str] = "trip.cancelled.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"trip.cancelled.v1": _returned_to_no_account}

    traveller_id: UUID
    reason: TravellersWords
    returned: JourneyTotals | None
    allocation: Allocation
    lines: tuple[JourneyLine, ...]


SegmentAdded = FlightAdded | HotelAdded | GroundLegAdded
TripEvent = (
    TripPlanned
    | TripAllocated
    | FlightAdded
    | HotelAdded
    | GroundLegAdded
    | SegmentRemoved
    | TripSubmitted
    | ApprovalGranted
    | ApprovalEscalated
    | TripApproved
    | TripRejected
    | TripBooked
    | TripCompleted
    | TripCancelled
)
