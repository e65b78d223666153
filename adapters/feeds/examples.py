"""What does one example of a model look like? Built from its types alone, the same on every run.

The catalogue shows them, and the golden files of the tests began as them.
"""

import enum
import types
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from inspect import isclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import NAMESPACE_DNS, UUID, uuid5

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from domain.kernel.event import DomainEvent
from domain.kernel.personal import personal_fields

M = TypeVar("M", bound=BaseModel)
START = datetime(2030, 5, 2, 8, 0, tzinfo=UTC)
SPACE = uuid5(NAMESPACE_DNS, "escale.example")

# Tried in order until one satisfies the field; the first of the name's own, if there is any.
TEXTS = (
    *("Example", "example", "EX", "EXA", "EUR", "FR", "Europe/Paris", "example.test"),
    *("#1a2b3c", "https://example.test/logo.svg", "camille@example.test", "0" * 64, "12.5"),
)
NAMED: dict[str, tuple[Any, ...]] = {
    "email": ("camille@example.test",),
    "owner_email": ("camille@example.test",),
    "custom_domain": ("travel.example.test",),
    "slug": ("example",),
    "user_name": (f"an_{uuid5(SPACE, 'company').hex}_l{'0' * 20}",),
    "currency": ("EUR",),
    "iban": ("FR1420041010050500013M02606",),
    "bic": ("AGRIFRPP",),
    "country": ("FR",),
    "iata": ("CDG",),
    "time_zone": ("Europe/Paris",),
    "year": (2030,),
    "base_year": (2027,),
    "division": ("62",),
    "month": ("2030-05",),
    "found_with": ("2030-05",),
    "quarter": ("2030-Q2",),
    "quarters": ("2030-Q2",),
    "contributed": ("2030-Q2",),
    "last_published": ("2030-Q1",),
    "waiting": ("2030-Q2",),
    "nace": ("62.10",),
    "sector": ("62",),
    "origins": ("https://www.example.test",),
    "languages": ("fr",),
    "event_types": ("trip.planned.v1",),
    "language": ("fr",),
}
# Parts that belong together: what the first value of each type would contradict.
SHAPES: dict[str, dict[str, Any]] = {
    "Price": {"tiers": ()},
    "Question": {"choices": ()},
    "WeeklyHours": {"week": 0},
    "Alert": {"percent": None},
}
NUMBERS = (1, 2, 5, 100, 2030, 0)
DECIMALS = tuple(Decimal(text) for text in ("0.5", "1", "2.5", "100", "0"))


class Examples:
    """One example after the other: ids differ by path, instants and days move forward."""

    def __init__(self) -> None:
        self._steps = 0

    def of(self, model: type[M], path: str = "", **given: Any) -> M:
        """An example of the model, with the given fields as they are."""
        given = {**SHAPES.get(model.__name__, {}), **given}
        values = {
            name: given[name] if name in given else self._field(model, name, f"{path}.{name}")
            for name, field in model.model_fields.items()
            if name != "recorded"
        }
        return model.model_validate(values)

    def _field(self, model: type[BaseModel], name: str, path: str) -> Any:
        field = model.model_fields[name]
        declared: Any = field.annotation
        whole: Any = Annotated[declared, *field.metadata] if field.metadata else declared
        if name in personal_fields(model) and name not in NAMED:
            # Recognisable, so that a search finds it wherever it leaks.
            return TypeAdapter(whole).validate_python(f"Personal {path}")
        return self._value(declared, whole, name, path)

    def _value(self, kind: Any, whole: Any, name: str, path: str) -> Any:
        if get_origin(kind) is Annotated:
            return self._value(get_args(kind)[0], whole if whole is not kind else kind, name, path)
        arguments = get_args(kind)
        if get_origin(kind) in (Union, types.UnionType):
            inner = next(one for one in arguments if one is not type(None))
            return self._value(inner, inner if len(arguments) > 1 else whole, name, path)
        if get_origin(kind) is Literal:
            return arguments[0]
        if get_origin(kind) in (tuple, list, set, frozenset):
            return (self._value(arguments[0], arguments[0], name, f"{path}[]"),)
        if get_origin(kind) is dict:
            key, value = arguments
            return {self._value(key, key, name, path): self._value(value, value, name, f"{path}[]")}
        if not isclass(kind):
            raise LookupError(f"no example for {path}: {kind}")
        return self._plain(kind, whole, name, path)

    def _plain(self, kind: type[Any], whole: Any, name: str, path: str) -> Any:
        if issubclass(kind, BaseModel):
            return self.of(kind, path)
        if issubclass(kind, enum.Enum):
            return next(iter(kind))
        if kind is UUID:
            return uuid5(SPACE, path)
        if kind is bool:
            return True
        if kind in (datetime, AwareDatetime):
            self._steps += 1
            return START + timedelta(hours=self._steps)
        if kind is date:
            self._steps += 1
            return START.date() + timedelta(days=self._steps)
        if kind is time:
            return time(9)
        candidates = {str: TEXTS, int: NUMBERS, Decimal: DECIMALS, float: (0.5, 1.0)}.get(kind, ())
        judge = TypeAdapter(whole)
        for candidate in (*NAMED.get(name, ()), *candidates):
            try:
                judge.validate_python(candidate)
            except ValidationError:
                continue
            return candidate
        raise LookupError(f"no example satisfies {path}: add one to NAMED in {__name__}")


def example_of(event_class: type[DomainEvent]) -> DomainEvent:
    """The example of an event: the first of its stream."""
    category = event_class.TOPIC.partition(".")[0]
    return Examples().of(
        event_class,
        category,
        originator_id=uuid5(SPACE, category),
        originator_version=1,
        occurred_at=START,
    )
