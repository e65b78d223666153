"""Every finding leads to its place in the body that was sent, in a sentence of the house."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from api.rest.findings import places_of
from api.rest.problems import RequestInvalid
from api.rest.strict_json import parse
from tests.api import test_bad_input as corpus
from tests.kit.house import Place, a_flight
from tests.kit.pointers import leads_somewhere

LATE = {"departs_at": "2090-05-02T08:00:00Z", "arrives_at": "2090-05-02T07:00:00Z"}
FLIGHT = {name: value for name, value in a_flight().items() if name != "kind"}
HOTEL = corpus.BY_NAME["add_hotel"][2]


@pytest.fixture(scope="module")
def trip(place: Place) -> str:
    """A trip that is being planned."""
    return str(place.plan(place.north)["id"])


class TestPointers:
    @pytest.mark.parametrize(
        ("operation", "change", "pointer"),
        [
            ("plan_trip", {"segments": [{**a_flight(), **LATE}]}, "/segments/0/arrives_at"),
            ("plan_trip", {"segments": [{**a_flight(), "kind": corpus.CANARY}]}, "/segments/0/kind"),
            ("plan_trip", {"segments": [FLIGHT]}, "/segments/0/kind"),
            ("plan_trip", {"segments": [{"kind": "flight"}]}, "/segments/0/origin"),
            ("plan_trip", {"segments": [{**a_flight(), "surplus": 1}]}, "/segments/0/surplus"),
            ("plan_trip", {"segments": [7]}, "/segments/0"),
            (
                "plan_trip",
                {"segments": [{**HOTEL, "kind": "hotel", "check_out": "2090-05-01"}]},
                "/segments/0/check_out",
            ),
            ("add_flight", LATE, "/arrives_at"),
            ("add_hotel", {"check_out": "2090-05-01"}, "/check_out"),
        ],
    )
    def test_name_the_field(
        self, place: Place, trip: str, operation: str, change: dict[str, Any], pointer: str
    ) -> None:
        method, path, good = corpus.BY_NAME[operation]
        every = corpus.TestEveryOperation()
        body = {**every._filled(good, place, trip), **change}
        answer = place.client.request(
            method,
            "/api/v1" + every._filled(path, place, trip),
            json=body,
            headers=place.north.owner.headers,
        )
        errors = answer.json()["errors"]
        assert pointer in [error["pointer"] for error in errors], answer.text
        assert all(leads_somewhere(error["pointer"], body) for error in errors), answer.text

    def test_stop_above_a_name_that_is_not_repeated(self) -> None:
        with pytest.raises(RequestInvalid) as refused:
            parse(b'{"a b": {"c": NaN}}')
        assert [place.pointer for place in refused.value.facts["errors"]] == [""]


class Shade(StrEnum):
    DARK = "dark"
    PALE = "pale"


class Strange(BaseModel):
    """Everything that can be wrong."""

    model_config = ConfigDict(extra="forbid")

    multiple: Decimal = Field(Decimal(0), multiple_of=Decimal("0.5"))
    digits: Decimal = Field(Decimal(0), max_digits=3)
    places: Decimal = Field(Decimal(0), decimal_places=1)
    least: Decimal = Field(Decimal(5), ge=Decimal("1E+1"))
    most: int = Field(0, lt=10)
    shade: Shade = Shade.DARK
    word: Literal["yes"] = "yes"
    text: str = Field("xxx", pattern="^x+$", min_length=2, max_length=4)
    some: tuple[int, ...] = Field(default=(), max_length=1)
    number: int = 0
    share: float = 0
    truth: bool = False
    day: date = date(2030, 1, 1)
    moment: datetime = datetime(2030, 1, 1)
    aware: AwareDatetime | None = None
    id: UUID | None = None
    mapping: dict[str, int] = Field(default_factory=dict)
    inner: "Strange | None" = None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("multiple", "4.25", "Must be a multiple of 0.5."),
        ("digits", "12345", "Must have at most 3 digits."),
        ("places", "1.25", "Must have at most 1 digits after the point."),
        ("least", 1, "Must be at least 10."),
        ("most", 99, "Must be less than 10."),
        ("shade", corpus.CANARY, "Must be one of those offered: dark or pale."),
        ("word", corpus.CANARY, "Must be one of those offered: yes."),
        ("text", corpus.CANARY, "Must have at most this many characters: 4."),
        ("text", "abc", "Does not have the documented form."),
        ("text", 7, "Must be text."),
        ("some", [1, 2], "Must have at most this many entries: 1."),
        ("some", "x", "Must be a list."),
        ("number", corpus.CANARY, "Must be a whole number."),
        ("number", 1.5, "Must be a whole number."),
        ("share", corpus.CANARY, "Must be a number."),
        ("truth", corpus.CANARY, "Must be true or false."),
        ("day", corpus.CANARY, "Must be a date, such as 2030-05-02."),
        ("day", "2030-01-01T10:00:00", "Must be a date, such as 2030-05-02."),
        ("moment", corpus.CANARY, "Must be a date and time in RFC 3339 format."),
        ("aware", "2030-01-01T10:00:00", "Must name its offset from UTC."),
        ("id", corpus.CANARY, "Must be a UUID."),
        ("mapping", 7, "Must be an object."),
        ("inner", 7, "Must be an object."),
        ("surplus", corpus.CANARY, "This field is unknown."),
    ],
)
def test_findings_are_said_in_our_own_words(field: str, value: Any, sentence: str) -> None:
    with pytest.raises(ValidationError) as found:
        Strange.model_validate({field: value})
    findings = [{**error, "loc": ("body", *error["loc"])} for error in found.value.errors()]
    assert [place.detail for place in places_of(findings, {field: value})] == [sentence]


def test_what_a_library_says_in_place_of_a_validator_is_not_repeated() -> None:
    finding = {
        "type": "value_error",
        "loc": ("body", "x"),
        "msg": "Value error, invalid literal for int(): '7'",
    }
    assert next(places_of([finding], {"x": 7})).detail == "This value is not accepted."
