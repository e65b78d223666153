"""What does an analyst ask of a table? Words of a request, checked against the data dictionary."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NoReturn, get_args
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import TypeAdapter

from adapters.analytics.dictionary import AnalyticsTable, Column
from domain.kernel.instants import Instant
from domain.kernel.refusals import Malformed
from domain.kernel.text import without_control_characters

Operator = Literal["eq", "ne", "lt", "lte", "gt", "gte", "in", "is_null"]
Bucket = Literal["day", "week", "month", "year"]
Function = Literal["sum", "avg", "min", "max"]

MOST_FILTERS, MOST_VALUES, MOST_GROUPS, MOST_MEASURES, MOST_ORDERS = 20, 100, 4, 12, 4
LONGEST_TEXT = 200
UTC = "UTC"

ORDERED = frozenset({"integer", "number", "timestamp", "date", "text"})
EQUALS: frozenset[str] = frozenset({"eq", "ne", "in", "is_null"})
OPERATORS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(ORDERED, frozenset(get_args(Operator))),
    "uuid": EQUALS,
    "boolean": frozenset({"eq", "ne", "is_null"}),
    "json": frozenset({"is_null"}),
}
MEASURABLE: Mapping[str, frozenset[str]] = {
    "sum": frozenset({"integer", "number"}),
    "avg": frozenset({"integer", "number"}),
    "min": ORDERED,
    "max": ORDERED,
}
# Text of any length does not fit into a cursor, so pages are never cut at one.
PAGED_BY = frozenset({"uuid", "integer", "number", "boolean", "timestamp", "date"})

BUCKETED = re.compile(r"(?P<bucket>[a-z]+)\((?P<column>[a-z0-9_]+)\)")
UNESCAPED_COMMA = re.compile(r"(?<!\\),")
INSTANT: TypeAdapter[Any] = TypeAdapter(Instant)


class QueryInvalid(Malformed):
    """The query does not fit the table; `errors` says where."""


@dataclass(frozen=True)
class Filter:
    """A condition on one column."""

    column: Column
    operator: Operator
    value: Any


@dataclass(frozen=True)
class Group:
    """A column whose values, or whose days, weeks, months or years, make one row each."""

    column: Column
    bucket: Bucket | None = None

    @property
    def name(self) -> str:
        """The name of its values in the answer: `rule`, `month_flagged_at`."""
        return f"{self.bucket}_{self.column.name}" if self.bucket else self.column.name


@dataclass(frozen=True)
class Measure:
    """A figure over the rows of a group; without a column, their number."""

    function: Function | Literal["count"]
    column: Column | None = None

    @property
    def name(self) -> str:
        """Its name in the answer: `sum_spend_eur_cents`, `count`."""
        return f"{self.function}_{self.column.name}" if self.column else self.function


@dataclass(frozen=True)
class Ordering:
    """What comes first; rows without a value come last in either direction."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class Question:
    """A question a table can answer; nothing in it comes from a client but typed values."""

    table: AnalyticsTable
    columns: tuple[Column, ...] = ()
    filters: tuple[Filter, ...] = ()
    groups: tuple[Group, ...] = ()
    measures: tuple[Measure, ...] = ()
    order: tuple[Ordering, ...] = ()
    zone: str = UTC

    @property
    def is_grouped(self) -> bool:
        """Does it ask for figures rather than for rows?"""
        return bool(self.groups or self.measures)


@dataclass(frozen=True)
class Asked:
    """The words of a request, as they came."""

    columns: str | None = None
    filters: Sequence[str] = ()
    group_by: str | None = None
    measures: Mapping[str, str | None] = field(default_factory=dict)  # by function
    count: bool = False
    order: str | None = None
    zone: str = UTC


def understood(table: AnalyticsTable, asked: Asked) -> Question:
    """The question. Refuses QueryInvalid with the parameter that does not fit."""
    groups = tuple(_group(table, word) for word in _words(asked.group_by, "group_by", MOST_GROUPS))
    measures = tuple(_measures(table, asked))
    if asked.columns is not None and (groups or measures):
        _refuse("columns", "Name columns, or group and measure; not both.")
    question = Question(
        table=table,
        columns=() if groups or measures else columns_of(table, asked.columns),
        filters=filters_of(table, asked.filters),
        groups=groups,
        measures=measures,
        zone=_zone(asked.zone),
    )
    return Question(**{**vars(question), "order": tuple(_order(question, asked.order))})


def columns_of(
    table: AnalyticsTable, names: str | Sequence[str] | None, *, pointer: str = "columns"
) -> tuple[Column, ...]:
    """The columns asked for, in that order; all of them when none is named."""
    if names is None:
        return shown(table)
    words = _words(names, pointer, len(table.columns)) if isinstance(names, str) else list(names)
    found = tuple(column_of(table, word, f"{pointer}/{number}") for number, word in enumerate(words))
    if len(set(words)) < len(words) or not words:
        _refuse(pointer, "Name every column once, and at least one.")
    return found


def shown(table: AnalyticsTable) -> tuple[Column, ...]:
    """Every column but the tenant, which is always the caller's own."""
    return tuple(column for column in table.columns if column.name != "tenant_id")


def column_of(table: AnalyticsTable, name: str, pointer: str) -> Column:
    """The column. Refuses QueryInvalid."""
    found = [column for column in shown(table) if column.name == name]
    if not found:
        _refuse(pointer, "The table has no such column.")
    return found[0]


def filters_of(table: AnalyticsTable, texts: Sequence[str], *, pointer: str = "filter") -> tuple[Filter, ...]:
    """The conditions, all of which must hold."""
    if len(texts) > MOST_FILTERS:
        _refuse(pointer, f"Name at most {MOST_FILTERS} filters.")
    return tuple(_filter(table, text, f"{pointer}/{number}") for number, text in enumerate(texts))


def _filter(table: AnalyticsTable, text: str, pointer: str) -> Filter:
    name, colon, rest = text.partition(":")
    operator, second, value = rest.partition(":")
    if not (colon and second):
        _refuse(pointer, "Must have the form column:operator:value.")
    column = column_of(table, name, pointer)
    offered = OPERATORS[column.kind]
    match operator:
        case _ if operator not in offered:
            _refuse(pointer, f"This column can be compared by {', '.join(sorted(offered))}.")
        case "in":
            return Filter(column, "in", _values(column, value, pointer))
        case "is_null":
            return Filter(column, "is_null", _parsed("boolean", value, pointer))
    return Filter(column, operator, _parsed(column.kind, value, pointer))  # type: ignore[arg-type]


def _values(column: Column, text: str, pointer: str) -> list[Any]:
    words = [word.replace("\\,", ",") for word in UNESCAPED_COMMA.split(text)]
    if len(words) > MOST_VALUES:
        _refuse(pointer, f"Name at most {MOST_VALUES} values.")
    return [_parsed(column.kind, word, pointer) for word in words]


def parsed(kind: str, text: str) -> Any:
    """A value of that kind. Raises ValueError."""
    return READERS[kind](text)


def _parsed(kind: str, text: str, pointer: str) -> Any:
    try:
        return parsed(kind, text)
    except ValueError:
        _refuse(pointer, EXPECTED[kind])


def _group(table: AnalyticsTable, word: str) -> Group:
    match = BUCKETED.fullmatch(word)
    if match is None:
        column = column_of(table, word, "group_by")
        if column.kind == "json":
            _refuse("group_by", "A document cannot be grouped by.")
        return Group(column)
    column = column_of(table, match["column"], "group_by")
    if match["bucket"] not in get_args(Bucket) or column.kind not in ("timestamp", "date"):
        _refuse("group_by", "Times and dates are grouped by day, week, month or year.")
    return Group(column, match["bucket"])  # type: ignore[arg-type]


def _measures(table: AnalyticsTable, asked: Asked) -> list[Measure]:
    measures = [Measure("count")] if asked.count else []
    for function, names in asked.measures.items():
        for word in _words(names, function, MOST_MEASURES):
            column = column_of(table, word, function)
            if column.kind not in MEASURABLE[function]:
                _refuse(function, f"This figure needs a column of kind {_either(MEASURABLE[function])}.")
            measures.append(Measure(function, column))  # type: ignore[arg-type]
    return measures


def _order(question: Question, text: str | None) -> list[Ordering]:
    orders = []
    offered = _orderable(question)
    for word in _words(text, "order", MOST_ORDERS):
        name = word.removeprefix("-")
        if name not in offered:
            detail = "Order figures by a group or a figure of the answer." if question.is_grouped else ROWS_BY
            _refuse("order", detail)
        orders.append(Ordering(name, word.startswith("-")))
    return orders


ROWS_BY = f"Order rows by a column of kind {', '.join(sorted(PAGED_BY))}."


def _orderable(question: Question) -> set[str]:
    if question.is_grouped:
        return {each.name for each in question.groups} | {each.name for each in question.measures}
    return {column.name for column in shown(question.table) if column.kind in PAGED_BY}


def _words(text: str | None, pointer: str, most: int) -> list[str]:
    words = [] if text is None else text.split(",")
    if len(words) > most:
        _refuse(pointer, f"Name at most {most}.")
    if len({word.removeprefix("-") for word in words}) < len(words):
        _refuse(pointer, "Name each of them once.")
    return words


def _zone(name: str) -> str:
    if name not in _zones():
        _refuse("zone", "Must be a time zone of the IANA database, such as Europe/Paris.")
    return name


@cache
def _zones() -> frozenset[str]:
    # The library opens some six hundred files to know them, and takes this machine's own zone for one.
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def _either(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(kinds))


def _matching(pattern: str, read: Callable[[str], Any]) -> Callable[[str], Any]:
    compiled = re.compile(pattern)

    def reader(text: str) -> Any:
        if not compiled.fullmatch(text):
            raise ValueError
        return read(text)

    return reader


def _integer(text: str) -> int:
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError
    return value


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT or "\n" in text:
        raise ValueError
    text.encode()
    return without_control_characters(text)


READERS: Mapping[str, Callable[[str], Any]] = {
    "uuid": _matching(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", UUID),
    "text": _text,
    "integer": _matching(r"-?[0-9]{1,19}", _integer),
    "number": _matching(r"-?[0-9]{1,20}(\.[0-9]{1,12})?", Decimal),
    "boolean": _matching("true|false", lambda text: text == "true"),
    "timestamp": _matching(r"[0-9]{4}-[0-9T:.+Z-]{8,40}", INSTANT.validate_python),
    "date": _matching(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", date.fromisoformat),
}
EXPECTED: Mapping[str, str] = {
    "uuid": "Must be a UUID.",
    "text": f"Must be text of at most {LONGEST_TEXT} characters, on one line.",
    "integer": "Must be a whole number.",
    "number": "Must be a number, such as 12.5.",
    "boolean": "Must be true or false.",
    "timestamp": "Must be a date and time in RFC 3339 format, with its offset from UTC.",
    "date": "Must be a date, such as 2030-05-02.",
}


def _refuse(pointer: str, detail: str) -> NoReturn:
    raise QueryInvalid(detail, pointer=f"/{pointer}", location="query")
