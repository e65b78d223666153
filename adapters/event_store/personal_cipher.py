"""How does a personal field become ciphertext before anything is hashed or stored?"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.vault.subject_keys import SubjectKeys
from domain.kernel.personal import ERASED_TEXT, Personal

# A sealed value in the payload: {"sealed": "<base64>", "subject": "<uuid>"}.
SEALED = "sealed"


class PersonalCipher:
    """Seals and opens the personal fields of one tenant's payloads.

    The associated data ties a ciphertext to its tenant, stream, version and field, so that
    it cannot be moved elsewhere.
    """

    def __init__(self, keys: SubjectKeys, tenant_id: UUID) -> None:
        self._keys = keys
        self._tenant_id = tenant_id

    def seal(
        self,
        payload: dict[str, Any],
        fields: Mapping[str, Personal],
        subjects: Mapping[str, UUID],
        place: str,
    ) -> None:
        """Replaces each personal value in the payload by its ciphertext."""
        for name in fields:
            if payload.get(name) is not None:
                subject = subjects[name]
                plaintext = json.dumps(payload[name], ensure_ascii=False).encode()
                sealed = self._keys.encrypt(
                    self._tenant_id, subject, plaintext, self._associated(place, name)
                )
                payload[name] = {SEALED: b64encode(sealed).decode(), "subject": str(subject)}

    def open(self, payload: dict[str, Any], fields: Mapping[str, Personal], place: str) -> None:
        """Replaces each ciphertext by its value, or by the erased form once the key is gone."""
        for name, value in payload.items():
            if isinstance(value, dict) and SEALED in value:
                opened = self._keys.decrypt(
                    self._tenant_id,
                    UUID(value["subject"]),
                    b64decode(value[SEALED]),
                    self._associated(place, name),
                )
                marker = fields.get(name)
                erased = marker.erased if marker else ERASED_TEXT
                payload[name] = erased if opened is None else json.loads(opened)

    def _associated(self, place: str, field: str) -> bytes:
        return f"{self._tenant_id}:{place}:{field}".encode()
