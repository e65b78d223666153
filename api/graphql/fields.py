"""How does each operation become a field? What it takes are arguments; what it answers is its type."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Optional, Union

import strawberry
from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from api.graphql.answers import Answers, ReadField, SettledField, made_type
from api.graphql.calls import Answer
from api.graphql.inputs import Inputs, Send, made_argument
from api.graphql.names import HIDDEN_PARAMETERS, field_name, pascal
from api.graphql.operations import Operation
from api.graphql.pages import Pages
from api.graphql.scalars import BigInt, Uuid
from api.graphql.shapes import Model, shape_of
from api.graphql.told import Refused, error_of, refused

Resolve = Callable[[Any, Mapping[str, Any]], Awaitable[Any]]
VERSIONED = ("put", "post", "patch", "delete")


class AskingField(SettledField):
    """A field whose answer is fetched when it is asked for."""

    def __init__(
        self,
        name: str,
        annotation: Any,
        arguments: list[StrawberryArgument],
        resolve: Resolve,
        *,
        description: str | None,
    ) -> None:
        super().__init__(
            python_name=f"{name}_",
            graphql_name=name,
            type_annotation=StrawberryAnnotation(annotation),
            description=description,
        )
        self.arguments = arguments
        self.resolve_with = resolve

    @property
    def is_basic_field(self) -> bool:
        """It needs its arguments and the request."""
        return False

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """What came back."""
        return self.resolve_with(info.context, {name[:-1]: value for name, value in kwargs.items()})


class Fields:
    """The fields of all operations."""

    def __init__(self, answers: Answers, inputs: Inputs, *, versioned: Callable[[Operation], bool]) -> None:
        self._answers = answers
        self._inputs = inputs
        self._versioned = versioned
        self._pages = Pages(answers)

    def of(self, operation: Operation) -> AskingField:
        """The field of an operation."""
        return self.query(operation) if operation.is_read else self.mutation(operation)

    def query(self, operation: Operation) -> AskingField:
        """The field of an operation that only looks."""
        name = field_name(operation.id, is_read=True)
        arguments, sends = self._arguments(operation)
        if operation.item is not None:
            return self._listing(operation, name, arguments, sends)
        type_, turn = self._answers.annotation(operation.answer, owner=pascal(name), name="answer")

        async def resolve(context: Any, given: Mapping[str, Any]) -> Any:
            answer = await context.calls.ask(operation, _sent(given, sends))
            if answer.is_refusal:
                raise error_of(answer)
            return answer.document if turn is None else turn(answer.document)

        return AskingField(name, Optional[type_], arguments, resolve, description=operation.description)  # noqa: UP045

    def mutation(self, operation: Operation) -> AskingField:
        """The field of an operation that changes something."""
        name = field_name(operation.id, is_read=False)
        arguments, sends = self._arguments(operation)
        send_body: Send | None = None
        if operation.takes_csv:
            arguments.append(
                made_argument("csv", str, description="the lines of the file, the first one its header")
            )
        elif operation.body is not None:
            argument, send_body = self._inputs.argument(
                "input", operation.body, owner=pascal(name), is_required=operation.body_is_required
            )
            arguments.append(argument)
        is_versioned = self._versioned(operation)
        if is_versioned:
            arguments.append(
                made_argument(
                    "version", int | None, description="the version you have seen; refused if it moved"
                )
            )
        arguments.append(
            made_argument(
                "client_mutation_id",
                Optional[str],  # noqa: UP045
                description="repeating a mutation under the same id takes effect once",
            )
        )
        payload, result, turn = self._payload(operation, name)

        async def resolve(context: Any, given: Mapping[str, Any]) -> Any:
            key = given.get("client_mutation_id") or None
            headers = {} if key in (None, UNSET) else {"Idempotency-Key": str(key)}
            version = given.get("version")
            if version is not None and version is not UNSET:
                headers["If-Match"] = f'"v{version}"'
            body = given["csv"] if operation.takes_csv else _body(given.get("input"), send_body)
            answer = await context.calls.ask(operation, _sent(given, sends), body=body, headers=headers)
            mutation_id = headers.get("Idempotency-Key")
            if answer.is_refusal:
                return refused(answer, client_mutation_id=mutation_id)
            return _done(payload, answer, turn, mutation_id)

        return AskingField(name, result, arguments, resolve, description=operation.description)

    def _listing(
        self, operation: Operation, name: str, arguments: list[StrawberryArgument], sends: dict[str, Send]
    ) -> AskingField:
        connection, arguments_of_pages, read = self._pages.of(operation)

        async def resolve(context: Any, given: Mapping[str, Any]) -> Any:
            return await read(context.calls, _sent(given, sends), given.get("first"), given.get("after"))

        return AskingField(
            name,
            Optional[connection],  # noqa: UP045
            [*arguments_of_pages, *arguments],
            resolve,
            description=operation.description,
        )

    def _arguments(self, operation: Operation) -> tuple[list[StrawberryArgument], dict[str, Send]]:
        arguments, sends = [], {}
        is_listing = operation.item is not None
        for each in operation.parameters:
            if (operation.id, each.name) in HIDDEN_PARAMETERS or (
                is_listing and each.name in ("limit", "cursor")
            ):
                continue
            argument, send = self._inputs.argument(
                each.name,
                each.annotation,
                owner=pascal(operation.id),
                is_required=each.is_required,
                metadata=each.metadata,
                description=each.description,
            )
            arguments.append(argument)
            sends[each.name] = send
        return arguments, sends

    def _payload(self, operation: Operation, name: str) -> tuple[str, Any, Any]:
        """What a mutation answers: what it left, and what the REST door says in headers."""
        payload = f"{pascal(name)}Payload"
        fields: list[StrawberryField] = []
        turn = None
        if operation.answer is not None:
            type_, turn = self._answers.annotation(operation.answer, owner=pascal(name), name="answer")
            shape = shape_of(operation.answer, owner=pascal(name), name="answer")
            named = self._answers.names.of_model(shape.type) if isinstance(shape, Model) else "answer"
            key = _snake_free(named)
            fields.append(ReadField("answer", type_))
            fields[0].graphql_name = key
        fields += [
            ReadField("position", Optional[BigInt], description="pass it as minPosition to a read"),  # noqa: UP045
            ReadField("command_id", Optional[Uuid], description="see command(commandId:)"),  # noqa: UP045
            ReadField(
                "replayed", bool, description="is this the answer to an earlier mutation with the same id?"
            ),
            ReadField("client_mutation_id", Optional[str]),  # noqa: UP045
        ]
        made: Any = made_type(payload, fields, description=f"What {name} left.")
        result = Annotated[Union[(made, Refused)], strawberry.union(name=f"{pascal(name)}Result")]  # noqa: UP007
        return payload, result, turn


def _done(payload: str, answer: Answer, turn: Any, mutation_id: str | None) -> dict[str, Any]:
    position = answer.headers.get("Escale-Position")
    return {
        "__typename": payload,
        "answer": answer.document if turn is None else turn(answer.document),
        "position": None if position is None else int(position),
        "command_id": answer.headers.get("Escale-Command"),
        "replayed": answer.headers.get("Idempotency-Replayed") == "true",
        "client_mutation_id": mutation_id,
    }


def _sent(given: Mapping[str, Any], sends: Mapping[str, Send]) -> dict[str, Any]:
    return {
        name: send(given[name])
        for name, send in sends.items()
        if name in given and given[name] is not UNSET and given[name] is not None
    }


def _body(given: Any, send: Send | None) -> Any:
    return None if send is None or given is None or given is UNSET else send(given)


def _snake_free(name: str) -> str:
    return name[:1].lower() + name[1:]
