"""Which figures of a group can be shown without telling anything about one of its members?

A cell is the group of companies of one sector for one metric. It may be shown when

* it has enough members, and none stands for more than a quarter of the whole;
* the group is that of the last time it was shown, or differs from it by enough members, so that
  two quarters side by side say nothing about whoever came or went between them;
* what is left of it when the narrower groups shown are taken away is nothing, or itself such a group.

The last rule hides the smallest narrower group first, until it holds for every group shown.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from domain.kernel.nace import contains

MIN_MEMBERS = 5
# One member's part of the whole, as a fraction: more than 1/4 is too much.
MAX_PART = (1, 4)

# What each member of a group stands for.
Weights = Mapping[UUID, int]
# The group of each sector.
Groups = Mapping[str, Weights]
# Who was in the group when it was last shown.
Shown = Mapping[str, Collection[UUID]]


def sectors_to_show(groups: Groups, before: Shown) -> frozenset[str]:
    """The sectors whose figures may be shown together."""
    shown = {
        sector
        for sector, members in groups.items()
        if hides_each_member(members) and hides_the_change(members, before.get(sector, ()))
    }
    while unsafe := [sector for sector in sorted(shown) if not _remainder_is_safe(sector, groups, shown)]:
        shown.discard(_smallest(_parts(unsafe[0], shown), groups))
    return frozenset(shown)


def hides_each_member(members: Weights) -> bool:
    """Are there enough members, none of them dominant?"""
    part, whole = MAX_PART
    heaviest, total = max(members.values(), default=0), sum(members.values())
    return len(members) >= MIN_MEMBERS and heaviest * whole <= total * part


def hides_the_change(members: Weights, before: Collection[UUID]) -> bool:
    """Is it the group shown before, or one that differs by too many members to single one out?"""
    changed = len(set(members) ^ set(before))
    return changed == 0 or changed >= MIN_MEMBERS


def _remainder_is_safe(sector: str, groups: Groups, shown: Collection[str]) -> bool:
    accounted = {member for part in _parts(sector, shown) for member in groups[part]}
    remainder = {member: weight for member, weight in groups[sector].items() if member not in accounted}
    return not remainder or hides_each_member(remainder)


def _parts(sector: str, shown: Collection[str]) -> list[str]:
    """The widest groups shown inside that one."""
    inside = [one for one in shown if contains(sector, one)]
    return [one for one in inside if not any(contains(wider, one) for wider in inside)]


def _smallest(parts: Collection[str], groups: Groups) -> str:
    return min(parts, key=lambda sector: (len(groups[sector]), sector))
