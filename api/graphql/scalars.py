"""Which values stand for themselves? Each scalar is written as the REST door writes it."""

import re
from collections.abc import Mapping
from typing import Any, NewType

import strawberry
from annotated_types import Le, Lt
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from api.graphql.global_ids import local_id

Uuid = NewType("Uuid", str)
DateTime = NewType("DateTime", str)
Date = NewType("Date", str)
Time = NewType("Time", str)
Decimal = NewType("Decimal", str)
BigInt = NewType("BigInt", int)

LARGEST_INT = 2**31 - 1
LARGEST_BIG_INT = 2**63 - 1
# Whole numbers without a stated bound that count things a person counts.
COUNTED = re.compile(
    r"(^|_)(version|year|years|months|days|hours|minutes|percent|level|levels|stars|seats|segments|rating"
    r"|age|nights|status|month|places|day|week|left|guests|carbon)$"
)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError("Must be a string.")
    return value


def _number(value: Any) -> int | float | str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise GraphQLError("Must be a number, best written as a string.")
    return value


def _big(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_BIG_INT:
        raise GraphQLError("Must be a whole number of at most 64 bits.")
    return value


def _same(value: Any) -> Any:
    return value


def _scalar(name: str, description: str, parse: Any) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, serialize=_same, parse_value=parse)


SCALARS: Mapping[object, ScalarDefinition] = {
    Uuid: _scalar("UUID", "An identifier. Where one is asked for, a global id is understood too.", local_id),
    DateTime: _scalar("DateTime", "A moment with its offset, RFC 3339.", _text),
    Date: _scalar("Date", "A day, as 2026-03-31.", _text),
    Time: _scalar("Time", "A time of day, as 09:30:00.", _text),
    Decimal: _scalar(
        "Decimal", "An exact number, answered as a string so that no reader rounds it.", _number
    ),
    BigInt: _scalar(
        "BigInt", "A whole number of up to 64 bits: money in minor units, grams, positions.", _big
    ),
}


def whole_number(name: str, metadata: tuple[Any, ...]) -> Any:
    """The type of a whole number: Int where 32 bits are enough for certain."""
    bounds = [each.le if isinstance(each, Le) else each.lt for each in metadata if isinstance(each, Le | Lt)]
    if any(isinstance(each, int | float) and each <= LARGEST_INT + 1 for each in bounds):
        return int
    return int if COUNTED.search(name) else BigInt
