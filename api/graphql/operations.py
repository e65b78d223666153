"""What can be asked of the house? Every operation of the REST door, as the composition of doors hands it over."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import BaseRoute

JSON = "application/json"
CSV = "text/csv"
LISTS = (list, tuple)


@dataclass(frozen=True)
class Parameter:
    """Something in the address of an operation."""

    name: str
    annotation: Any
    metadata: tuple[Any, ...]
    is_required: bool
    is_path: bool
    description: str | None


@dataclass(frozen=True)
class Operation:
    """One operation: how it is called, what it takes and what it answers."""

    id: str
    method: str
    path: str
    description: str
    parameters: tuple[Parameter, ...]
    body: Any
    body_is_required: bool
    takes_csv: bool
    answer: Any
    route: APIRoute

    @property
    def is_read(self) -> bool:
        """Does it only look?"""
        return self.method == "GET"

    @property
    def path_parameters(self) -> tuple[Parameter, ...]:
        """What stands in the path itself."""
        return tuple(each for each in self.parameters if each.is_path)

    @property
    def item(self) -> Any:
        """What a listing lists; None for everything else."""
        answer = self.answer
        if not (isinstance(answer, type) and issubclass(answer, BaseModel)):
            return None
        fields = answer.model_fields
        if not self.is_read or "data" not in fields or get_origin(fields["data"].annotation) not in LISTS:
            return None
        return get_args(fields["data"].annotation)[0]

    def takes(self, name: str) -> bool:
        """Is there a parameter of this name?"""
        return any(each.name == name for each in self.parameters)


def operations_of(routes: Iterable[BaseRoute]) -> dict[str, Operation]:
    """The documented operations by name, in their order."""
    found = (_operation(each) for each in routes if isinstance(each, APIRoute) and each.include_in_schema)
    return {each.id: each for each in found}


def _operation(route: APIRoute) -> Operation:
    method = next(iter(route.methods or ()))
    body = route.body_field
    return Operation(
        id=str(route.operation_id),
        method=method,
        path=route.path,
        description=" ".join(route.description.split()),
        parameters=tuple(_parameters(route)),
        body=None if body is None else body.field_info.annotation,
        body_is_required=body is not None and bool(body.field_info.is_required()),
        takes_csv=_takes_csv(route),
        answer=route.response_model,
        route=route,
    )


def _parameters(route: APIRoute) -> Iterator[Parameter]:
    for field in get_flat_params(route.dependant):
        info = field.field_info
        place = getattr(getattr(info, "in_", None), "value", "")
        if place in ("path", "query"):
            yield Parameter(
                name=field.alias,
                annotation=info.annotation,
                metadata=tuple(info.metadata),
                is_required=info.is_required(),
                is_path=place == "path",
                description=info.description,
            )


def _takes_csv(route: APIRoute) -> bool:
    request_body = (route.openapi_extra or {}).get("requestBody", {})
    return CSV in request_body.get("content", {})


def is_model(annotation: Any) -> bool:
    """Is it one of the house's models?"""
    return isinstance(annotation, type) and not get_origin(annotation) and issubclass(annotation, BaseModel)
