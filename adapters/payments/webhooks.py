"""Is it Stripe that speaks? Judged on the bytes as they came, before anything in them is read."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.payments.names import COMPANY, INVOICE
from application.billing.collections import ReceiveNotice

# The SDK refuses what is older than this; it takes what is of the future, which we do not.
TOLERANCE_S = 300


class WebhookSecretMissing(Exception):
    """STRIPE_WEBHOOK_SECRET is empty; without it anybody could speak as Stripe."""


class SignatureWrong(Exception):
    """The signature is not Stripe's, or not of now."""


class Webhooks:
    """Reads what Stripe says, once it is sure that it is Stripe."""

    def __init__(self, secret: str) -> None:
        if not secret.strip():
            raise WebhookSecretMissing(WebhookSecretMissing.__doc__)
        self._secret = secret

    def read(self, body: bytes, signature: str | None, *, now: datetime) -> ReceiveNotice:
        """What was said. Refuses SignatureWrong."""
        # Read here: only a house with a secret listens, and the SDK is large.
        import stripe

        try:
            verified = stripe.WebhookSignature.verify_header(
                body.decode("utf-8"), signature or "", self._secret, tolerance=TOLERANCE_S
            )
            signed_at = _signed_at(signature or "")
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
            raise SignatureWrong(SignatureWrong.__doc__) from None
        if not verified or signed_at > now.timestamp() + TOLERANCE_S:
            raise SignatureWrong(SignatureWrong.__doc__)
        try:
            return _notice(json.loads(body))
        except (AttributeError, KeyError, OSError, OverflowError, TypeError, ValueError):
            # Signed, and nothing an event of Stripe's looks like.
            raise SignatureWrong(SignatureWrong.__doc__) from None


def _signed_at(header: str) -> float:
    stamps = [part.split("=", 1)[1] for part in header.split(",") if part.strip().startswith("t=")]
    return float(stamps[0])


def _notice(said: Mapping[str, Any]) -> ReceiveNotice:
    thing: Mapping[str, Any] = (said.get("data") or {}).get("object") or {}
    metadata: Mapping[str, str] = thing.get("metadata") or {}
    created = said.get("created")
    happened = (
        datetime.fromtimestamp(created, UTC)
        if isinstance(created, int)
        else datetime.fromisoformat(str(created))
    )
    amount = thing.get("amount_paid") or 0
    return ReceiveNotice(
        external_id=said["id"],
        kind=said["type"],
        company_id=_id(metadata.get(COMPANY)),
        invoice_id=_id(metadata.get(INVOICE)),
        object_id=thing.get("id"),
        amount_minor=max(0, int(amount)),
        happened_at=happened,
    )


def _id(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        return None
