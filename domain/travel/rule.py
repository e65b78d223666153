"""Which rules can a journey break, and what follows when it does?"""

from enum import StrEnum


class Rule(StrEnum):
    """The rules a journey can break, named as the policy's own fields; `budget` is one the company set apart."""

    FLIGHT_CLASS = "max_flight_class"
    HOTEL_STARS = "max_hotel_stars"
    DAILY_BUDGET = "max_daily_budget_eur"
    ADVANCE_BOOKING = "advance_booking_days"
    CARBON_BUDGET = "carbon_budget_kg_year"
    APPROVAL_ABOVE = "requires_approval_above"
    BUDGET = "budget"


class Outcome(StrEnum):
    """What a broken rule leads to, from the mildest to the strictest."""

    ALLOW = "allow"
    WARN = "warn"
    REQUIRE_APPROVAL = "require_approval"
    BLOCK = "block"
