"""How does the REST door say no? As application/problem+json, in the words of the refusal, never in the client's."""

import logging
import re
import secrets
import traceback
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from uuid import UUID

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from adapters.bootstrap import CursorInvalid
from api.rest import language
from api.rest.findings import ErrorPlace, places_of
from api.rest.problem_page import page_of, wants_page
from api.rest.shelf import Shelf, operations_in
from domain.kernel.refusals import (
    Conflict,
    Forbidden,
    Gone,
    LimitReached,
    Malformed,
    NotFound,
    Refusal,
    RuleBroken,
    StaleVersion,
    TenantClosed,
    TenantReadOnly,
    Unauthenticated,
    Unavailable,
)
from projections.kernel.positions import PositionNotReached

log = logging.getLogger("escale.api")

MEDIA_TYPE = "application/problem+json"
HOUSE = frozenset({"domain", "application", "projections", "adapters", "api"})


class RequestInvalid(Malformed):
    """The request does not have the expected form; `errors` says where."""


class HeaderMalformed(Malformed):
    """A header of the request does not have the expected form."""


class BodyTooLarge(Malformed):
    """The request body is larger than this operation accepts: 1 MiB, or what its description says."""


class AddressTooLong(Malformed):
    """The address of the request is too long."""


class HeadersTooLarge(Malformed):
    """The headers of the request are too large."""


class MediaTypeNotSupported(Malformed):
    """Send the body as application/json, encoded in UTF-8."""


class CsvExpected(MediaTypeNotSupported):
    """Send the file as text/csv, encoded in UTF-8."""


class MethodNotAllowed(Malformed):
    """This address does not know this method; the Allow header lists those it knows."""


class InternalError(Refusal):
    """Something went wrong on our side; it was noted under this request id."""


# The status of a family, or of one refusal; the nearest ancestor decides.
STATUS: Mapping[type[Refusal], int] = {
    Refusal: 400,
    NotFound: 404,
    Conflict: 409,
    RuleBroken: 409,
    StaleVersion: 412,
    Forbidden: 403,
    Unauthenticated: 401,
    LimitReached: 429,
    Malformed: 422,
    TenantReadOnly: 423,
    TenantClosed: 410,
    Gone: 410,
    Unavailable: 503,
    PositionNotReached: 504,
    CursorInvalid: 400,
    HeaderMalformed: 400,
    BodyTooLarge: 413,
    AddressTooLong: 414,
    MediaTypeNotSupported: 415,
    HeadersTooLarge: 431,
    MethodNotAllowed: 405,
    InternalError: 500,
}
OF_THE_FRAMEWORK: Mapping[int, type[Refusal]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: MediaTypeNotSupported,
}
OUTAGES = (psycopg.OperationalError, psycopg.InterfaceError, OperationalError, InterfaceError)
MOST_PLACES = 50


class CheckView(BaseModel):
    """One thing that must hold for requests to be served."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="database, migrations, lag, clock or disk", examples=["database"])
    status: str = Field(
        description="ok, failing, or unknown while the database does not answer", examples=["ok"]
    )
    detail: str = Field(examples=["The database answers."])


class Exceeded(BaseModel):
    """What a plan allows of one thing, and how much more is in use."""

    model_config = ConfigDict(extra="forbid")

    limit: int
    used: int


class OccurrenceView(BaseModel):
    """One time of a series, and the rule that took it away."""

    model_config = ConfigDict(extra="forbid")

    starts_at: datetime
    appointment_id: UUID | None = None
    rule: str | None = None


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). Branch on `code`; show `detail` to a person."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["/problems/trip_not_planned"])
    title: str = Field(examples=["Trip not planned"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["The trip is no longer being planned; its itinerary is fixed."])
    code: str = Field(examples=["trip_not_planned"])
    request_id: str = Field(examples=["0199f5a2-7c1e-7b7e-8a51-0d6c5a3f4b21"])
    instance: str = Field(
        description="this refusal among all others",
        json_schema_extra={"format": "uri-reference"},
        examples=["urn:uuid:0199f5a2-7c1e-7b7e-8a51-0d6c5a3f4b21"],
    )
    errors: list[ErrorPlace] = Field(default_factory=list)
    current_version: int | None = Field(None, description="where the resource stands, on 409 and 412")
    rule: str | None = Field(None, description="the first rule that took a start away", examples=["taken"])
    bookables: list[UUID] | None = Field(None, description="who or what was in the way of a visit")
    occurrences: list[OccurrenceView] | None = Field(
        None, description="what became of every time of a series that was not booked"
    )
    alternatives: list[datetime] | None = Field(None, description="starts that are free instead")
    checks: list[CheckView] | None = Field(None, description="each check of /ready, when one fails")
    exceeds: dict[str, Exceeded] | None = Field(None, description="what a smaller plan has no room for")


def status_of(kind: type[Refusal]) -> int:
    """The HTTP status of a refusal."""
    return next(STATUS[each] for each in kind.__mro__ if each in STATUS)


def problem_of(refusal: Refusal, request_id: str) -> Problem:
    """The refusal as a document. Few of its facts leave the house."""
    version = refusal.facts.get("current_version")
    return Problem(
        type=f"/problems/{refusal.code()}",
        title=language.title(refusal.code(), title_of(refusal.code())),
        status=status_of(type(refusal)),
        detail=_detail(refusal),
        code=refusal.code(),
        request_id=request_id,
        instance=instance_of(request_id),
        errors=_places(refusal),
        current_version=version if isinstance(version, int) else None,
        rule=refusal.facts.get("rule"),
        bookables=refusal.facts.get("bookables"),
        occurrences=refusal.facts.get("occurrences"),
        alternatives=refusal.facts.get("alternatives"),
        checks=refusal.facts.get("checks"),
        exceeds=refusal.facts.get("exceeds"),
    )


def _detail(refusal: Refusal) -> str:
    pattern = refusal.facts.get("pattern")
    if pattern is not None:
        return language.said(pattern).format(**refusal.facts["places"])
    return language.detail(refusal.code(), refusal.detail, is_usual=refusal.detail == type(refusal).message())


def title_of(code: str) -> str:
    """The code as words."""
    return code.replace("_", " ").capitalize()


def instance_of(request_id: str) -> str:
    """The request as a URI; an id the client chose is a URN only if it is a UUID."""
    try:
        return UUID(request_id).urn
    except ValueError:
        return f"/requests/{request_id}"


def answer(refusal: Refusal, request_id: str) -> Response:
    """The refusal as a response."""
    problem = problem_of(refusal, request_id)
    return JSONResponse(
        problem.model_dump(exclude_none=True, mode="json"),
        status_code=problem.status,
        headers=_headers(refusal, problem.status),
        media_type=MEDIA_TYPE,
    )


def unexpected(error: Exception, request_id: str) -> Response:
    """Anything else. An outage passes by itself; a defect is logged by its place in the code, without values."""
    if isinstance(error, OUTAGES):
        log.warning("outage request_id=%s error=%s", request_id, type(error).__name__)
        return answer(Unavailable(retry_after_s=1), request_id)
    frames = traceback.extract_tb(error.__traceback__)
    places = "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    log.error("internal_error request_id=%s error=%s\n%s", request_id, type(error).__name__, places)
    return answer(InternalError(), request_id)


def install(app: FastAPI) -> None:
    """Makes problem documents of everything the framework or the house refuses."""

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return answer(error, request.scope["request_id"])

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        body = getattr(request, "_json", None) or error.body
        return answer(
            RequestInvalid(errors=list(islice(places_of(error.errors(), body), MOST_PLACES))),
            request.scope["request_id"],
        )

    def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kind = OF_THE_FRAMEWORK.get(error.status_code, HeaderMalformed)
        response = answer(kind(), request.scope["request_id"])
        if error.status_code == 405:
            response.headers["Allow"] = ", ".join(_methods_at(app, request.url.path))
        return response

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, framework)


def _methods_at(app: FastAPI, path: str) -> list[str]:
    """Every method an address knows, on however many routes they are."""
    found = list(operations_in(app.routes))
    at = [each for each in found if each.path_format == path]
    at = at or [each for each in found if _matches(each.path_format, path)]
    return sorted({method for each in at for method in each.methods or ()}) or ["GET"]


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", template), path) is not None


def _places(refusal: Refusal) -> list[ErrorPlace]:
    errors = refusal.facts.get("errors")
    if errors:
        return [place.model_copy(update={"detail": language.said(place.detail)}) for place in errors]
    pointer = refusal.facts.get("pointer")
    if pointer is None:
        return []
    location = str(refusal.facts.get("location", "query" if pointer == "/cursor" else "body"))
    return [ErrorPlace(pointer=pointer, detail=_detail(refusal), location=location)]


def _headers(refusal: Refusal, status: int) -> dict[str, str]:
    headers = {"Content-Language": language.current.get(), "Vary": "Accept-Language"}
    if status == 401:
        invalid = ', error="invalid_token"' if refusal.facts.get("presented") else ""
        headers["WWW-Authenticate"] = f'Bearer realm="escale"{invalid}'
    if status in (429, 503, 504):
        headers["Retry-After"] = str(_spread(int(refusal.facts.get("retry_after_s", 1))))
    if refusal.facts.get("replayed"):
        headers["Idempotency-Replayed"] = "true"
    return headers


def _spread(seconds: int) -> int:
    """A little later for some: whoever is sent away together must not come back together."""
    least = max(1, seconds)
    return least + secrets.randbelow(2 + least // 2)


class ProblemKind(BaseModel):
    """One way in which a request can be refused."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["/problems/trip_not_planned"])
    code: str = Field(examples=["trip_not_planned"])
    title: str = Field(examples=["Trip not planned"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["The trip is no longer being planned; its itinerary is fixed."])


class ProblemCatalogue(BaseModel):
    """Every way in which a request can be refused."""

    model_config = ConfigDict(extra="forbid")

    data: list[ProblemKind]


router = Shelf(tags=["problems"])


@router.get(
    "/problems",
    operation_id="list_problems",
    summary="List all problems",
    response_model=ProblemCatalogue,
)
def list_problems(request: Request) -> ProblemCatalogue | Response:
    """The catalogue of problem types, one per way in which this API says no. Browsers see a page."""
    kinds = list(_catalogue().values())
    if wants_page(request):
        return page_of(language.said("Every way in which this API says no"), kinds)
    return ProblemCatalogue(data=kinds)


@router.get(
    "/problems/{code}", operation_id="get_problem", summary="Explain a problem", response_model=ProblemKind
)
def get_problem(code: str, request: Request) -> ProblemKind | Response:
    """What the `type` of a problem document leads to. Browsers see a page."""
    kind = _catalogue().get(code)
    if kind is None:
        raise NotFound
    return page_of(kind.title, [kind]) if wants_page(request) else kind


def kinds_by_code() -> dict[str, type[Refusal]]:
    """Every refusal of the house."""
    return {kind.code(): kind for kind in _all(Refusal) if kind.__module__.split(".")[0] in HOUSE}


def _catalogue() -> dict[str, ProblemKind]:
    kinds = kinds_by_code()
    return {
        code: ProblemKind(
            type=f"/problems/{code}",
            code=code,
            title=language.title(code, title_of(code)),
            status=status_of(kinds[code]),
            detail=language.detail(code, kinds[code].message(), is_usual=True),
        )
        for code in sorted(kinds)
    }


def _all(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _all(child)
