"""How is what somebody asked kept for a while, so that only this house can read it?"""

import hmac
import json
import os
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.identity.secrets import derived

NONCE_BYTES = 12


class Sealing:
    """AES-256-GCM under a key per company; a text opens under its own command and purpose only."""

    def __init__(self, master_key: bytes) -> None:
        self._master_key = master_key

    def seal(self, tenant_id: UUID, command_id: UUID, purpose: str, document: Any) -> bytes:
        """The document, unreadable."""
        nonce = os.urandom(NONCE_BYTES)
        text = json.dumps(document, separators=(",", ":")).encode()
        return nonce + self._cipher(tenant_id).encrypt(nonce, text, _place(command_id, purpose))

    def opened(self, tenant_id: UUID, command_id: UUID, purpose: str, sealed: bytes) -> Any:
        """The document again."""
        nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        return json.loads(self._cipher(tenant_id).decrypt(nonce, text, _place(command_id, purpose)))

    def digest(self, tenant_id: UUID, *parts: str) -> bytes:
        """What tells one request from another; keyed, because short bodies are guessed from a plain hash."""
        key = derived(self._master_key, b"deferred-digest" + tenant_id.bytes, 32)
        return hmac.new(key, json.dumps(parts).encode(), sha256).digest()

    def _cipher(self, tenant_id: UUID) -> AESGCM:
        return AESGCM(derived(self._master_key, b"deferred-commands" + tenant_id.bytes, 32))


def _place(command_id: UUID, purpose: str) -> bytes:
    return command_id.bytes + purpose.encode()
