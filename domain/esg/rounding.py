"""How do shown amounts add up to the shown total? By the largest remainder."""

from collections.abc import Sequence

GRAMS_PER_KG = 1_000


def apportioned(parts: Sequence[int], unit: int = GRAMS_PER_KG) -> list[int]:
    """Each part in whole units, so that they add up to the rounded sum; the largest remainders are rounded up.

    Of equal remainders the earlier part is rounded up: the same parts always give the same answer.
    """
    floors = [part // unit for part in parts]
    missing = rounded(sum(parts), unit) - sum(floors)
    order = sorted(range(len(parts)), key=lambda at: (-(parts[at] % unit), at))
    for at in order[:missing]:
        floors[at] += 1
    return floors


def rounded(amount: int, unit: int = GRAMS_PER_KG) -> int:
    """The amount in whole units, halves away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * ((abs(amount) * 2 + unit) // (2 * unit))
