"""How is one request answered, wherever it came in? Read, judged, then asked of the operations it names."""

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, OperationType, validate
from starlette.concurrency import run_in_threadpool

from adapters.bootstrap import Caller, House
from api.graphql import introspection, limits
from api.graphql.refusals import (
    BatchRefused,
    DocumentNotTrusted,
    DocumentRefused,
    DocumentTookTooLong,
    DocumentTooLong,
    DocumentUnknown,
)
from api.graphql.schema import Schema
from api.graphql.ties import Context, Ties, TrustedDocuments
from api.graphql.told import error_from

DEADLINE_S = 10.0
MOST_VALUES = 2_000
MOST_NESTED = 32
REMEMBERED = 256
FEATURE = "graphql"
# Where the library's messages repeat a value.
VALUE = re.compile(r"( value| found):? .*", re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """What a client sent."""

    text: str | None
    digest: str | None
    variables: Mapping[str, Any]
    operation_name: str | None


class Invalid(Exception):
    """The document says what the schema does not know."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True)
class Judged:
    """A document that may be answered."""

    document: DocumentNode
    operation: OperationDefinitionNode
    cost: int
    is_usual: bool = False

    @property
    def is_read(self) -> bool:
        """Does it only look?"""
        return self.operation.operation is OperationType.QUERY


class Requests:
    """The door's own work on each request."""

    def __init__(self, schema: Schema, ties: Ties) -> None:
        self.schema = schema
        self.ties = ties
        self._valid: OrderedDict[str, DocumentNode] = OrderedDict()
        self._lock = Lock()

    async def judge(self, asked: Asked, trusted: TrustedDocuments | None) -> Judged:
        """The document, if it may be answered. Refuses by the limits; raises Invalid; nothing has been asked yet."""
        text = _text(asked, trusted)
        await run_in_threadpool(self.schema.built)
        document = self._valid.get(text) or limits.read(text)
        operation = limits.operation_of(document, asked.operation_name)
        if operation is None:
            raise Invalid([GraphQLError("operationName must name one operation of the document.")])
        if introspection.asks_all(operation) and await run_in_threadpool(introspection.is_usual, document):
            return Judged(document, operation, introspection.COST, is_usual=True)
        judge = limits.Judge(self.schema.core, document, asked.variables, self.schema.asking)
        cost = judge.judge(operation)
        if text not in self._valid:
            errors = validate(self.schema.core, document, max_errors=5)
            if errors:
                raise Invalid(errors)
            self._remember(text, document)
        return Judged(document, operation, cost)

    async def answer(self, judged: Judged, asked: Asked, context: Context) -> dict[str, Any] | str:
        """What the operations say, as a GraphQL response, or as its JSON."""
        context.document = judged.document
        if judged.is_usual:
            data = await run_in_threadpool(introspection.answer, self.schema.core, judged.document)
            return f'{{"data": {data}, "extensions": {json.dumps(_cost(judged))}}}'
        try:
            async with asyncio.timeout(DEADLINE_S):
                result = await self.schema.built().execute(
                    "{ prepared }",
                    variable_values=dict(asked.variables),
                    context_value=context,
                    operation_name=asked.operation_name,
                )
        except TimeoutError:
            raise DocumentTookTooLong from None
        told: dict[str, Any] = {"data": result.data} if result.data is not None or not result.errors else {}
        if result.errors:
            told["errors"] = [self.shown(each, context) for each in result.errors]
        return {**told, "extensions": _cost(judged)}

    def shown(self, error: GraphQLError, context: Context) -> dict[str, Any]:
        """An error as it may leave the house: a defect says nothing but where its request is noted."""
        original = error.original_error
        if original is not None and not isinstance(original, GraphQLError):
            error_shown = dict(
                error_from(self.problem(original, context.connection.scope["request_id"])).formatted
            )
            if error.path:
                error_shown["path"] = error.path
            return error_shown
        return without_values(error)

    def problem(self, error: Exception, request_id: str) -> dict[str, Any]:
        """The problem document of anything that was raised."""
        problem: dict[str, Any] = json.loads(bytes(self.ties.says_no(error, request_id).body))
        return problem

    async def admit(self, house: House, caller: Caller | None) -> TrustedDocuments | None:
        """Whoever's plan includes this door. Refuses with PlanRequired."""
        if caller is None:
            return None
        return await run_in_threadpool(self._admit, house, caller)

    def _admit(self, house: House, caller: Caller) -> TrustedDocuments | None:
        house.entitlements(caller.tenant_id).require_feature(FEATURE, at=house.clock())
        return self.ties.trusted(house, caller)

    def _remember(self, text: str, document: DocumentNode) -> None:
        with self._lock:
            self._valid[text] = document
            while len(self._valid) > REMEMBERED:
                self._valid.popitem(last=False)


def asked_in(body: Any) -> Asked:
    """The parts of a request. Refuses what is none."""
    if isinstance(body, list):
        raise BatchRefused
    if not isinstance(body, dict):
        raise DocumentRefused
    text, variables = body.get("query"), body.get("variables")
    extensions, name = body.get("extensions"), body.get("operationName")
    digest = _digest(body.get("documentId"), extensions)
    if not (
        isinstance(text, str | None)
        and isinstance(variables, dict | None)
        and isinstance(name, str | None)
        and isinstance(extensions, dict | None)
    ):
        raise DocumentRefused
    if text is None and digest is None:
        raise DocumentRefused
    _refuse_huge(variables)
    return Asked(text, digest, variables or {}, name or None)


def read_json(body: bytes) -> Any:
    """The document; what every reader would not understand in the same way is refused where it is used."""
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise DocumentRefused from None


def without_values(error: GraphQLError) -> dict[str, Any]:
    """An error that repeats nothing of what the client sent as values."""
    shown: dict[str, Any] = dict(error.formatted)
    shown["message"] = VALUE.sub(r"\1.", shown["message"])
    return shown


def _text(asked: Asked, trusted: TrustedDocuments | None) -> str:
    digest = asked.digest
    if asked.text is not None:
        own = (
            sha256(asked.text.encode("utf-8", "surrogatepass")).hexdigest()
            if len(asked.text) <= limits.MOST_CHARACTERS
            else ""
        )
        if digest not in (None, own):
            raise DocumentUnknown
        digest = own
    known = None if trusted is None or digest is None else trusted.text(digest)
    if known is not None:
        return known
    if trusted is not None and trusted.is_locked:
        raise DocumentNotTrusted
    if asked.text is None:
        raise DocumentUnknown
    return asked.text


def _digest(document_id: Any, extensions: Any) -> str | None:
    if isinstance(document_id, str):
        return document_id.removeprefix("sha256:")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return digest if isinstance(digest, str) else None


def _refuse_huge(variables: Any) -> None:
    waiting, seen = [(variables, 1)], 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if seen > MOST_VALUES or depth > MOST_NESTED:
            raise DocumentTooLong
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if len(inner) > MOST_VALUES:
            raise DocumentTooLong
        waiting.extend((each, depth + 1) for each in inner)


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _cost(judged: Judged) -> dict[str, Any]:
    return {"cost": {"requested": judged.cost, "maximum": limits.MOST_COST}}
