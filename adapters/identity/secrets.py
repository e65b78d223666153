"""How does every secret of the house grow from one master key?"""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_KEY_BYTES = 32


def derived(master_key: bytes, purpose: bytes, length: int) -> bytes:
    """HKDF-SHA256. The purpose is the whole difference between two secrets, so it names everything."""
    if len(master_key) < MASTER_KEY_BYTES:
        raise ValueError(f"the master key must have at least {MASTER_KEY_BYTES} bytes")
    return HKDF(algorithm=SHA256(), length=length, salt=b"escale", info=purpose).derive(master_key)
