"""Which text in an event may name a person, and whose key protects it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel

ERASED_TEXT = "[erased]"


@dataclass(frozen=True)
class Personal:
    """Marks a field of an event or aggregate that can name a person.

    The mapper encrypts it under the key of the subject named in the field `subject`
    before anything is hashed or stored. Once that key is destroyed the field reads
    `erased`, which must satisfy the field's own type, so that replay never fails.
    Only fields at the top level of an event may carry it; the whole value is encrypted.
    """

    subject: str
    erased: Any = ERASED_TEXT


@dataclass(frozen=True)
class Impersonal:
    """Marks text that cannot name a person: codes, company names, titles of things."""


@cache
def personal_fields(model: type[BaseModel]) -> Mapping[str, Personal]:
    """The personal fields of a model, by name."""
    return {
        name: marker
        for name, field in model.model_fields.items()
        for marker in field.metadata
        if isinstance(marker, Personal)
    }


def subjects_of(model: BaseModel) -> frozenset[UUID]:
    """The people whose personal text the model holds."""
    return frozenset(
        getattr(model, marker.subject)
        for name, marker in personal_fields(type(model)).items()
        if getattr(model, name) is not None
    )
