"""Can anything about one company be read off what is shown of many?"""

from itertools import combinations
from uuid import UUID, uuid5

from hypothesis import given as examples
from hypothesis import strategies as st

from domain.kernel.nace import ALL, SECTION_OF, contains, groups_of
from domain.travel.disclosure import hides_each_member, sectors_to_show
from tests.kit.builders import STREAM

DIVISIONS = ("61", "62", "63", "64", "65")


def company(number: int) -> UUID:
    return uuid5(STREAM, f"company:{number}")


def groups(*members: tuple[str, int]) -> dict[str, dict[UUID, int]]:
    """The groups of all companies: each a division and a weight."""
    found: dict[str, dict[UUID, int]] = {}
    for number, (division, weight) in enumerate(members):
        for sector in groups_of(division):
            found.setdefault(sector, {})[company(number)] = weight
    return found


def test_five_equal_companies_are_shown_and_four_are_not() -> None:
    assert sectors_to_show(groups(*[("62", 10)] * 5), {}) == {"62", "K", ALL}
    assert sectors_to_show(groups(*[("62", 10)] * 4), {}) == set()


def test_one_dominant_member_hides_the_group() -> None:
    assert sectors_to_show(groups(("62", 20), *[("62", 10)] * 6), {}) == {"62", "K", ALL}, "exactly a quarter"
    assert sectors_to_show(groups(("62", 21), *[("62", 10)] * 6), {}) == set()


def test_the_whole_minus_a_part_is_never_a_group_that_would_be_hidden() -> None:
    shown = sectors_to_show(groups(*[("62", 10)] * 6, *[("63", 10)] * 3), {})
    assert shown == {"K", ALL}, "62 is hidden too: K minus 62 would be the three of 63"


def test_what_two_parts_leave_is_protected_too() -> None:
    shown = sectors_to_show(groups(*[("62", 10)] * 6, *[("64", 10)] * 5, ("85", 10)), {})
    assert shown == {ALL, "K", "62"}, "with L and 64 shown as well, the one of 85 would be what is left"


def test_adding_or_removing_one_member_hides_the_group_until_enough_have_changed() -> None:
    six = groups(*[("62", 10)] * 6)
    before = {sector: tuple(members) for sector, members in six.items()}
    assert sectors_to_show(six, before) == {"62", "K", ALL}, "the same companies"
    for changed in (5, 7, 10):
        assert sectors_to_show(groups(*[("62", 10)] * changed), before) == set()
    assert sectors_to_show(groups(*[("62", 10)] * 11), before) == {"62", "K", ALL}


# Weights close to each other and far apart, in a few divisions.
MEMBERS = st.lists(
    st.tuples(st.sampled_from(DIVISIONS), st.sampled_from((1, 9, 10, 11, 40))), min_size=0, max_size=40
)


@examples(MEMBERS, st.lists(st.integers(0, 39), max_size=30))
def test_no_union_or_difference_of_what_is_shown_singles_out_a_small_group(
    members: list[tuple[str, int]], earlier: list[int]
) -> None:
    everyone = groups(*members)
    before = {ALL: tuple({company(number) for number in earlier})}
    shown = sectors_to_show(everyone, before)
    for sector in shown:
        assert hides_each_member(everyone[sector])
        inside = [one for one in shown if contains(sector, one)]
        for size in range(1, len(inside) + 1):
            for parts in combinations(inside, size):
                left = dict(everyone[sector])
                for part in parts:
                    for member in everyone[part]:
                        left.pop(member, None)
                assert not left or hides_each_member(left), (sector, parts)
    if ALL in shown:
        changed = set(everyone[ALL]) ^ set(before[ALL])
        assert len(changed) == 0 or len(changed) >= 5


def test_every_division_has_its_section() -> None:
    assert len(SECTION_OF) == 87
    assert (SECTION_OF["01"], SECTION_OF["46"], SECTION_OF["62"], SECTION_OF["99"]) == ("A", "G", "K", "V")
