"""How is a link followed? For all things of one answer at once: a hundred trips ask for their violations once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql import GraphQLError
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from strawberry import UNSET
from strawberry.dataloader import DataLoader

from adapters.bootstrap import Caller, House
from api.graphql.fields import AskingField
from api.graphql.inputs import made_argument
from api.graphql.schema import Schema
from api.graphql.ties import Context

USUAL_FIRST = 10
MOST_FIRST = 100
REFUSALS_OF_NOTHING = (403, 404)

Fetch = Callable[[House, Caller | None, Sequence[UUID]], Mapping[UUID, Any]]


@dataclass(frozen=True)
class Link:
    """A field that leads from one model to another: `by` is the field that names what is meant.

    `fetch` answers all that are asked for at once; or it is the operation that answers the only one.
    """

    source: type[BaseModel]
    name: str
    target: type[BaseModel]
    by: str | None
    fetch: Fetch | str
    description: str
    is_list: bool = False


class LinkField(AskingField):
    """A field that leads elsewhere; it knows what it stands on."""

    is_link = True

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """What it leads to."""
        given = {name[:-1]: value for name, value in kwargs.items()}
        return self.resolve_with(info.context, {**given, "source": source})


def add_links(schema: Schema, links: Sequence[Link]) -> None:
    """Puts the links onto the types of their models."""
    for link in links:
        schema.add(link.source, _field(schema, link))


def _field(schema: Schema, link: Link) -> LinkField:
    target = schema.type_of(link.target)
    arguments = []
    if link.is_list:
        target = list[target]  # type: ignore[valid-type]
        words = f"how many at most: 1 to {MOST_FIRST}, else {USUAL_FIRST}"
        arguments.append(made_argument("first", int | None, description=words))

    async def resolve(context: Context, given: Mapping[str, Any]) -> Any:
        if isinstance(link.fetch, str):
            return await _only(schema, context, link.fetch)
        key = given["source"].get(link.by)
        if key is None:
            return None
        found = await _loader(context, link.fetch).load(UUID(key))
        return found[: _first(given.get("first"))] if link.is_list else found

    type_ = target if link.is_list else target | None
    return LinkField(link.name, type_, arguments, resolve, description=link.description)


def _first(given: Any) -> int:
    first = USUAL_FIRST if given is None or given is UNSET else int(given)
    if not 1 <= first <= MOST_FIRST:
        raise GraphQLError(f"first must be 1 to {MOST_FIRST}.")
    return first


def _loader(context: Context, fetch: Fetch) -> DataLoader[UUID, Any]:
    if fetch not in context.loaders:

        async def load(keys: list[UUID]) -> list[Any]:
            found = await run_in_threadpool(fetch, context.house, context.caller, keys)
            return [found.get(key, None) for key in keys]

        context.loaders[fetch] = DataLoader(load_fn=load)
    loader: DataLoader[UUID, Any] = context.loaders[fetch]
    return loader


async def _only(schema: Schema, context: Context, operation: str) -> Any:
    """What there is one of; null where there is none, or none for whoever asks."""

    async def load(keys: list[str]) -> list[Any]:
        answer = await context.calls.ask(schema.operations[operation], {})
        return [None if answer.is_refusal else answer.document for _ in keys]

    loader = context.loaders.setdefault(operation, DataLoader(load_fn=load))
    return await loader.load(operation)
