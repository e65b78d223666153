"""What do all operations have in common? Keys, versions, pages and the headers that carry them."""

import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from adapters.bootstrap import Allowance
from api.rest.problems import HeaderMalformed
from application.kernel.command import Command

IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")
STRONG_TAG = re.compile(r'"v(0|[1-9][0-9]{0,17})"')
T = TypeVar("T")


class View(BaseModel):
    """Something as a client sees it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Resource(View):
    """A thing with a version.

    `version` is also in the ETag. `position` comes with the answer to a command: pass it as
    `min_position` to a list that should show the change.
    """

    version: int = Field(description="how often it has changed; also in the ETag")
    position: int | None = Field(
        None, description="on answers to commands: pass it as min_position to a read"
    )


class Listing(View, Generic[T]):
    """One page. Pass `next_cursor` as `cursor` for the following one; null at the end."""

    data: list[T]
    next_cursor: str | None


class AcceptedForLater(Exception):
    """The command is written down, and will be done after this answer."""

    def __init__(self, command_id: UUID) -> None:
        super().__init__(str(command_id))
        self.command_id = command_id


class NotModified(Exception):
    """The client has this version already."""


def answer_headers(request: Request) -> dict[str, str]:
    """Headers that every answer to this request carries, refusals included."""
    headers: dict[str, str] = request.scope["answer_headers"]
    return headers


def idempotency_key(request: Request) -> str | None:
    """The key the client chose. Refuses HeaderMalformed."""
    key = _single(request, "Idempotency-Key")
    if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
        raise _malformed("Idempotency-Key", "Must be 1 to 255 printable ASCII characters.")
    return key


def expected_version(request: Request) -> int | None:
    """The version the client has seen. Refuses HeaderMalformed."""
    tag = _single(request, "If-Match")
    if tag is None or tag.strip() == "*":
        return None
    match = STRONG_TAG.fullmatch(tag.strip())
    if match is None:
        raise _malformed("If-Match", 'Must be one strong entity tag, such as "v3".')
    return int(match[1])


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"v{version}"'


def client_has(request: Request, version: int) -> bool:
    """Does If-None-Match name this version?"""
    tags = request.headers.getlist("If-None-Match")
    known = {tag.strip().removeprefix("W/") for line in tags for tag in line.split(",")}
    return bool({etag(version), "*"} & known)


def requested_tenant(request: Request) -> UUID | None:
    """The tenant named in X-Tenant-ID, which may only narrow. Refuses HeaderMalformed."""
    text = _single(request, "X-Tenant-ID")
    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise _malformed("X-Tenant-ID", "Must be a UUID.") from None


def request_hash(
    operation: str, path: Mapping[str, Any], command: Command, *, digest: Callable[[str], str]
) -> bytes:
    """What makes two requests the same: the operation, its path and the fields the client set.

    Of a secret, which is dumped as stars, its keyed digest counts.
    """
    content = {
        "operation": operation,
        "path": {name: str(value) for name, value in path.items()},
        "fields": _unmasked(command.model_dump(mode="json", exclude_unset=True), command, digest),
    }
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).digest()


def listing_name(operation: str, filters: Mapping[str, Any]) -> str:
    """What a cursor is bound to: the list and its filters."""
    given = sorted((name, str(value)) for name, value in filters.items() if value is not None)
    return f"{operation}?{urlencode(given)}"


def link_to_next(request: Request, cursor: str) -> None:
    """The Link header of a page that is not the last."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    add_link(request, f'<{request.url.path}?{urlencode([*others, ("cursor", cursor)])}>; rel="next"')


def add_link(request: Request, link: str) -> None:
    """One more of the answer's links."""
    headers = answer_headers(request)
    headers["Link"] = f"{headers['Link']}, {link}" if "Link" in headers else link


def limit_headers(allowance: Allowance) -> dict[str, str]:
    """RateLimit fields (IETF draft 11): what is allowed, what is left and until when."""
    name = f'"{allowance.policy}"'
    return {
        "RateLimit-Policy": f"{name};q={allowance.limit};w={allowance.window_s}",
        "RateLimit": f"{name};r={allowance.remaining};t={allowance.reset_s}",
    }


def _unmasked(dumped: Any, value: Any, digest: Callable[[str], str]) -> Any:
    match value:
        case SecretStr():
            return digest(value.get_secret_value())
        case BaseModel() if isinstance(dumped, dict):
            return {name: _unmasked(each, getattr(value, name), digest) for name, each in dumped.items()}
        case dict():
            pairs = zip(dumped.items(), value.values(), strict=True)
            return {name: _unmasked(each, original, digest) for (name, each), original in pairs}
        case list() | tuple():
            return [_unmasked(each, original, digest) for each, original in zip(dumped, value, strict=True)]
    return dumped


def _single(request: Request, name: str) -> str | None:
    values = request.headers.getlist(name)
    if len(values) > 1:
        raise _malformed(name, "Must be sent once.")
    return values[0] if values else None


def _malformed(name: str, detail: str) -> HeaderMalformed:
    return HeaderMalformed(detail, pointer=f"/{name}", location="header")
