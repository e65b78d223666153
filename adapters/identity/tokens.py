"""Which token proves a session, and which only looks like one?"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from adapters.identity.secrets import derived
from domain.kernel.refusals import Unauthenticated
from domain.platform.session import ACCESS_LIFETIME

# The one algorithm there is; a token cannot choose (RFC 9864 name of EdDSA over Curve25519).
ALGORITHM = "Ed25519"
ACCESS_TYPE = "at+jwt"
REFRESH_TYPE = "rt+jwt"
BROWSER_TYPE = "bt+jwt"
LEEWAY_S = 30
LONGEST_TOKEN = 2_048


class TokenInvalid(Unauthenticated):
    """The token is not valid; sign in again."""


class TokenExpired(Unauthenticated):
    """The token has expired; refresh it or sign in again."""


@dataclass(frozen=True)
class AccessClaims:
    """What an access token says: who, where, in which session. Roles are looked up, never read from it."""

    tenant_id: UUID
    member_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class RefreshClaims:
    """What a refresh token says besides: which link of the session's chain it is."""

    tenant_id: UUID
    member_id: UUID
    session_id: UUID
    generation: int


@dataclass(frozen=True)
class BrowserClaims:
    """What a browser's cookie says: who, since when, and when it was handed out."""

    access: AccessClaims
    since: datetime
    issued_at: datetime


class Tokens:
    """Signs and reads the house's own tokens with a key derived from the master key.

    Key material in a token's header (`jwk`, `jku`, `x5u`, `x5c`) is never looked at: a token
    that carries any is refused.
    """

    def __init__(
        self, master_key: bytes, *, issuer: str = "https://escale.local", audience: str = "escale-api"
    ) -> None:
        seed = derived(master_key, b"token-signing:ed25519:v1", 32)
        self._key = OKPKey.import_key(_jwk(seed))
        self._registry = JWSRegistry(algorithms=[ALGORITHM])
        self._issuer = issuer
        self._audience = audience
        self.key_id: str = self._key.thumbprint()

    def access(self, claims: AccessClaims, *, at: datetime) -> str:
        """A token for 15 minutes of requests."""
        return self._signed(
            ACCESS_TYPE,
            {"sub": str(claims.member_id), "tid": str(claims.tenant_id), "sid": str(claims.session_id)},
            at=at,
            until=at + ACCESS_LIFETIME,
        )

    def refresh(self, claims: RefreshClaims, *, at: datetime, until: datetime) -> str:
        """A token for one exchange, good until the session ends."""
        return self._signed(
            REFRESH_TYPE,
            {
                "sub": str(claims.member_id),
                "tid": str(claims.tenant_id),
                "sid": str(claims.session_id),
                "gen": claims.generation,
            },
            at=at,
            until=until,
        )

    def browser(self, claims: AccessClaims, *, since: datetime, at: datetime, until: datetime) -> str:
        """What a browser keeps in a cookie; `since` is when its member signed in."""
        return self._signed(
            BROWSER_TYPE,
            {
                "sub": str(claims.member_id),
                "tid": str(claims.tenant_id),
                "sid": str(claims.session_id),
                "auth_time": int(since.timestamp()),
            },
            at=at,
            until=until,
        )

    def read_access(self, token: str, *, at: datetime) -> AccessClaims:
        """Verifies an access token. Refuses with TokenInvalid or TokenExpired."""
        return _access(self._verified(token, ACCESS_TYPE, at=at))

    def read_browser(self, token: str, *, at: datetime) -> BrowserClaims:
        """Verifies what a browser kept. Refuses with TokenInvalid or TokenExpired."""
        claims = self._verified(token, BROWSER_TYPE, at=at)
        since, issued = claims.get("auth_time"), claims["iat"]
        if type(since) is not int or type(issued) is not int:
            raise TokenInvalid
        return BrowserClaims(
            _access(claims), datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(issued, UTC)
        )

    def read_refresh(self, token: str, *, at: datetime) -> RefreshClaims:
        """Verifies a refresh token. Whether it is the newest is the session's to say."""
        claims = self._verified(token, REFRESH_TYPE, at=at)
        generation = claims.get("gen")
        if type(generation) is not int or generation < 1:
            raise TokenInvalid
        return RefreshClaims(
            tenant_id=_uuid(claims, "tid"),
            member_id=_uuid(claims, "sub"),
            session_id=_uuid(claims, "sid"),
            generation=generation,
        )

    def _signed(self, token_type: str, claims: dict[str, Any], *, at: datetime, until: datetime) -> str:
        now = int(at.timestamp())
        return jwt.encode(
            {"alg": ALGORITHM, "typ": token_type, "kid": self.key_id},
            {
                "iss": self._issuer,
                "aud": self._audience,
                "iat": now,
                "nbf": now,
                "exp": int(until.timestamp()),
                **claims,
            },
            self._key,
            registry=self._registry,
        )

    def _verified(self, token: str, token_type: str, *, at: datetime) -> Mapping[str, Any]:
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise TokenInvalid
        claims_rules = jwt.JWTClaimsRegistry(
            now=int(at.timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            sub={"essential": True},
            tid={"essential": True},
            sid={"essential": True},
            iat={"essential": True},
            nbf={"essential": True},
            exp={"essential": True},
        )
        try:
            decoded = jwt.decode(token, self._key, registry=self._registry)
            if set(decoded.header) != {"alg", "typ", "kid"}:
                raise TokenInvalid
            if decoded.header["typ"] != token_type or decoded.header["kid"] != self.key_id:
                raise TokenInvalid
            claims_rules.validate(decoded.claims)
        except ExpiredTokenError:
            raise TokenExpired from None
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise TokenInvalid from None
        return decoded.claims


def _jwk(seed: bytes) -> dict[str, str | list[str]]:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    d, x = (urlsafe_b64encode(raw).decode().rstrip("=") for raw in (seed, public))
    return {"kty": "OKP", "crv": "Ed25519", "d": d, "x": x, "use": "sig"}


def _access(claims: Mapping[str, Any]) -> AccessClaims:
    return AccessClaims(
        tenant_id=_uuid(claims, "tid"), member_id=_uuid(claims, "sub"), session_id=_uuid(claims, "sid")
    )


def _uuid(claims: Mapping[str, Any], name: str) -> UUID:
    try:
        return UUID(claims[name])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise TokenInvalid from None
