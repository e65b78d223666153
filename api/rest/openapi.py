"""What does the API promise? OpenAPI 3.1, completed with what every operation has in common."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.rest import examples
from api.rest.deferring import defers
from api.rest.problems import (
    MEDIA_TYPE,
    AddressTooLong,
    BodyTooLarge,
    HeaderMalformed,
    HeadersTooLarge,
    InternalError,
    MediaTypeNotSupported,
    Problem,
    RequestInvalid,
    problem_of,
    title_of,
)
from api.rest.shelf import operations_in
from api.rest.sunsets import DEPRECATED
from application.platform.permission import Permission
from application.platform.permissions import PERMISSIONS
from domain.kernel.refusals import (
    Conflict,
    Forbidden,
    LimitReached,
    NotFound,
    Refusal,
    StaleVersion,
    TenantClosed,
    TenantReadOnly,
    Unauthenticated,
    Unavailable,
)
from projections.kernel.positions import PositionNotReached

TITLE = "Escale"
DESCRIPTION = """
Business travel with policy and carbon, for many companies, on an event-sourced core.

* **Commands** (POST, PATCH, DELETE) take an `Idempotency-Key`: repeating a request with the same key takes effect
  once and repeats the first answer, with `Idempotency-Replayed: true`. Another request under the same key is
  refused with 422 `key_reused`.
* Every resource has a version, in its `ETag`. Send it back in `If-Match`, and the command is refused with 412 when
  somebody else was faster.
* Every answer to a command carries a position. Pass it as `min_position` to a read, and the answer includes the
  change.
* Send `Prefer: respond-async` with a command, and it is answered 202 at once and done by a worker, even if this
  server stops meanwhile; `GET /api/v1/commands/{command_id}` shows its answer. Up to a hundred commands go in one
  `POST /api/v1/commands/batch`, each on its own.
* An operation that will go says so a year ahead in the headers `Deprecation` and `Sunset`; see
  `/api/v1/deprecations`.
* What is refused is refused with `application/problem+json` (RFC 9457); branch on `code`, see `/problems`.
"""
TAGS = {
    "sessions": "Sign in, stay signed in, sign out.",
    "signup": "From an address to a company and its first call.",
    "tenants": "Companies and their look.",
    "dashboards": "What a company's travel comes to.",
    "policies": "The travel rules a company gives itself.",
    "units": "Departments, cost centres and groups of travellers.",
    "travellers": "Who belongs where, and who agrees to their journeys.",
    "budgets": "What is set apart for a year, and what is left of it.",
    "approvals": "Trips that wait for somebody's yes.",
    "experiments": "What would have been: a draft tried on one's own past.",
    "expenses": "What a journey cost in the end, beside what was planned.",
    "benchmarks": "How a company stands beside its peers, and the exchange rates it is compared at.",
    "trips": "From the plan to the journey's end.",
    "violations": "Rules that were broken.",
    "billing": "What a company subscribed to, what it used and what it owes.",
    "quotes": "Prices for one company: offered, answered, agreed on.",
    "usage": "What was used: reported in batches, counted once, read at a cut.",
    "graphql": "The documents a company trusts, and whether it answers no others.",
    "booking-catalogue": "What can be booked: businesses, services, people, rooms and their hours.",
    "slots": "When it is free, and why not.",
    "appointments": "Visits from the hold to the last payment, and the book they stand in.",
    "waitlist": "Who waits for a time, and who was offered one.",
    "booking-figures": "What the book comes to: time used, visits missed, revenue, and what the plan allows.",
    "booking-receipts": "Why this one was chosen and that one offered a time, and the log asked again.",
    "public-booking": "What strangers may book, and what a company decides about it.",
    "absences": "Who is away, and which visits that affects.",
    "members": "The people of a company.",
    "api-keys": "Keys for programs.",
    "requests": "What programs asked lately, and how it was answered.",
    "sql-logins": "Logins for people who ask the tables in SQL.",
    "webhooks": "Who outside is told what happens, and what became of it.",
    "commands": "Many commands at once, what became of each, and which operations will go.",
    "analytics": "Tables of the company: rows, figures and files, each with the position it was read at.",
    "events": "What happens, told to programs: as it happens, as a file, and the catalogue of all there can be.",
    "audit": "The log itself: who did what, how it stood, and whether anybody changed it.",
    "carbon": "What travel emits, by which method and from which published factors.",
    "esg-reports": "Reports of emissions: from draft to restatement, their files, and why a number changed.",
    "carbon-ledger": "What a company emits in all three scopes, line by line, down to the facts.",
    "platform": "What the operator of the service looks after.",
    "system": "The state of the service.",
    "problems": "Every way in which this API says no.",
}
CHANGES = frozenset({"post", "put", "patch", "delete"})
SAYS_NO: dict[int, type[Refusal]] = {
    400: HeaderMalformed,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: TenantClosed,
    412: StaleVersion,
    413: BodyTooLarge,
    414: AddressTooLong,
    415: MediaTypeNotSupported,
    422: RequestInvalid,
    423: TenantReadOnly,
    429: LimitReached,
    431: HeadersTooLarge,
    500: InternalError,
    503: Unavailable,
    504: PositionNotReached,
}
NO_TO_ANYONE = (400, 404, 414, 422, 429, 431, 500, 503)
NO_TO_A_READ = (*NO_TO_ANYONE, 401, 403)
NO_TO_A_COMMAND = (*NO_TO_A_READ, 409, 410, 413, 415, 423)
# Commands on a resource that change another one too, so that no single version could be checked.
WITHOUT_VERSION = frozenset(
    {
        "replay_webhook_delivery",
        *("draft_quote", "propose_quote", "switch_feature"),
        *("erase_member", "retry_parked_event", "skip_parked_event", "restate_esg_report", "write_review"),
        # A link names the state it was made for; a stranger knows no version.
        *("book_public_visit", "hold_public_slot", "join_public_waitlist", "confirm_public_hold"),
        *("reschedule_public_visit", "cancel_public_visit", "review_public_visit", "reply_to_public_offer"),
    }
)
# Commands on what a company has one of, so that no id stands in the address.
WITH_VERSION = frozenset(
    {
        "join_benchmark",
        "leave_benchmark",
        "adopt_carbon_method",
        "set_carbon_targets",
        "change_subscription_plan",
        "change_seats",
        "change_add_ons",
        "change_debtor",
        "cancel_subscription",
        "commit_for_a_year",
        "set_invoicing_details",
        "set_trusted_documents",
        "limit_usage_age",
        "release_parked_usage",
    }
)
# Reads whose answer has no version, although they name a thing.
WITHOUT_TAG = frozenset(
    {
        "query_table",
        "get_audit_stream",
        "get_export",
        "get_problem",
        "get_trip_import",
        # What they tell also changes by the clock or by other streams, which no version counts.
        "get_appointment",
        "get_group_session",
        "get_absence",
        "get_waitlist_entry",
        "get_public_visit",
        "get_public_place",
        "get_public_catalogue",
        "get_invoice",
        "get_webhook_endpoint",
        "get_webhook_delivery",
        "get_hook_sample",
    }
)
# The addresses of what has a version and ends with no id.
ONE_OF_A_KIND = (
    "/policies",
    "/profile",
    "/roi/inputs",
    "/membership",
    "/carbon/method",
    "/carbon/targets",
    "/{trip_id}/expenses",
    "/subscription",
    "/page",
    "/invoicing-details",
    "/graphql/documents",
    "/age-limit",
)

# Reads of what runs out.
PERISHABLE = frozenset({"get_public_visit", "get_public_place"})

HEADERS = {
    "Idempotency-Key": (
        "1 to 255 printable ASCII characters of your choice",
        {"type": "string", "maxLength": 255},
    ),
    "If-Match": ("the ETag of the version you have seen", {"type": "string", "examples": ['"v3"']}),
    "If-None-Match": ("the ETag of the version you have; 304 if it is current", {"type": "string"}),
    "Prefer": (
        "`respond-async` to be answered 202 at once, while a worker does the command: see get_command. The request is "
        "kept encrypted, without its credential; who asked is judged again, as they stand then, when it is done.",
        {"type": "string", "examples": ["respond-async"]},
    ),
    "X-Tenant-ID": ("may only repeat the tenant of the credential", {"type": "string", "format": "uuid"}),
}
ANSWER_HEADERS = {
    "ETag": "the version of the resource",
    "Escale-Position": "the position of the change; pass it as min_position",
    "Escale-Command": "the id of the command; see /api/v1/commands",
    "Idempotency-Replayed": "true when this is the answer to an earlier request with the same key",
    "Link": 'the next page, rel="next"',
    "Location": "the address of the new resource",
    "Preference-Applied": "respond-async when the command is done later",
    "RateLimit": "what is left, and until when",
    "RateLimit-Policy": "what is allowed",
    "X-Request-Id": "name this when you report a problem",
}


def install(app: FastAPI) -> None:
    """Makes `app.openapi()` answer the completed document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _of_the_same_routes(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


# Completing three hundred operations takes seconds; applications of one process share their routers.
_completed_before: dict[tuple[object, ...], dict[str, Any]] = {}


def _of_the_same_routes(app: FastAPI) -> dict[str, Any]:
    routes = (*(id(route.endpoint) for route in operations_in(app.routes)), *DEPRECATED)
    if routes not in _completed_before:
        _completed_before[routes] = _completed(app)
    return _completed_before[routes]


def _completed(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=TITLE,
        version=app.version,
        openapi_version="3.1.0",
        description=DESCRIPTION.strip(),
        routes=list(operations_in(app.routes)),
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        servers=[{"url": "/"}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    components = document["components"]
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"].update(problem.pop("$defs"))
    components["schemas"]["Problem"] = problem
    components["responses"] = {f"Problem{status}": _problem(status, kind) for status, kind in SAYS_NO.items()}
    components["responses"]["Accepted"] = _accepted()
    components["headers"] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in ANSWER_HEADERS.items()
    }
    components["parameters"] = {
        name: {"name": name, "in": "header", "required": False, "description": text, "schema": schema}
        for name, (text, schema) in HEADERS.items()
    }
    components["securitySchemes"] = {
        "session": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "the access token of a session",
        },
        "api_key": {"type": "http", "scheme": "bearer", "bearerFormat": "esk_", "description": "an API key"},
    }
    for path, method, operation in _operations(document):
        _complete(path, method, operation)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    permission = PERMISSIONS.get(name)
    is_public = permission is None or permission.public
    operation["security"] = [] if is_public else _security(permission)
    if permission is not None and not permission.public:
        operation["x-permission"] = _told(permission)
    is_command = method in CHANGES
    parameters = operation.setdefault("parameters", [])
    for header in _request_headers(name, path, method, is_public=is_public):
        parameters.append({"$ref": f"#/components/parameters/{header}"})
    _answers(operation, is_command=is_command, is_public=is_public)
    if is_command and defers(name):
        parameters.append({"$ref": "#/components/parameters/Prefer"})
        operation["responses"]["202"] = {"$ref": "#/components/responses/Accepted"}
    if (deprecation := DEPRECATED.get(name)) is not None:
        operation["deprecated"] = True
        operation["x-deprecation"] = deprecation.told
        for answer in operation["responses"].values():
            if "headers" in answer:
                answer["headers"] |= {each: _header(text) for each, text in deprecation.headers.items()}
    if name in examples.REQUESTS:
        _example(operation["requestBody"]["content"], examples.REQUESTS[name])


def _request_headers(name: str, path: str, method: str, *, is_public: bool) -> list[str]:
    names = [] if is_public else ["X-Tenant-ID"]
    if method in CHANGES:
        names.append("Idempotency-Key")
        if is_versioned(name, path, method):
            names.append("If-Match")
    elif name == "get_command":
        names.append("Idempotency-Key")
    elif path.endswith(("}", *ONE_OF_A_KIND)) and name not in WITHOUT_TAG:
        names.append("If-None-Match")
    return names


def is_versioned(name: str, path: str, method: str) -> bool:
    """Does the command check the version of one resource?"""
    return method in CHANGES and (("{" in path and name not in WITHOUT_VERSION) or name in WITH_VERSION)


def _answers(operation: dict[str, Any], *, is_command: bool, is_public: bool) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    for answer in responses.values():
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in ANSWER_HEADERS}
        if operation["operationId"] in examples.ANSWERS:
            _example(answer["content"], examples.ANSWERS[operation["operationId"]])
    parameters = [each.get("name") or each.get("$ref", "") for each in operation["parameters"]]
    if any(each.endswith("If-None-Match") for each in parameters):
        responses["304"] = {"description": "You have the current version."}
    statuses = NO_TO_A_COMMAND if is_command else NO_TO_ANYONE if is_public else NO_TO_A_READ
    if operation["operationId"] in PERISHABLE:
        statuses = (*statuses, 410)
    if any(each.endswith("If-Match") for each in parameters):
        statuses = (*statuses, 412)
    if "min_position" in parameters:
        statuses = (*statuses, 504)
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}


def _problem(status: int, kind: type[Refusal]) -> dict[str, Any]:
    example = problem_of(kind(), "0199f5a2-7c1e-7b7e-8a51-0d6c5a3f4b21").model_dump(exclude_none=True)
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": title_of(kind.code()),
        "content": {MEDIA_TYPE: {"schema": schema, "example": {**example, "status": status}}},
    }


def _header(example: str) -> dict[str, Any]:
    return {"schema": {"type": "string"}, "example": example}


def _accepted() -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/CommandView"}}
    _example({"application/json": content}, examples.ACCEPTED)
    return {
        "description": "Accepted: a worker does it; Location says where its answer will be.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in ANSWER_HEADERS},
        "content": {"application/json": content},
    }


def _example(content: dict[str, Any], example: Any) -> None:
    for media in content.values():
        if media.get("schema", {}).get("format") != "binary":
            media.setdefault("example", example)


def _security(permission: Permission | None) -> list[dict[str, list[str]]]:
    in_person = permission is not None and permission.in_person
    return [{"session": []}] if in_person else [{"session": []}, {"api_key": []}]


def _told(permission: Permission) -> dict[str, Any]:
    return {
        "roles": sorted(permission.all),
        "roles_for_own": sorted(permission.own - permission.all),
        "scope": permission.scope,
    }
