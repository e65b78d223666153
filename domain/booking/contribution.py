"""Who earned which part of a price? Split by contribution, exact to the smallest unit."""

from collections.abc import Sequence
from fractions import Fraction

from domain.booking.visit import PRACTITIONER, Assignment

WHOLE_PERCENT = 100


def contributions(team: Sequence[Assignment]) -> tuple[Fraction, ...]:
    """The weight of each member: the share agreed for their role, divided among those who fill it.

    Roles without a share divide what the others leave; where no share was agreed, everybody weighs the
    same. Rooms and equipment earn nothing, unless there is nobody else.
    """
    people = [one for one in team if one.kind == PRACTITIONER]
    if not people:
        return tuple(Fraction(int(place == 0)) for place in range(len(team)))
    agreed = {one.ability: one.share_percent for one in people if one.share_percent is not None}
    others = [one for one in people if one.ability not in agreed]
    left = Fraction(max(WHOLE_PERCENT - sum(agreed.values()), 0))

    def weight(one: Assignment) -> Fraction:
        if one.kind != PRACTITIONER:
            return Fraction(0)
        if one.ability not in agreed:
            return left / len(others)
        return Fraction(agreed[one.ability], sum(each.ability == one.ability for each in people))

    weights = tuple(weight(one) for one in team)
    if any(weights):
        return weights
    return tuple(Fraction(int(one.kind == PRACTITIONER)) for one in team)


def divided(amount_minor: int, weights: Sequence[Fraction | int]) -> tuple[int, ...]:
    """The amount in parts by weight that add up to it: the largest remainders get the last units.

    Of equal remainders the earlier one does; where nobody weighs anything, the first has it all.
    """
    whole = sum(weights)
    if not whole:
        return tuple(amount_minor if place == 0 else 0 for place in range(len(weights)))
    exact = [Fraction(amount_minor) * weight / whole for weight in weights]
    parts = [part.numerator // part.denominator for part in exact]
    order = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: amount_minor - sum(parts)]:
        parts[place] += 1
    return tuple(parts)
