"""What does a letter about an event say, in its reader's language?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from adapters.messaging.language import Catalogue
from domain.developer.webhook_endpoint import WebhookEndpointDisabled
from domain.platform.signup import SignupRequested
from domain.travel.journey import JourneyTotals, totals_of
from domain.travel.rule import Outcome
from domain.travel.trip import Trip
from domain.travel.trip_events import TripApproved, TripBooked, TripRejected, TripSubmitted
from domain.travel.verdict import BrokenRule

COLOUR = "#1d4e89"
Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Finding:
    """One broken rule, as a row of a table."""

    rule: str
    observed: str
    limit: str
    period: str
    outcome: str
    is_mild: bool


@dataclass(frozen=True)
class Content:
    """What is said, whoever reads it."""

    subject: str
    paragraphs: Sequence[str]
    closing: str
    facts: Facts = ()
    findings: Sequence[Finding] = ()


def violation_alert(
    words: Catalogue, event: TripSubmitted | TripBooked, trip: Trip, *, traveller: str
) -> Content:
    """A trip breaks rules of the policy."""
    broken = event.verdict.violations if event.verdict else ()
    several = "one" if len(broken) == 1 else "many"
    stage = "submitted" if isinstance(event, TripSubmitted) else "booked"
    return Content(
        subject=words.say(f"violation_alert.subject_{several}", name=traveller, count=len(broken)),
        paragraphs=[words.say(f"violation_alert.{stage}", name=traveller)],
        facts=_about(words, trip, event.journey),
        findings=[_finding(words, one) for one in broken],
        closing=words.say("violation_alert.closing", trip=str(trip.id)),
    )


def approval_requested(
    words: Catalogue,
    trip: Trip,
    *,
    traveller: str,
    due_at: datetime | None,
    is_escalated: bool,
    stands_in_for: str | None,
) -> Content:
    """A trip waits for someone's consent."""
    until = "" if due_at is None else words.instant(due_at)
    dated = "_until" if until else ""
    paragraphs = [words.say(f"approval_requested.lead{dated}", name=traveller, until=until)]
    if is_escalated:
        paragraphs.append(words.say("approval_requested.escalated"))
    if stands_in_for is not None:
        paragraphs.append(words.say("approval_requested.stands_in", approver=stands_in_for))
    broken = trip.verdict.violations if trip.verdict else ()
    return Content(
        subject=words.say(f"approval_requested.subject{dated}", name=traveller, until=until),
        paragraphs=paragraphs,
        facts=_about(words, trip, totals_of(trip.segments)),
        findings=[_finding(words, one) for one in broken],
        closing=words.say("approval_requested.closing", trip=str(trip.id)),
    )


def approval_decided(words: Catalogue, event: TripApproved | TripRejected, trip: Trip, *, by: str) -> Content:
    """Someone said yes or no."""
    said = event.comment if isinstance(event, TripApproved) else event.reason
    decision = "approved" if isinstance(event, TripApproved) else "rejected"
    facts = list(_about(words, trip, totals_of(trip.segments)))
    if said:
        facts.append((words.say("approval_decided.words"), said))
    return Content(
        subject=words.say(f"approval_decided.subject_{decision}"),
        paragraphs=[words.say(f"approval_decided.{decision}", by=by)],
        facts=facts,
        closing=words.say(f"approval_decided.closing_{decision}", trip=str(trip.id)),
    )


def signup_letter(words: Catalogue, asked: SignupRequested, *, token: str) -> Content:
    """Somebody wants a company; is the address theirs?"""
    company = asked.wish.company_name
    return Content(
        subject=words.say("signup_letter.subject", company=company),
        paragraphs=[words.say("signup_letter.lead", company=company), words.say("signup_letter.how")],
        facts=[
            (words.say("signup_letter.token"), token),
            (words.say("headings.until"), words.instant(asked.good_until)),
        ],
        closing=words.say("signup_letter.closing"),
    )


def webhook_disabled(words: Catalogue, event: WebhookEndpointDisabled, url: str) -> Content:
    """The house stopped sending to an endpoint."""
    host = urlsplit(url).hostname or url
    facts = [(words.say("webhook_disabled.url"), url)]
    if event.failing_since is not None:
        facts.append((words.say("webhook_disabled.since"), words.instant(event.failing_since)))
    return Content(
        subject=words.say("webhook_disabled.subject", host=host),
        paragraphs=[words.say(f"webhook_disabled.{event.reason}", host=host)],
        facts=facts,
        closing=words.say("webhook_disabled.closing", endpoint=str(event.originator_id)),
    )


def _about(words: Catalogue, trip: Trip, journey: JourneyTotals) -> Facts:
    return [
        (words.say("headings.purpose"), trip.purpose),
        (words.say("headings.dates"), words.days(journey.starts_on, journey.ends_on)),
        (words.say("headings.price"), words.euros(journey.spend_eur_cents)),
    ]


def _finding(words: Catalogue, broken: BrokenRule) -> Finding:
    return Finding(
        rule=words.say(f"rules.{broken.rule}"),
        observed=words.measure(broken.observed, broken.unit),
        limit=words.measure(broken.limit, broken.unit),
        period=words.period(broken.period),
        outcome=words.say(f"outcomes.{broken.outcome}"),
        is_mild=broken.outcome is Outcome.WARN,
    )
