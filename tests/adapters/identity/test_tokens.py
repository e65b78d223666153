"""Which tokens open the door? Exactly those this house signed for this purpose and this moment."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey, OKPKey

from adapters.identity.tokens import AccessClaims, RefreshClaims, TokenExpired, TokenInvalid, Tokens

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
MASTER = bytes(range(32))
TOKENS = Tokens(MASTER)
ACCESS = AccessClaims(tenant_id=UUID(int=1), member_id=UUID(int=2), session_id=UUID(int=3))
REFRESH = RefreshClaims(tenant_id=UUID(int=1), member_id=UUID(int=2), session_id=UUID(int=3), generation=4)
CLAIMS: dict[str, Any] = {
    "iss": "https://escale.local",
    "aud": "escale-api",
    "iat": int(NOW.timestamp()),
    "nbf": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 900,
    "sub": str(UUID(int=2)),
    "tid": str(UUID(int=1)),
    "sid": str(UUID(int=3)),
}
HEADER = {"alg": "Ed25519", "typ": "at+jwt", "kid": TOKENS.key_id}


def signed(header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token signed with the real key, otherwise as the test wants it; None removes a claim."""
    content = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=["Ed25519"], strict_check_header=False)
    return jwt.encode({**HEADER, **(header or {})}, content, TOKENS._key, registry=registry)


def encoded(part: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def unsigned(algorithm: str = "none", signature: str = "") -> str:
    return f"{encoded({**HEADER, 'alg': algorithm})}.{encoded(CLAIMS)}.{signature}"


def signed_with_the_public_key_as_hmac_secret() -> str:
    public = TOKENS._key.as_dict(private=False)["x"]
    assert isinstance(public, str)
    secret = OctKey.import_key(urlsafe_b64decode(public + "="))
    return jwt.encode({**HEADER, "alg": "HS256"}, CLAIMS, secret, algorithms=["HS256"])


def signed_by_a_stranger() -> str:
    stranger = OKPKey.generate_key("Ed25519")
    return jwt.encode(HEADER, CLAIMS, stranger, algorithms=["Ed25519"])


def signed_by_a_stranger_who_brings_the_key() -> str:
    stranger = OKPKey.generate_key("Ed25519")
    header = {**HEADER, "jwk": stranger.as_dict(private=False)}
    return jwt.encode(header, CLAIMS, stranger, algorithms=["Ed25519"])


def tampered() -> str:
    header, _, signature = signed().split(".")
    return f"{header}.{encoded({**CLAIMS, 'tid': str(UUID(int=99))})}.{signature}"


FORGERIES: dict[str, Callable[[], str]] = {
    "alg none": unsigned,
    "alg None": lambda: unsigned("None"),
    "alg none with a signature": lambda: unsigned("none", signed().rsplit(".", 1)[1]),
    "public key as HMAC secret": signed_with_the_public_key_as_hmac_secret,
    "HS256 over the real signature": lambda: unsigned("HS256", signed().rsplit(".", 1)[1]),
    "the older name of the algorithm": lambda: unsigned("EdDSA", signed().rsplit(".", 1)[1]),
    "another key": signed_by_a_stranger,
    "another key in the header": signed_by_a_stranger_who_brings_the_key,
    "another master key": lambda: Tokens(b"z" * 32).access(ACCESS, at=NOW),
    "jku": lambda: signed({"jku": "https://evil.example/keys"}),
    "x5u": lambda: signed({"x5u": "https://evil.example/cert"}),
    "crit": lambda: f"{encoded({**HEADER, 'crit': ['b64'], 'b64': False})}.{encoded(CLAIMS)}.AA",
    "unknown kid": lambda: signed({"kid": "other"}),
    "wrong typ": lambda: signed({"typ": "JWT"}),
    "id token": lambda: signed({"typ": "id+jwt"}),
    "refresh used as access": lambda: TOKENS.refresh(REFRESH, at=NOW, until=NOW + timedelta(days=30)),
    "wrong audience": lambda: signed(aud="other"),
    "wrong issuer": lambda: signed(iss="https://evil.example"),
    "other house": lambda: Tokens(MASTER, issuer="https://other").access(ACCESS, at=NOW),
    "no audience": lambda: signed(aud=None),
    "no issuer": lambda: signed(iss=None),
    "no expiry": lambda: signed(exp=None),
    "no not-before": lambda: signed(nbf=None),
    "no tenant": lambda: signed(tid=None),
    "no session": lambda: signed(sid=None),
    "tenant is no id": lambda: signed(tid="1; drop table"),
    "subject is a number": lambda: signed(sub=2),
    "session is a list": lambda: signed(sid=[str(UUID(int=3))]),
    "expiry is text": lambda: signed(exp="tomorrow"),
    "from the future": lambda: TOKENS.access(ACCESS, at=NOW + timedelta(seconds=61)),
    "issued in the future": lambda: signed(iat=CLAIMS["iat"] + 3600),
    "tampered": tampered,
    "huge": lambda: signed(sid="x" * 5_000),
    "empty": lambda: "",
    "dots": lambda: "..",
    "not ascii": lambda: "é.é.é",
    "encrypted": lambda: "a.b.c.d.e",
    "payload is no object": lambda: f"{encoded(HEADER)}.{urlsafe_b64encode(b'[1]').decode()}.AA",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_refuses(forge: Callable[[], str]) -> None:
    with pytest.raises(TokenInvalid):
        TOKENS.read_access(forge(), at=NOW)


def test_reads_back_what_it_signed() -> None:
    assert TOKENS.read_access(TOKENS.access(ACCESS, at=NOW), at=NOW) == ACCESS
    until = NOW + timedelta(days=30)
    assert TOKENS.read_refresh(TOKENS.refresh(REFRESH, at=NOW, until=until), at=NOW) == REFRESH


def test_signs_alike_in_every_process() -> None:
    assert Tokens(MASTER).read_access(TOKENS.access(ACCESS, at=NOW), at=NOW) == ACCESS


def test_access_expires_after_a_quarter_of_an_hour_and_a_small_leeway() -> None:
    token = TOKENS.access(ACCESS, at=NOW)
    TOKENS.read_access(token, at=NOW + timedelta(minutes=15, seconds=29))
    with pytest.raises(TokenExpired):
        TOKENS.read_access(token, at=NOW + timedelta(minutes=16))


def test_access_is_no_refresh() -> None:
    with pytest.raises(TokenInvalid):
        TOKENS.read_refresh(TOKENS.access(ACCESS, at=NOW), at=NOW)


@pytest.mark.parametrize("generation", [None, 0, -1, "1", 1.5, True])
def test_refuses_a_refresh_token_without_a_proper_generation(generation: object) -> None:
    with pytest.raises(TokenInvalid):
        TOKENS.read_refresh(signed({"typ": "rt+jwt"}, gen=generation), at=NOW)


def test_refuses_a_short_master_key() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(b"short")
