"""How does a receiver know that it is us? Standard Webhooks: HMAC-SHA256 over id, time and the very bytes sent."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from standardwebhooks import Webhook

from adapters.identity.secrets import derived

SECRET_BYTES = 32
PREFIX = "whsec_"


def derive_webhook_secret(master_key: bytes, *, tenant_id: UUID, endpoint_id: UUID, generation: int) -> str:
    """The secret of one endpoint and generation: the same whenever it is needed, so it is kept nowhere."""
    purpose = b"webhook:v1:" + tenant_id.bytes + endpoint_id.bytes + generation.to_bytes(8, "big")
    return PREFIX + b64encode(derived(master_key, purpose, SECRET_BYTES)).decode("ascii")


def signed_headers(message_id: str, body: bytes, secrets: Sequence[str], *, at: datetime) -> dict[str, str]:
    """The three headers; one signature per secret, the newest first."""
    # The library takes the figures on the clock for UTC whatever their zone is, and signs text rather than bytes.
    moment, text = at.astimezone(UTC).replace(microsecond=0), body.decode("utf-8")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, moment, text) for secret in secrets),
    }
