"""What a company says of itself: sector, size and currency."""

from typing import Any

import pytest

from domain.kernel.nace import REV_2, REV_2_1, NaceRevision, Sector, section_of
from tests.kit.house import Place


def patch(place: Place, body: dict[str, Any], **headers: str) -> Any:
    """The answer to a merge patch by the owner of the north."""
    return place.client.patch(url(place), json=body, headers={**place.north.owner.headers, **headers})


def url(place: Place) -> str:
    return f"/api/v1/enterprise/tenants/{place.north.id}/profile"


def test_is_said_bit_by_bit(place: Place) -> None:
    unstated = place.client.get(url(place), headers=place.north.owner.headers)
    assert unstated.json()["version"] == 0
    assert unstated.json()["sector"] is None
    assert unstated.json()["reporting_currency"] == "EUR"
    revenue = {"amount_minor": 1_250_000_000, "currency": "CHF"}
    made = patch(place, {"sector": {"division": "62"}, "head_count": 120, "annual_revenue": revenue})
    assert made.status_code == 200, made.text
    changed = patch(place, {"head_count": None, "reporting_currency": "CHF"})
    shown = place.client.get(url(place), headers=place.north.owner.headers).json()
    assert shown["sector"] == {"revision": "2.1", "division": "62", "section_letter": "K"}
    assert (shown["head_count"], shown["annual_revenue"]) == (None, revenue)
    assert shown["reporting_currency"] == "CHF"
    assert changed.headers["etag"] == '"v2"'
    stale = patch(place, {"head_count": 5}, **{"If-Match": '"v1"'})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"sector": {"division": "04"}}, "/sector/division"),
        ({"sector": {"division": "45"}}, "/sector/division"),
        ({"sector": {"division": "6201"}}, "/sector/division"),
        ({"sector": {"revision": "3", "division": "62"}}, "/sector/revision"),
        ({"head_count": 0}, "/head_count"),
        ({"head_count": "120"}, "/head_count"),
        ({"annual_revenue": {"amount_minor": -1, "currency": "EUR"}}, "/annual_revenue/amount_minor"),
        ({"reporting_currency": "ZZZ"}, "/reporting_currency"),
        ({"reporting_currency": None}, "/reporting_currency"),
    ],
)
def test_is_refused_where_it_is_wrong(place: Place, body: dict[str, Any], pointer: str) -> None:
    before = place.heads()
    answer = patch(place, body)
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]], answer.text
    assert place.heads() == before


def test_belongs_to_its_company(place: Place) -> None:
    for headers in (place.south.owner.headers, place.platform.admin.headers):
        assert place.client.get(url(place), headers=headers).status_code in (403, 404)
        assert place.client.patch(url(place), json={"head_count": 1}, headers=headers).status_code in (
            403,
            404,
        )
    assert place.client.get(url(place), headers=place.north.traveller.headers).status_code == 403


def test_nace_has_its_88_and_87_divisions() -> None:
    """Eurostat counts 88 divisions in revision 2; revision 2.1 dissolved division 45."""
    counted = {
        revision: sum(section_of(revision, division) is not None for division in range(100))
        for revision in NaceRevision
    }
    assert counted == {NaceRevision.REV_2: 88, NaceRevision.REV_2_1: 87}
    assert (len(REV_2), len(REV_2_1)) == (21, 22)
    assert Sector(revision=NaceRevision.REV_2, division="45").section == "G"
    assert Sector(revision=NaceRevision.REV_2, division="62").section == "J"


class TestAmongPeers:
    """Sector and head count are said once, in the profile; the comparison with peers asks for nothing."""

    URL = "/api/v1/enterprise/benchmarks/membership"

    def join(self, place: Place) -> Any:
        return place.client.put(self.URL, headers=place.north.owner.headers)

    @pytest.mark.parametrize(
        ("profile", "code"),
        [
            ({"sector": None, "head_count": 12}, "sector_unstated"),
            ({"sector": {"revision": "2", "division": "45"}, "head_count": 12}, "sector_dissolved"),
            ({"sector": {"division": "62"}, "head_count": None}, "head_count_unstated"),
        ],
    )
    def test_nobody_joins_who_does_not_say_them(
        self, place: Place, profile: dict[str, Any], code: str
    ) -> None:
        patch(place, profile)
        answer = self.join(place)
        assert (answer.status_code, answer.json()["code"]) == (409, code), answer.text
        assert "profile" in answer.json()["detail"]

    def test_they_are_taken_from_the_profile(self, place: Place) -> None:
        patch(place, {"sector": {"revision": "2", "division": "62"}, "head_count": 12})
        joined = self.join(place)
        assert joined.status_code == 200, joined.text
        assert (joined.json()["nace"], joined.json()["head_count"]) == ("62", 12)
        again = self.join(place)
        assert again.json()["version"] == joined.json()["version"], "nothing new was said"
        patch(place, {"head_count": 13})
        assert self.join(place).json()["head_count"] == 13
