"""How are several visits judged that are booked together? Each as if the ones before it were booked already."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from application.booking.loading import RULE_OF
from application.booking.question import Question
from application.ports.totals import Totals
from domain.booking.availability import Asked, Candidate, Free, Missing, Rule, judge
from domain.booking.limits import (
    CLIENT_LIMITS,
    SERVICE_DAY,
    Bound,
    bounds_of_client,
    bounds_of_service,
)
from domain.booking.spans import Span, Spans
from domain.booking.wall_time import local_day

Units = dict[tuple[str, str], int]


class Together:
    """What the visits of one decision have taken so far; `known` may be shared, to ask for each total once."""

    def __init__(self, totals: Totals, known: Units | None = None) -> None:
        self._totals = totals
        self._known: Units = {} if known is None else known
        self._used: Counter[tuple[str, str]] = Counter()
        self._times: dict[UUID, list[Span]] = {}
        self._of_client: list[Span] = []

    def judge(self, start: datetime, question: Question, asked: Asked | None = None) -> Free | Missing:
        """The one function, over what is left; a visit that is accepted counts from now on."""
        asked = asked or question.asked
        if self._of_client and question.offer.does_client_block:
            asked = replace(asked, client_busy=Spans([*asked.client_busy, *self._of_client]))
        answer = judge(start, asked, [self._left_of(one) for one in question.candidates])
        if isinstance(answer, Missing):
            return answer
        bounds = _bounds(answer, question)
        over = self._over(bounds, start, question)
        if over is not None:
            return Missing(start, _rule_of(over), tuple(_whom(over, answer)))
        self._take(answer, bounds, question)
        return answer

    def _left_of(self, candidate: Candidate) -> Candidate:
        times = self._times.get(candidate.id)
        return replace(candidate, busy=candidate.busy.with_more(times)) if times else candidate

    def _over(self, bounds: Sequence[Bound], start: datetime, question: Question) -> Bound | None:
        day = local_day(start, question.site.zone)
        places = [(bound.kind, bound.key(day)) for bound in bounds]
        unknown = [place for place in places if place not in self._known]
        if unknown:
            self._known.update(dict.fromkeys(unknown, 0) | dict(self._totals.taken(unknown)))
        return next(
            (
                bound
                for bound, place in zip(bounds, places, strict=True)
                if self._known[place] + self._used[place] + bound.units > bound.most
            ),
            None,
        )

    def _take(self, free: Free, bounds: Sequence[Bound], question: Question) -> None:
        day = local_day(free.start, question.site.zone)
        self._used.update({(bound.kind, bound.key(day)): bound.units for bound in bounds})
        before = timedelta(minutes=question.offer.buffer_before_minutes)
        after = timedelta(minutes=question.offer.buffer_after_minutes)
        for member in free.team:
            times = self._times.setdefault(member.candidate.id, [])
            times.append((free.start - before, free.end + after + member.candidate.rest))
        if question.offer.does_client_block:
            self._of_client.append((free.start, free.end))


def _bounds(free: Free, question: Question) -> list[Bound]:
    """Every limit the visit counts towards."""
    wish, limits = question.wish, question.offer.limits
    client = bounds_of_client(wish.client_id, wish.service_id, limits) if wish.client_id else ()
    return [
        *(bound for member in free.team for bound in member.candidate.bounds),
        *bounds_of_service(wish.service_id, limits),
        *client,
    ]


def _rule_of(bound: Bound) -> Rule:
    if bound.kind in CLIENT_LIMITS:
        return Rule.CLIENT_LIMIT
    return Rule.SERVICE_LIMIT if bound.kind == SERVICE_DAY else RULE_OF[bound.period]


def _whom(bound: Bound, free: Free) -> list[UUID]:
    return [member.candidate.id for member in free.team if bound in member.candidate.bounds]
