"""What are things called here, where the operation or the model does not read well by itself?"""

import re
from collections.abc import Mapping
from typing import Any

from domain.billing.usage import Use

# Operations of the REST door that have no twin, and why.
WITHOUT_TWIN: Mapping[str, str] = {
    "get_liveness": "health: asked by machines that speak no GraphQL",
    "get_readiness": "health: asked by machines that speak no GraphQL",
    "get_version": "health: asked by machines that speak no GraphQL",
    "open_session": "sign-in: tokens are handed out at one door, which counts the guesses",
    "refresh_session": "sign-in: tokens are handed out at one door, which counts the guesses",
    "accept_invitation": "sign-in: tokens are handed out at one door, which counts the guesses",
    "download_export": "file",
    "download_credit_note": "file",
    "download_invoice": "file",
    "download_ledger": "file",
    "download_esg_report": "file",
    "export_audit_log": "file: lines of JSON, as many as there are",
    "export_trips": "file",
    "export_carbon_trace": "file: lines of JSON, as many as there are",
    "get_activity_import_template": "file",
    "get_member_import_template": "file",
    "get_trip_import_template": "file",
    "stream_violations": "its twin is the subscription `violations`",
    "stream_events": "its twins are the subscriptions",
    "export_events": "file: lines of JSON, as many as there are",
    "run_batch": "its items are requests of the REST door; a GraphQL document holds many by itself",
}

# Parameters that choose a file instead of an answer.
HIDDEN_PARAMETERS = frozenset({("get_tenant_carbon", "format")})

# Fields whose name by rule would be somebody else's, or say too little.
FIELDS: Mapping[str, str] = {
    "get_me": "me",
}

# What a model leaves open is closed here: the items of a batch are judged one by one behind the door.
CLOSED: Mapping[tuple[str, str], Any] = {
    ("ReportUsage", "events"): tuple[Use, ...],
}

_LISTS = re.compile(r"^(list|get)_")


def field_name(operation_id: str, *, is_read: bool) -> str:
    """`list_trips` is `trips`, `get_trip` is `trip`, `plan_trip` is `planTrip`."""
    if operation_id in FIELDS:
        return FIELDS[operation_id]
    return camel(_LISTS.sub("", operation_id) if is_read else operation_id)


def camel(name: str) -> str:
    """`traveller_id` is `travellerId`."""
    first, *others = name.split("_")
    return first + "".join(each[:1].upper() + each[1:] for each in others)


def pascal(name: str) -> str:
    """`traveller_id` is `TravellerId`."""
    name = camel(name)
    return name[:1].upper() + name[1:]


def constant(value: str) -> str:
    """`premium_economy` is `PREMIUM_ECONOMY`; what may not stand in a name becomes a line."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value)).strip("_").upper()
    if not name:
        return "NONE"
    return name if not name[0].isdigit() else f"_{name}"
