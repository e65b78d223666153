"""What can be asked in GraphQL? Every operation, the things they name as nodes, and the links between them.

Built once per process, when the first request comes: whoever never asks pays nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError, GraphQLSchema
from pydantic import BaseModel
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types.field import StrawberryField

from api.graphql.answers import Answers, made_type
from api.graphql.fields import AskingField, Fields
from api.graphql.global_ids import parts_of
from api.graphql.inputs import Inputs, made_argument
from api.graphql.names import WITHOUT_TWIN
from api.graphql.operations import Operation, is_model
from api.graphql.relay import Node
from api.graphql.scalars import SCALARS
from api.graphql.told import error_of
from api.graphql.type_names import TypeNames

log = structlog.get_logger("escale.api")

NOT_FOUND = 404


@dataclass(frozen=True)
class Kind:
    """What node(id:) can fetch: a thing that has an id, and the operation that gets it by that alone."""

    name: str
    model: type[BaseModel]
    operation: Operation


class Schema:
    """The schema over a set of operations."""

    def __init__(
        self,
        operations: Callable[[], Mapping[str, Operation]],
        *,
        versioned: Callable[[Operation], bool],
        links: Callable[["Schema"], None] | None = None,
        subscriptions: Callable[["Schema"], Sequence[StrawberryField]] | None = None,
    ) -> None:
        self._all = operations
        self._versioned = versioned
        self._links = links
        self._subscriptions = subscriptions
        self._lock = Lock()
        self._built: strawberry.Schema | None = None
        self.linked: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Those with a twin."""
        return {name: each for name, each in self._all().items() if name not in WITHOUT_TWIN}

    def built(self) -> strawberry.Schema:
        """The schema; the first who asks builds it, and whoever comes meanwhile waits."""
        if self._built is None:
            with self._lock:
                if self._built is None:
                    self._built = self._build()
        return self._built

    @property
    def core(self) -> GraphQLSchema:
        """The schema as graphql-core knows it."""
        return self.built()._schema

    @cached_property
    def asking(self) -> frozenset[tuple[str, str]]:
        """The fields that ask the house: type and name."""
        roots = (self.core.query_type, self.core.mutation_type)
        return self.linked | {(root.name, name) for root in roots if root for name in root.fields}

    @cached_property
    def asking_roots(self) -> frozenset[str]:
        """The names of the fields that ask an operation, and count as a request of their own."""
        return frozenset(name for parent, name in self.asking if parent in ("Query", "Mutation"))

    def type_of(self, model: type[BaseModel]) -> Any:
        """The type of a model that some operation answers."""
        return self.answers.model(model)

    def add(self, model: type[BaseModel], field: StrawberryField) -> None:
        """One field more on the type of a model, which asks the house."""
        definition = self.answers.model(model).__strawberry_definition__
        definition.fields.append(field)
        self.linked |= {(definition.name, str(field.graphql_name))}

    def _build(self) -> strawberry.Schema:
        operations = self.operations
        names = TypeNames()
        gets = [each for each in operations.values() if _gets_by_id(each)]
        kinds: dict[type[BaseModel], str] = {}
        for each in gets:
            kinds.setdefault(each.answer, names.of_model(each.answer))
        self.kinds = {
            kinds[each.answer]: Kind(kinds[each.answer], each.answer, each) for each in reversed(gets)
        }
        by_path = {each.path.rpartition("/")[0]: kinds[each.answer] for each in gets}
        for each in operations.values():
            if is_model(each.item) and "id" in each.item.model_fields and each.path in by_path:
                kinds.setdefault(each.item, by_path[each.path])
        self.answers = Answers(names, kinds)
        fields = Fields(self.answers, Inputs(names), versioned=self._versioned)
        queries: list[AskingField] = [self._node()]
        mutations: list[AskingField] = []
        for each in operations.values():
            try:
                (queries if each.is_read else mutations).append(fields.of(each))
            except TypeError as error:
                # One operation of a form not taught must not close the door to all others; a test names it.
                log.error("graphql_twin_missing", operation=each.id, reason=str(error))
        _refuse_twins([*queries, *mutations])
        if self._links is not None:
            self._links(self)
        told = self._subscriptions(self) if self._subscriptions is not None else []
        return QuietSchema(
            query=_root("Query", queries, "What can be read."),
            mutation=_root("Mutation", mutations, "What can be changed."),
            subscription=_root("Subscription", list(told), "What is told as it happens.") if told else None,
            types=[self.answers.model(kind.model) for kind in self.kinds.values()],
            config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
            extensions=[Prepared],
        )

    def _node(self) -> AskingField:
        async def resolve(context: Any, given: Mapping[str, Any]) -> Any:
            parts = parts_of(str(given["id"]))
            kind = self.kinds.get(parts[0]) if parts else None
            if parts is None or kind is None:
                raise GraphQLError("id must be a global id of this schema.")
            (parameter,) = kind.operation.path_parameters
            answer = await context.calls.ask(kind.operation, {parameter.name: parts[1]})
            if answer.status == NOT_FOUND:
                return None
            if answer.is_refusal:
                raise error_of(answer)
            return {**answer.document, "__typename": kind.name}

        return AskingField(
            "node",
            Node | None,
            [made_argument("id", strawberry.ID)],
            resolve,
            description="Any thing by its global id; null if it is not known, or not to you.",
        )


class Prepared(SchemaExtension):
    """Hands on the document that the door has read and judged already."""

    def on_parse(self) -> Any:
        """The text is not read twice, and not judged twice."""
        self.execution_context.graphql_document = self.execution_context.context.document
        self.execution_context.validation_rules = ()
        yield


class QuietSchema(strawberry.Schema):
    """What goes wrong is noted by the door, by its place in the code; no document is written to a log."""

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Nothing here."""


def _gets_by_id(operation: Operation) -> bool:
    return (
        operation.is_read
        and operation.path.endswith("}")
        and len(operation.path_parameters) == 1
        and all(each.is_path or not each.is_required for each in operation.parameters)
        and is_model(operation.answer)
        and "id" in operation.answer.model_fields
    )


def _root(name: str, fields: Sequence[StrawberryField], description: str) -> Any:
    return made_type(name, list(fields), description=description)


def _refuse_twins(fields: list[AskingField]) -> None:
    seen: set[str] = set()
    for each in fields:
        name = str(each.graphql_name)
        if name in seen:
            raise LookupError(f"two operations are called {name}; name one in names.FIELDS")
        seen.add(name)
