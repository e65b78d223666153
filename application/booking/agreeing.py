"""How does a free start become the visit that is agreed, and what does it take?"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from application.booking.ground import Ground
from application.booking.question import Question, question_of
from application.booking.wish import Wish
from application.kernel.context import Context
from application.ports.store import Saved
from domain.booking.appointment_refusals import NoSeatsLeft, SlotNotAvailable, SlotTaken
from domain.booking.availability import Free, Missing, Rule
from domain.booking.group_session import GroupSession
from domain.booking.limits import bounds_of_client, bounds_of_service
from domain.booking.offer import ServiceOffer, share_of
from domain.booking.public_visit import PER_CONTACT
from domain.booking.visit import (
    CLIENT,
    SEAT,
    Take,
    Visit,
    assignments_of,
    counted_takes,
    interval_takes,
    month_of,
    month_take,
)
from domain.booking.wall_time import local_day
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import CapacityTaken, Refusal

# Each lost race means that somebody else won something; then it is judged again with what is left.
ATTEMPTS = 20
LOST = frozenset({Rule.TAKEN, Rule.TEAM_INCOMPLETE})


def question_about(wish: Wish, context: Context, start: datetime) -> Question:
    """The question for one start."""
    return question_of(wish, Ground.of(context), start=start, end=start)


def free_or_refused(question: Question, start: datetime) -> Free:
    """The team for that start. Refuses with the rule that took it away, and offers other times."""
    answer = question.judge(start)
    if isinstance(answer, Missing):
        raise refusal_of(question, answer)
    return answer


def refusal_of(question: Question, missing: Missing) -> Refusal:
    """Why not, which bookables are in the way, and which starts are free instead."""
    kind = SlotTaken if missing.rule in LOST else SlotNotAvailable
    return kind(
        rule=missing.rule.value,
        bookables=list(missing.bookables),
        alternatives=question.alternatives(missing.start),
        pointer="/starts_at",
    )


def visit_of(question: Question, free: Free, *, client_id: UUID) -> Visit:
    """The visit as agreed."""
    offer = question.offer
    price = offer.price.of(question.duration_minutes)
    bounds = [bound for member in free.team for bound in member.candidate.bounds]
    bounds.extend(bounds_of_service(question.service.id, offer.limits))
    return Visit(
        service_id=question.service.id,
        service_version=question.service.version,
        business_id=offer.business_id,
        site_id=question.site.id,
        mode=question.mode,
        starts_at=free.start,
        ends_at=free.end,
        zone=question.site.zone,
        price=price,
        deposit=share_of(price, offer.deposit_percent),
        cancellation=offer.cancellation,
        team=assignments_of(free, question.asked, offer.shares),
        weighed=question.weighed,
        takes=(
            *interval_takes(
                free,
                blocked_from=free.start - timedelta(minutes=offer.buffer_before_minutes),
                blocked_until=free.end + timedelta(minutes=offer.buffer_after_minutes),
            ),
            *counted_takes(bounds, local_day(free.start, question.site.zone)),
            *client_takes(offer, question.service.id, client_id, free.start, free.end, question.site.zone),
            month_take(month_of(free.start, question.site.zone)),
        ),
    )


def seat_of(session: GroupSession, offer: ServiceOffer, *, client_id: UUID) -> Visit:
    """One seat of a session: the time of its team is the session's, the seat is the client's."""
    agreed = session.agreed
    seat = Take(kind=SEAT, key=str(session.id), capacity=session.capacity)
    client = client_takes(offer, agreed.service_id, client_id, agreed.starts_at, agreed.ends_at, agreed.zone)
    takes = (seat, *client, month_take(agreed.month))
    return agreed.model_copy(update={"session_id": session.id, "takes": takes})


def client_takes(
    offer: ServiceOffer, service_id: UUID, client_id: UUID, start: datetime, end: datetime, zone: str
) -> tuple[Take, ...]:
    """What counts towards the limits of the client, and their time where the service minds it."""
    takes = counted_takes(bounds_of_client(client_id, service_id, offer.limits), local_day(start, zone))
    if offer.does_client_block:
        return (*takes, Take(kind=CLIENT, key=str(client_id), starts_at=start, ends_at=end))
    return takes


def landed(context: Context, decide: Callable[[], tuple[Aggregate, ...]]) -> Saved:
    """Saves the decision; whoever loses a race decides again with what is left, until nothing is."""
    lost: CapacityTaken | None = None
    for _ in range(ATTEMPTS):
        try:
            return context.store.save_all(decide)
        except (SlotTaken, NoSeatsLeft):
            raise
        except CapacityTaken as taken:
            if taken.kinds() & PER_CONTACT:
                raise
            lost = taken
    raise SlotTaken(pointer="/starts_at", claims=lost.facts.get("claims") if lost else None) from lost
