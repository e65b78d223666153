"""Which JSON do we accept? Only what every reader would understand in the same way."""

import json
import math
import re
from collections.abc import Callable, Coroutine, Iterator
from email.message import Message
from itertools import takewhile
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.rest.conventions import add_link, answer_headers
from api.rest.deferring import deferrable
from api.rest.findings import PLAIN_NAME, ErrorPlace
from api.rest.problems import CsvExpected, MediaTypeNotSupported, RequestInvalid
from api.rest.sunsets import DEPRECATED, LINK
from domain.kernel.refusals import Refusal

MAX_DEPTH = 32
MAX_DIGITS = 30
MAX_VALUES = 20_000
# Beyond this size a body is read by a thread, so that it does not hold up everyone else.
INLINE_BYTES = 16_384

# What neither PostgreSQL nor UTF-8 can keep: NUL and lone surrogates.
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class _Unacceptable:
    """Stands in the parsed document where the client wrote something we refuse."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


NOTHING_PARSED = _Unacceptable("The document could not be read.")


def parse(body: bytes) -> Any:
    """The document. Refuses RequestInvalid with a pointer to the first place that is wrong."""
    try:
        document = json.loads(
            body.decode("utf-8"),
            parse_constant=lambda _: _Unacceptable("Must be a finite number."),
            parse_int=_integer,
            parse_float=_number,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise _invalid("", "The body is not encoded in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise _invalid("", f"This is not JSON: line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise _invalid("", f"Must not be nested deeper than {MAX_DEPTH} levels.") from None
    for number, (place, value, depth) in enumerate(_walk(document)):
        reason = _reason(value, depth)
        if number >= MAX_VALUES:
            reason = f"Must not hold more than {MAX_VALUES} values."
        if reason:
            raise _invalid(_pointer(place), reason)
    return document


# Where a value stands: the place above it, and its name or number there. Most are never asked for.
_Place = tuple[Any, str | int] | None


def _walk(document: Any) -> Iterator[tuple[_Place, Any, int]]:
    """Every value with its place and depth, in the order of the document, without recursion."""
    waiting: list[tuple[_Place, Any, int]] = [(None, document, 1)]
    while waiting:
        place, value, depth = waiting.pop()
        yield place, value, depth
        if isinstance(value, dict):
            waiting.extend(((place, key), each, depth + 1) for key, each in reversed(value.items()))
            if any(UNKEEPABLE.search(key) for key in value):
                yield (
                    place,
                    _Unacceptable("The name of a field must not contain NUL or lone surrogates."),
                    depth,
                )
        elif isinstance(value, list):
            # What comes later is one too many already.
            last = min(len(value), MAX_VALUES) - 1
            waiting.extend(((place, index), value[index], depth + 1) for index in range(last, -1, -1))


def _pointer(place: _Place) -> str:
    """Its JSON pointer; it stops above the first name we do not repeat, so that it always resolves."""
    names: list[str] = []
    while place is not None:
        place, name = place
        names.append(str(name))
    plain = takewhile(PLAIN_NAME.fullmatch, reversed(names))
    return "".join(f"/{name}" for name in plain)


def _reason(value: Any, depth: int) -> str | None:
    if isinstance(value, _Unacceptable):
        return value.reason
    if isinstance(value, str) and UNKEEPABLE.search(value):
        return "Must not contain NUL or lone surrogates."
    if depth > MAX_DEPTH:
        return f"Must not be nested deeper than {MAX_DEPTH} levels."
    return None


def _integer(text: str) -> Any:
    return (
        int(text)
        if len(text) <= MAX_DIGITS
        else _Unacceptable(f"Must not have more than {MAX_DIGITS} digits.")
    )


def _number(text: str) -> Any:
    if len(text) > 2 * MAX_DIGITS:
        return _Unacceptable(f"Must not have more than {MAX_DIGITS} digits.")
    number = float(text)
    return number if math.isfinite(number) else _Unacceptable("Must be a finite number.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                document[key] = _Unacceptable("This field appears twice.")
            seen.add(key)
    return document


def _invalid(pointer: str, detail: str, location: str = "body") -> RequestInvalid:
    return RequestInvalid(errors=[ErrorPlace(pointer=pointer, detail=detail, location=location)])


class StrictRoute(APIRoute):
    """Reads the body by these rules before the framework does.

    What it finds wrong is kept in `request.state.refusal` and said by the door's first
    dependency, once it knows who asks: a stranger learns nothing but that.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        is_read = set(options.get("methods") or ("GET",)) <= {"GET", "HEAD"}
        super().__init__(path, endpoint if is_read else deferrable(endpoint), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        known = {field.alias for field in get_flat_params(self.dependant) if _location_of(field) == "query"}

        async def strict(request: Request) -> Response:
            if (deprecation := DEPRECATED.get(str(self.operation_id))) is not None:
                answer_headers(request).update(deprecation.headers)
                add_link(request, LINK)
            request.state.refusal = await self._wrong_with(request, known)
            return await handle(request)

        return strict

    async def _wrong_with(self, request: Request, known: set[str]) -> Refusal | None:
        if refusal := _unknown_parameter(request, known):
            return refusal
        if request.method in ("GET", "HEAD"):
            return None
        body = request.state.body = await request.body()
        if not body:
            return None
        try:
            _require_json(request)
            document = await run_in_threadpool(parse, body) if len(body) > INLINE_BYTES else parse(body)
            if not isinstance(document, dict):
                raise _invalid("", "Must be an object.")
            if self.body_field is None and document:
                raise _invalid("", "This operation takes no fields.")
        except Refusal as refusal:
            request._json = NOTHING_PARSED
            return refusal
        request._json = document
        return None


class CsvRoute(StrictRoute):
    """Takes a CSV file as its body, and leaves reading it to the operation."""

    async def _wrong_with(self, request: Request, known: set[str]) -> Refusal | None:
        if refusal := _unknown_parameter(request, known):
            return refusal
        if request.method == "POST" and not _is_sent_as(request, {"text/csv"}):
            return CsvExpected()
        return None


def _unknown_parameter(request: Request, known: set[str]) -> Refusal | None:
    unknown = set(request.query_params) - known
    if not unknown:
        return None
    plain = [name for name in sorted(unknown) if PLAIN_NAME.fullmatch(name)]
    return _invalid("".join(f"/{name}" for name in plain[:1]), "This parameter is unknown.", "query")


def _require_json(request: Request) -> None:
    accepted = {"application/json"}
    if request.method == "PATCH":
        accepted.add("application/merge-patch+json")
    if not _is_sent_as(request, accepted):
        raise MediaTypeNotSupported


def _is_sent_as(request: Request, accepted: set[str]) -> bool:
    kinds = request.headers.getlist("content-type")
    message = Message()
    message["content-type"] = kinds[0] if len(kinds) == 1 else "missing/missing"
    charset = str(message.get_param("charset", "utf-8")).lower()
    return message.get_content_type() in accepted and charset in ("utf-8", "utf8")


def _location_of(field: Any) -> str:
    return str(getattr(getattr(field.field_info, "in_", None), "value", ""))
