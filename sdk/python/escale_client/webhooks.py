"""Is this delivery really from Escale, and from now? Standard Webhooks: HMAC-SHA256 over the bytes as they came."""

import base64
import binascii
import hmac
import json
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

TOLERANCE_S = 300
PREFIX = "whsec_"


class NotGenuine(Exception):
    """The delivery is not signed with this secret, or not now. Answer 401 and do nothing."""


def verified(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None
) -> dict[str, Any]:
    """The event in the delivery. Give the body as it came, before anything has read it as JSON.

    Remember the header `webhook-id`: a delivery may come twice, under the same one.
    """
    told = {name.lower(): text for name, text in headers.items()}
    try:
        sent_at = int(told["webhook-timestamp"])
        signed = f"{told['webhook-id']}.{sent_at}.".encode() + body
        presented = told["webhook-signature"].split()
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (KeyError, ValueError, binascii.Error):
        raise NotGenuine("The headers of a delivery are missing or malformed.") from None
    if abs((time.time() if now is None else now) - sent_at) > TOLERANCE_S:
        raise NotGenuine("The delivery is too old, or from the future.")
    wanted = base64.b64encode(hmac.new(key, signed, sha256).digest())
    if not any(_matches(each, wanted) for each in presented):
        raise NotGenuine("No signature of the delivery fits.")
    try:
        event = json.loads(body)
    except ValueError:
        raise NotGenuine("The delivery is no JSON document.") from None
    if not isinstance(event, dict):
        raise NotGenuine("The delivery is no event.")
    return event


def _matches(presented: str, wanted: bytes) -> bool:
    version, _, signature = presented.partition(",")
    return version == "v1" and hmac.compare_digest(signature.encode("utf-8", "replace"), wanted)
