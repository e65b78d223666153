"""Which commands may be accepted now and done later? A client sends `Prefer: respond-async` (RFC 7240)."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4, uuid5

from fastapi import Request

from adapters.bootstrap import Caller, Postponed
from api.rest.conventions import AcceptedForLater, answer_headers, expected_version, idempotency_key
from api.rest.problems import BodyTooLarge
from application.platform.permissions import PERMISSIONS

if TYPE_CHECKING:
    from api.rest.session import Session

PREFERENCE = "respond-async"
# A promise for later costs room: a body of this size at most.
MOST_BYTES = 262_144
KEPT_HEADERS = ("content-type", "accept-language", "if-match")
# Their answer is a promise already, or is asked for at once; or they read a file that nobody keeps.
AT_ONCE = frozenset(
    {
        *("request_export", "request_restatement", "dry_run_policy", "reckon_trip_carbon"),
        *("import_trips", "import_members", "import_activities", "run_batch"),
        *("register_webhook_endpoint", "rotate_webhook_secret", "subscribe_hook", "send_test_webhook"),
        *("replay_webhook_delivery", "replay_webhook_deliveries"),
        *("verify_audit_log", "seal_audit_log", "invite_member", "register_tenant", "onboard_company"),
        *("register_webhook_endpoint", "rotate_webhook_secret", "subscribe_hook"),
    }
)


def defers(operation: str) -> bool:
    """May the operation be done later? Not without a credential, nor what needs a person, nor what tells a secret."""
    permission = PERMISSIONS.get(operation)
    is_open_to_programs = permission is not None and not permission.public and not permission.in_person
    return is_open_to_programs and operation not in AT_ONCE


def prefers_async(request: Request) -> bool:
    """Does the client ask for an answer before the command is done?"""
    lines = request.headers.getlist("prefer")
    wishes = (wish.partition(";")[0].strip().lower() for line in lines for wish in line.split(","))
    return PREFERENCE in wishes


def is_later(request: Request) -> bool:
    """Was this request accepted earlier, and is it done now?"""
    return request.scope.get("acting_for") is not None


def judged_again(request: Request) -> Caller | None:
    """Whoever's command is done now, as they stand now; None when this request brings its own credential."""
    judge: Callable[[], Caller] | None = request.scope.get("acting_for")
    return None if judge is None else judge()


def deferrable(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint, which a client may ask to do later.

    By then the caller is known, the operation is permitted and the body has been read: a request
    that could never succeed is refused at once.
    """
    if inspect.iscoroutinefunction(endpoint) or "session" not in inspect.signature(endpoint).parameters:
        return endpoint

    @wraps(endpoint)
    def now_or_later(**given: Any) -> Any:
        session = given["session"]
        if prefers_async(session.request) and defers(session.operation) and not is_later(session.request):
            _postpone(session)
        return endpoint(**given)

    return now_or_later


def _postpone(session: "Session") -> NoReturn:
    """Writes the request down to be done by a worker, and answers with AcceptedForLater."""
    request, caller = session.request, session.caller
    body: bytes = getattr(request.state, "body", b"")
    if len(body) > MOST_BYTES:
        raise BodyTooLarge
    expected_version(request)  # refuses a malformed one now
    key = idempotency_key(request) or str(uuid4())
    command_id = uuid5(session.principal, key)
    headers = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    postponed = Postponed(
        operation=session.operation,
        method=request.method,
        path=request.scope["raw_path"].decode("ascii"),
        query=request.scope["query_string"].decode("ascii"),
        headers={**headers, "idempotency-key": key},
        body=body.decode("utf-8"),
        request_id=request.scope["request_id"],
        member_id=caller.member_id,
        api_key_id=caller.api_key_id,
        scopes=None if caller.scopes is None else tuple(sorted(caller.scopes)),
    )
    is_new = session.house.deferred.accept(caller, command_id, postponed)
    answered = answer_headers(request)
    answered["Location"] = f"/api/v1/commands/{command_id}"
    answered["Escale-Command"] = str(command_id)
    answered["Preference-Applied"] = PREFERENCE
    if not is_new:
        answered["Idempotency-Replayed"] = "true"
    raise AcceptedForLater(command_id)
