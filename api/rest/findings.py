"""Where does a request not fit, and how is that said without a word of the request itself?"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.rest import language

# What may stand in a pointer or a parameter's name: a client's own words are repeated no further than this.
PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")

# Every finding in a sentence of the house: the validator's own wording names classes and repeats input.
SENTENCES = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is unknown.",
    "union_tag_invalid": "The kind is none of those offered.",
    "union_tag_not_found": "The kind is required.",
    "enum": "Must be one of those offered: {expected}.",
    "literal_error": "Must be one of those offered: {expected}.",
    "string_too_short": "Must have at least this many characters: {min_length}.",
    "string_too_long": "Must have at most this many characters: {max_length}.",
    "string_pattern_mismatch": "Does not have the documented form.",
    "greater_than": "Must be greater than {gt}.",
    "greater_than_equal": "Must be at least {ge}.",
    "less_than": "Must be less than {lt}.",
    "less_than_equal": "Must be at most {le}.",
    "multiple_of": "Must be a multiple of {multiple_of}.",
    "decimal_max_digits": "Must have at most {max_digits} digits.",
    "decimal_max_places": "Must have at most {decimal_places} digits after the point.",
    "decimal_whole_digits": "Must have at most {whole_digits} digits before the point.",
    "too_short": "Must have at least this many entries: {min_length}.",
    "too_long": "Must have at most this many entries: {max_length}.",
    "finite_number": "Must be a finite number.",
    "int_parsing_size": "Must be a smaller whole number.",
    "timezone_naive": "Must not name an offset from UTC.",
    "timezone_aware": "Must name its offset from UTC.",
}
# For every finding whose name begins so; the first that fits.
SENTENCES_BY_KIND = {
    "string": "Must be text.",
    "int": "Must be a whole number.",
    "bool": "Must be true or false.",
    "decimal": "Must be a number.",
    "float": "Must be a number.",
    "datetime": "Must be a date and time in RFC 3339 format.",
    "date_": "Must be a date, such as 2030-05-02.",
    "uuid": "Must be a UUID.",
    "tuple": "Must be a list.",
    "list": "Must be a list.",
    "set": "Must be a list.",
    "dict": "Must be an object.",
    "model": "Must be an object.",
}
# What the house's own validators say; anything else in their place came from a library.
PLAIN_SENTENCE = re.compile(r"[A-Za-z][A-Za-z0-9 _,;-]{0,119}\.?")


class ErrorPlace(BaseModel):
    """One thing to correct. `pointer` (RFC 6901) leads to it in the body, or names the parameter."""

    model_config = ConfigDict(extra="forbid")

    pointer: str = Field(examples=["/segments/0/origin"])
    detail: str = Field(examples=["Must be a UUID."])
    location: str = Field("body", description="body, query, path or header", examples=["body"])


def places_of(findings: Iterable[Mapping[str, Any]], body: Any) -> Iterator[ErrorPlace]:
    """Where the request does not fit, without a word of the request itself."""
    for finding in findings:
        location, *path = finding["loc"] or ("body",)
        detail = _sentence(finding)
        if location == "body":
            yield ErrorPlace(pointer=_pointer(path, finding, body), detail=detail)
        else:
            pointer = "".join(f"/{part}" for part in path if PLAIN_NAME.fullmatch(str(part)))
            yield ErrorPlace(pointer=pointer, detail=detail, location=str(location))


def _sentence(finding: Mapping[str, Any]) -> str:
    kind = str(finding["type"])
    if kind == "value_error":
        said = str(finding["msg"]).removeprefix("Value error, ")
        if PLAIN_SENTENCE.fullmatch(said):
            return (f"M{said[1:]}" if said.startswith("must ") else said).rstrip(".") + "."
    if kind in SENTENCES:
        return language.said(SENTENCES[kind]).format_map(
            {name: _plain(fact) for name, fact in _context(finding).items()}
        )
    for beginning, sentence in SENTENCES_BY_KIND.items():
        if kind.startswith(beginning):
            return sentence
    return "This value is not accepted."


def _context(finding: Mapping[str, Any]) -> Mapping[str, Any]:
    return finding.get("ctx") or {}


def _plain(fact: Any) -> str:
    """A bound of the validator, as a person writes it."""
    return f"{fact:f}" if isinstance(fact, Decimal) else str(fact).replace("'", "")


def _pointer(path: list[Any], finding: Mapping[str, Any], body: Any) -> str:
    """The JSON pointer of a finding: pydantic's path without the names of alternatives it tried.

    It resolves in the body that was sent, except for its last part where a field is missing.
    """
    pointer, here = "", body
    for number, part in enumerate(path):
        if isinstance(here, dict) and part in here or isinstance(here, list) and isinstance(part, int):
            here = here[part]
        elif not (number == len(path) - 1 and finding["type"] == "missing" and isinstance(here, dict)):
            continue  # the tag of a union, or a field of something that is no object
        if not PLAIN_NAME.fullmatch(str(part)):
            return pointer
        pointer += f"/{part}"
    field = _field_meant(finding, here)
    return pointer if field is None else f"{pointer}/{field}"


def _field_meant(finding: Mapping[str, Any], here: Any) -> str | None:
    """The field of an object that was refused as a whole, where the finding says which one is at fault."""
    if not isinstance(here, dict):
        return None
    if str(finding["type"]).startswith("union_tag"):
        return str(_context(finding).get("discriminator", "")).strip("'") or None
    said = str(finding["msg"]).removeprefix("Value error, ")
    if finding["type"] == "value_error" and not said.startswith("must "):
        return next((word for word in re.findall(r"[a-z_0-9]+", said) if word in here), None)
    return None
