"""What do a company's journeys come to? Told from the bytes of the log alone: SQL, JSON and additions.

Nothing of the product is imported, so that a mistake of its fold is not repeated here.
"""

import json
from collections import defaultdict
from typing import Any
from uuid import UUID

import psycopg

LOG = (
    "select position, originator_id, topic, state, meta from es.event where tenant_id = %s order by position"
)
GROUPS = ("department", "cost_centre", "traveller", "supplier", "route", "cost_type", "currency")
TYPE_OF_RULE = {"max_flight_class": "flight", "max_hotel_stars": "hotel"}
ADDITIVE = (
    *("trips_booked", "trips_cancelled", "trips_compliant", "trips_unjudged"),
    *("spend_eur_cents", "carbon_g", "warn", "require_approval", "block"),
)

Figures = dict[str, int]
# (group, value) -> month -> figures; the group `month` has one value.
Ledger = dict[tuple[str, str | None], dict[str, Figures]]


def facts_of(connection: psycopg.Connection[Any], tenant_id: UUID) -> list[dict[str, Any]]:
    """The company's log, oldest first, as whoever may read it finds it."""
    return [
        {
            "position": position,
            "stream": str(stream),
            "topic": topic,
            "at": json.loads(meta)["occurred_at"],
            **json.loads(bytes(state)),
        }
        for position, stream, topic, state, meta in connection.execute(LOG, (tenant_id,))
    ]


def ledger_of(facts: list[dict[str, Any]]) -> Ledger:
    """Every figure by group, value and month. First the fate of each trip is settled, then it is counted once."""
    booked = {fact["stream"]: fact for fact in facts if fact["topic"] == "trip.booked.v3"}
    cancelled = {fact["stream"] for fact in facts if fact["topic"] == "trip.cancelled.v2"} & set(booked)
    ledger: Ledger = defaultdict(lambda: defaultdict(lambda: dict.fromkeys(ADDITIVE, 0)))
    for trip_id, trip in booked.items():
        month = trip["journey"]["starts_on"][:7]
        dearest = sorted(
            enumerate(trip["lines"]),
            key=lambda each: (-sum(s["eur_cents"] for s in each[1]["shares"]), each[0]),
        )[0][1]
        for group, value in values_of(trip, dearest):
            figures = ledger[group, value][month]
            if trip_id in cancelled:
                figures["trips_cancelled"] += 1
            else:
                figures["trips_booked"] += 1
                figures["trips_compliant"] += not counting(trip["verdict"])
                figures["trips_unjudged"] += trip["verdict"] is None
        if trip_id not in cancelled:
            for line in trip["lines"]:
                for share in line["shares"]:
                    for group, value in values_of(trip, line):
                        figures = ledger[group, value][share["month"][:7]]
                        figures["spend_eur_cents"] += share["eur_cents"]
                        figures["carbon_g"] += share["grams"]
    for fact in facts:
        if fact["topic"] == "violation.flagged.v2":
            of_rule = {"supplier": None, "route": None, "price": {"currency": None}}
            kind = TYPE_OF_RULE.get(fact["rule"], "journey")
            for group, value in values_of(fact, {**of_rule, "cost_type": kind}):
                ledger[group, value][fact["starts_on"][:7]][fact["outcome"]] += 1
    return ledger


def values_of(fact: dict[str, Any], line: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Under which value of every group the line of a trip counts."""
    return [
        ("month", None),
        ("department", fact["allocation"]["department_id"]),
        ("cost_centre", fact["allocation"]["cost_centre_id"]),
        ("traveller", fact["traveller_id"]),
        ("supplier", line["supplier"]),
        ("route", line["route"]),
        ("cost_type", line["cost_type"]),
        ("currency", line["price"]["currency"]),
    ]


def counting(verdict: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The broken rules that are violations: neither allowed nor excepted."""
    broken = [] if verdict is None else verdict["broken"]
    return [one for one in broken if one["outcome"] != "allow" and not one["is_exempted"]]


def between(months: dict[str, Figures], start: str, end: str) -> Figures:
    """The sum over `start <= month < end`, both written as 2026-05."""
    chosen = [figures for month, figures in months.items() if start <= month < end]
    return {name: sum(figures[name] for figures in chosen) for name in ADDITIVE}


def budgets_of(facts: list[dict[str, Any]], year: int) -> dict[str, dict[str, Any]]:
    """The budgets of a year as they were set last, and what bookings hold of them."""
    budgets: dict[str, dict[str, Any]] = {}
    holds: dict[str, list[dict[str, Any]]] = {}
    for fact in facts:
        if fact["topic"] == "budgets.budget-set.v1" and fact["year"] == year:
            budget = fact["budget"]
            owner = ":".join(filter(None, (budget["owner"], budget["owner_id"])))
            budgets[f"{owner}:{budget['unit']}"] = {**budget, "scope": owner}
        elif fact["topic"] == "trip.booked.v3":
            holds[fact["stream"]] = fact["commitments"]
        elif fact["topic"] == "trip.cancelled.v2":
            holds.pop(fact["stream"], None)
    for budget in budgets.values():
        kind = {"EUR": "spend-year", "kg": "carbon-year"}[budget["unit"]]
        key = str(year) if budget["owner"] == "tenant" else f"{year}:{budget['scope']}"
        budget["taken"] = sum(
            one["units"]
            for commitments in holds.values()
            for one in commitments
            if (one["kind"], one["key"]) == (kind, key)
        )
    return budgets


def violations_of(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every violation as it is now, and when it was found."""
    found: dict[str, dict[str, Any]] = {}
    for fact in facts:
        topic, stream = fact["topic"], fact["stream"]
        if topic == "violation.flagged.v2":
            found[stream] = {**fact, "status": "open", "found_at": fact["at"]}
        elif topic == "violation.revised.v2":
            one = found[stream]
            if one["status"] == "exempted" and one["observed"] != fact["observed"]:
                one["status"] = "open"
            names = ("observed", "outcome", "starts_on", "allocation")
            one.update({name: fact[name] for name in names})
        elif topic == "violation.acknowledged.v1":
            found[stream]["status"] = "acknowledged"
        elif topic == "violation.exempted.v1":
            found[stream]["status"] = "exempted"
    return list(found.values())


def standing_trips(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The bookings of trips that were not cancelled, and whether somebody approved them."""
    cancelled = {fact["stream"] for fact in facts if fact["topic"] == "trip.cancelled.v2"}
    approved = {fact["stream"] for fact in facts if fact["topic"] == "trip.approved.v2"}
    return [
        {**fact, "approved": fact["stream"] in approved}
        for fact in facts
        if fact["topic"] == "trip.booked.v3" and fact["stream"] not in cancelled
    ]
