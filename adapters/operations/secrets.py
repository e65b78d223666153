"""Are the secrets of this installation strong, and is none of them used twice?"""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from psycopg.conninfo import conninfo_to_dict

from adapters.settings import MasterKeyMissing, Settings, master_key_of

SHORTEST_TOKEN = 24
FEWEST_DIFFERENT_BYTES = 16
LONGEST_OVERLAP = 16
# What stands in examples, guides and tests, and therefore in nobody's production.
KNOWN = frozenset(
    {
        bytes(range(32)),
        bytes(range(31, -1, -1)),
        bytes(range(1, 33)),
        bytes.fromhex("0123456789abcdef" * 4),
        bytes.fromhex("deadbeef" * 8),
    }
)
DEFAULTS = frozenset(
    {"postgres", "password", "secret", "changeme", "change-me", "admin", "escale", "redis", "root"}
)


def weak_secrets(settings: Settings) -> Iterator[str]:
    """A sentence with its remedy for every secret that should be another one; never the secret itself."""
    key = b""
    try:
        if settings.env == "production" or settings.master_key is not None:
            key = master_key_of(settings)
    except MasterKeyMissing as missing:
        yield f"ESCALE_MASTER_KEY is missing or too weak. {missing}"
    if key and _is_guessable(key):
        yield (
            "ESCALE_MASTER_KEY is an example or follows a pattern; make one with `openssl rand -hex 32`"
            " before there is any data, since everything is derived from it."
        )
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
    if settings.metrics_token is not None and (len(token) < SHORTEST_TOKEN or len(set(token)) < 8):
        yield (
            f"ESCALE_METRICS_TOKEN is shorter than {SHORTEST_TOKEN} characters or repeats itself;"
            " make one with `openssl rand -hex 24`."
        )
    passwords = dict(_passwords(settings))
    for name, password in passwords.items():
        if password.lower() in DEFAULTS or len(password) < 8:
            yield f"The password in {name} is a default or shorter than 8 characters; choose another."
    yield from _reused(key, token, passwords)


def _reused(key: bytes, token: str, passwords: dict[str, str]) -> Iterator[str]:
    secrets = {"ESCALE_MASTER_KEY": key.hex(), "ESCALE_METRICS_TOKEN": token, **passwords}
    counted = Counter(secret.lower() for secret in secrets.values() if secret)
    repeated = [name for name, secret in secrets.items() if secret and counted[secret.lower()] > 1]
    hidden = key.hex()
    partly = [
        name
        for name, secret in secrets.items()
        if name != "ESCALE_MASTER_KEY"
        and name not in repeated
        and hidden
        and len(secret) >= LONGEST_OVERLAP
        and secret.lower() in hidden
    ]
    if repeated:
        yield f"{' and '.join(sorted(repeated))} are the same secret; give each its own."
    if partly:
        yield f"{' and '.join(sorted(partly))} repeats a part of ESCALE_MASTER_KEY; give each its own."


def _passwords(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.database_url is not None:
        password = conninfo_to_dict(settings.database_url.get_secret_value()).get("password")
        if password:
            yield "DATABASE_URL", str(password)
    if settings.redis_url is not None:
        found = urlsplit(settings.redis_url.get_secret_value()).password
        if found:
            yield "REDIS_URL", unquote(found)


def _is_guessable(key: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in zip(key, key[1:], strict=False)}
    return key in KNOWN or len(set(key)) < FEWEST_DIFFERENT_BYTES or len(steps) == 1
