"""How is a listing read page by page, forwards, as Relay asks?

The REST door gives one cursor per page, for the place after its last item. The cursor of an item in
the midst of a page is that page's own start and how many items follow it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from graphql import GraphQLError
from pydantic import BaseModel
from strawberry import UNSET
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from api.graphql.answers import Answers, ReadField, made_type
from api.graphql.calls import Answer, Calls
from api.graphql.inputs import made_argument
from api.graphql.names import pascal
from api.graphql.operations import Operation
from api.graphql.relay import DEFAULT_FIRST, MOST_FIRST, PageInfo
from api.graphql.told import error_of

Read = Callable[[Calls, Mapping[str, Any], Any, Any], Awaitable[Any]]
# Of a listing that is given as a whole, cursors count from its start.
FURTHEST = 1_000_000
PAGE_FIELDS = frozenset({"data", "next_cursor"})


class Pages:
    """The connections of all listings: one type for each kind of listing."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._made: dict[Any, Any] = {}

    def of(self, operation: Operation) -> tuple[Any, list[StrawberryArgument], Read]:
        """A listing's type, its arguments for pages, and what reads one."""
        item_type, turn = self._answers.annotation(
            operation.item, owner=pascal(operation.id.removeprefix("list_")), name="item"
        )
        connection = self._connection(operation, item_type)
        arguments = [
            made_argument(
                "first",
                int | None,
                description=f"how many at most: 1 to {MOST_FIRST}, else {DEFAULT_FIRST}",
            ),
            made_argument("after", str | None, description="the cursor of the item before"),
        ]

        async def read(calls: Calls, values: Mapping[str, Any], first: Any, after: Any) -> Any:
            size = DEFAULT_FIRST if first is None or first is UNSET else int(first)
            if not 1 <= size <= MOST_FIRST:
                raise GraphQLError(f"first must be 1 to {MOST_FIRST}.")
            start, passed = _place("" if after is None or after is UNSET else str(after))
            if operation.takes("limit") and operation.takes("cursor"):
                page, start, passed = await _page(calls, operation, values, size, start, passed)
            else:
                page = await _whole(calls, operation, values, size + passed)
            items = page["data"] if turn is None else [turn(each) for each in page["data"]]
            return _connected(page, items, size, start, passed)

        return connection, arguments, read

    def _connection(self, operation: Operation, item: Any) -> Any:
        model = operation.answer
        others = tuple(name for name in model.model_fields if name not in PAGE_FIELDS)
        key = (repr(item), model if others else None)
        if key not in self._made:
            base = _base_name(item, operation)
            if others:
                base = pascal(operation.id.removeprefix("list_").removeprefix("get_"))
            names = self._answers.names
            owner = ("connection", key)
            connection = names.take(owner, (f"{base}Connection", f"{pascal(operation.id)}Connection"))
            edge = names.take(owner, (f"{base}Edge", f"{pascal(operation.id)}Edge"))
            edges = made_type(
                edge,
                [ReadField("cursor", str), ReadField("node", item)],
                description="One item and its place.",
            )
            fields: list[StrawberryField] = [
                ReadField("edges", list[edges]),  # type: ignore[valid-type]
                ReadField("page_info", PageInfo),
                *(self._beside(model, name) for name in others),
            ]
            self._made[key] = made_type(connection, fields, description="One page of a list.")
        return self._made[key]

    def _beside(self, model: type[BaseModel], name: str) -> ReadField:
        """What a listing says besides its items."""
        field = model.model_fields[name]
        type_, turn = self._answers.annotation(field.annotation, owner=pascal(model.__name__), name=name)
        return ReadField(name, type_, description=field.description, turn=turn)


async def _page(
    calls: Calls, operation: Operation, values: Mapping[str, Any], size: int, start: str, passed: int
) -> tuple[dict[str, Any], str, int]:
    if passed:
        skipped = await _asked(calls, operation, values, limit=passed, cursor=start)
        if skipped.get("next_cursor") is None:
            return {"data": [], "next_cursor": None}, start, passed
        start, passed = skipped["next_cursor"], 0
    return await _asked(calls, operation, values, limit=size, cursor=start), start, passed


async def _whole(calls: Calls, operation: Operation, values: Mapping[str, Any], upto: int) -> dict[str, Any]:
    """A page of a listing that knows no cursors: it is given as a whole, and cut here."""
    return await _asked(calls, operation, values, limit=min(upto + 1, MOST_FIRST), cursor="")


async def _asked(
    calls: Calls, operation: Operation, values: Mapping[str, Any], *, limit: int, cursor: str
) -> dict[str, Any]:
    more: dict[str, Any] = {"limit": limit} if operation.takes("limit") else {}
    if cursor:
        more["cursor"] = cursor
    answer: Answer = await calls.ask(operation, {**values, **more})
    if answer.is_refusal:
        raise error_of(answer)
    page: dict[str, Any] = answer.document
    return page


def _connected(page: dict[str, Any], items: list[Any], size: int, start: str, passed: int) -> dict[str, Any]:
    shown = items[passed : passed + size]
    following = page.get("next_cursor")
    has_more = following is not None or len(items) > passed + size
    cursors = [_cursor(start, passed + number) for number in range(1, len(shown) + 1)]
    if shown and following is not None and len(items) == passed + len(shown):
        cursors[-1] = _cursor(following, 0)
    return {
        **page,
        "edges": [{"cursor": cursor, "node": node} for cursor, node in zip(cursors, shown, strict=True)],
        "page_info": PageInfo(
            has_next_page=has_more,
            has_previous_page=bool(start) or passed > 0,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
    }


def _cursor(start: str, passed: int) -> str:
    return urlsafe_b64encode(f"{passed}:{start}".encode()).decode()


def _place(cursor: str) -> tuple[str, int]:
    if not cursor:
        return "", 0
    try:
        passed, _, start = urlsafe_b64decode(cursor.encode()).decode().partition(":")
        number = int(passed)
    except ValueError:
        raise GraphQLError("after must be a cursor of this list.") from None
    if not 0 <= number <= FURTHEST:
        raise GraphQLError("after must be a cursor of this list.")
    return start, number


def _base_name(item: Any, operation: Operation) -> str:
    definition = getattr(item, "__strawberry_definition__", None)
    return definition.name if definition is not None else pascal(operation.id.removeprefix("list_"))
