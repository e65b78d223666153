"""How does a question become SQL? Names come from the data dictionary, values are always parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from psycopg import sql
from psycopg.sql import SQL, Composable, Identifier, Placeholder

from adapters.analytics.dictionary import SCHEMA, AnalyticsTable
from adapters.analytics.questions import Filter, Group, Measure, Ordering, Question
from projections.catalog import PROJECTORS

SCALE = 6  # digits of an average after the point

SELECT = SQL("select {what} from {table} where tenant_id = %(tenant_id)s{conditions}{rest}")
COMPARED = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "ne": "is distinct from"}

# What makes a row unique, and is indexed: the keys of the read models.
KEYS: dict[str, tuple[str, ...]] = {
    **{projector.row.TABLE: projector.row.KEY for projector in PROJECTORS},
    "event": ("position",),
}


@dataclass
class Statement:
    """SQL with a place for the tenant, and the values of its other places."""

    text: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def place(self, value: Any) -> Placeholder:
        """A place in the statement for one value."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return Placeholder(name)


def rows_of(question: Question, *, after: Sequence[Any] | None = None, limit: int | None = None) -> Statement:
    """The rows of one page, and what their order needs besides; all rows without a limit."""
    statement = Statement()
    order = paging_order(question)
    names = dict.fromkeys([*(each.name for each in question.columns), *(each.name for each in order)])
    conditions = [_condition(each, statement) for each in question.filters]
    if after is not None:
        conditions.append(_beyond(order, after, statement))
    rest = _ordered([(Identifier(each.name), each.descending) for each in order])
    if limit is not None:
        rest += SQL(" limit {}").format(statement.place(limit))
    return _finished(statement, question.table, [Identifier(name) for name in names], conditions, rest)


def figures_of(question: Question, *, limit: int) -> Statement:
    """One row per group."""
    statement = Statement()
    zone = statement.place(question.zone)
    what = [_grouped(each, zone) for each in question.groups] + [
        _measured(each) for each in question.measures
    ]
    names = [each.name for each in question.groups] + [each.name for each in question.measures]
    number_of = {name: number for number, name in enumerate(names, start=1)}
    asked = {each.name for each in question.order}
    order = [*question.order, *(Ordering(each.name) for each in question.groups if each.name not in asked)]
    rest: Composable = SQL("")
    if question.groups:
        rest += SQL(" group by ") + SQL(", ").join(
            sql.Literal(number_of[each.name]) for each in question.groups
        )
    if order:
        rest += _ordered([(sql.Literal(number_of[each.name]), each.descending) for each in order])
    rest += SQL(" limit {}").format(statement.place(limit))
    conditions = [_condition(each, statement) for each in question.filters]
    columns = [SQL("{} as {}").format(each, Identifier(name)) for each, name in zip(what, names, strict=True)]
    return _finished(statement, question.table, columns, conditions, rest)


def count_of(question: Question) -> Statement:
    """How many rows there are."""
    statement = Statement()
    conditions = [_condition(each, statement) for each in question.filters]
    return _finished(statement, question.table, [SQL("count(*) as count")], conditions, SQL(""))


def paging_order(question: Question) -> list[Ordering]:
    """The order asked for, made unique by the key of the table."""
    asked = {each.name: each for each in question.order}
    keys = {name: Ordering(name) for name in KEYS[question.table.name] if name not in asked}
    return [*asked.values(), *keys.values()]


def kinds_of(question: Question) -> list[tuple[str, str]]:
    """Name and kind of every value in a row of the answer."""
    if not question.is_grouped:
        return [(column.name, column.kind) for column in question.columns]
    groups = [(each.name, "date" if each.bucket else each.column.kind) for each in question.groups]
    return groups + [(each.name, _kind_of(each)) for each in question.measures]


def _kind_of(measure: Measure) -> str:
    if measure.column is None:
        return "integer"
    return "number" if measure.function == "avg" else measure.column.kind


def _finished(
    statement: Statement,
    table: AnalyticsTable,
    what: Sequence[Composable],
    conditions: Sequence[Composable],
    rest: Composable,
) -> Statement:
    composed = SELECT.format(
        what=SQL(", ").join(what),
        table=Identifier(SCHEMA, table.name),
        conditions=SQL("").join(SQL(" and ") + each for each in conditions),
        rest=rest,
    )
    statement.text = composed.as_string()
    return statement


def _condition(asked: Filter, statement: Statement) -> Composable:
    column = Identifier(asked.column.name)
    match asked.operator:
        case "is_null":
            return column + SQL(" is null" if asked.value else " is not null")
        case "in":
            return SQL("{} = any({})").format(column, statement.place(asked.value))
        case "eq" | "ne" | "lt" | "lte" | "gt" | "gte":
            return SQL(" ").join((column, SQL(COMPARED[asked.operator]), statement.place(asked.value)))
        case _:
            assert_never(asked.operator)


def _grouped(group: Group, zone: Composable) -> Composable:
    column: Composable = Identifier(group.column.name)
    if group.bucket is None:
        return column
    if group.column.kind == "timestamp":
        column = SQL("{} at time zone {}").format(column, zone)
    return SQL("date_trunc({}, {})::date").format(sql.Literal(group.bucket), column)


def _measured(measure: Measure) -> Composable:
    if measure.column is None:
        return SQL("count(*)")
    column = Identifier(measure.column.name)
    match measure.function:
        case "sum":
            return SQL("coalesce(sum({}), 0)").format(column)
        case "avg":
            return SQL("round(avg({}), {})").format(column, sql.Literal(SCALE))
        case "min" | "max" | "count":
            return SQL("{}({})").format(SQL(measure.function), column)
        case _:
            assert_never(measure.function)


def _ordered(order: Sequence[tuple[Composable, bool]]) -> Composable:
    terms = [each + SQL(" desc nulls last" if descending else " nulls last") for each, descending in order]
    return SQL(" order by ") + SQL(", ").join(terms)


def _beyond(order: Sequence[Ordering], after: Sequence[Any], statement: Statement) -> Composable:
    """Rows after a place: equal in the first columns of the order and beyond it in the next one."""
    same: list[Composable] = []
    ways: list[Composable] = []
    for each, value in zip(order, after, strict=True):
        column = Identifier(each.name)
        if value is None:
            same.append(column + SQL(" is null"))
            continue
        place = statement.place(value)
        beyond = SQL("({} {} {} or {} is null)").format(
            column, SQL("<" if each.descending else ">"), place, column
        )
        ways.append(SQL(" and ").join([*same, beyond]))
        same.append(SQL("{} = {}").format(column, place))
    return SQL("({})").format(SQL(" or ").join(SQL("({})").format(way) for way in ways))
