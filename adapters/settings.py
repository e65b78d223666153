"""How is this installation configured? By the environment, every name prefixed with ESCALE_ but the three URLs."""

import secrets
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_DATA_DIR = Path(".escale")


class Settings(BaseSettings):
    """The configuration of one process."""

    model_config = SettingsConfigDict(env_prefix="ESCALE_", extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr | None = Field(None, validation_alias="DATABASE_URL")
    redis_url: SecretStr | None = Field(None, validation_alias="REDIS_URL")
    # The European Central Bank's daily reference file; without it the rates are those of the release.
    ecb_rates_url: str | None = Field(None, validation_alias="ECB_RATES_URL")
    data_dir: Path = DEFAULT_DATA_DIR
    master_key: SecretStr | None = None  # 64 hex digits; the embedded default keeps one in the data directory
    env: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = 8000
    api_threads: int = 24
    worker_threads: int = 4
    count_calls_every_s: float = 5.0  # accepted calls are counted in memory for this long, then written
    outbox_lease_s: float = 20.0  # an effect whose worker was killed waits this long for another one
    seal_dir: Path | None = None  # seals of the log, outside the database; `seals` in the data directory
    metrics_token: SecretStr | None = (
        None  # at least 24 characters; without it only this machine reads /metrics
    )
    worker_metrics_port: int | None = None  # /metrics of a worker; without it, none
    scheduler_metrics_port: int | None = None  # /metrics of a scheduler
    smtp_url: SecretStr | None = Field(None, validation_alias="SMTP_URL")  # without it mail is only noted
    mail_from: str | None = None  # Escale <travel@example.com>
    mail_language: Literal["en", "fr"] = "en"  # for everyone whose address does not end in .fr
    # With the key, what is billed is collected by Stripe; without it everything else works all the same.
    stripe_secret_key: SecretStr | None = Field(None, validation_alias="STRIPE_SECRET_KEY")
    stripe_webhook_secret: SecretStr | None = Field(None, validation_alias="STRIPE_WEBHOOK_SECRET")
    stripe_base_url: str | None = Field(None, validation_alias="STRIPE_BASE_URL")  # a stand-in, for tests
    probe_url: str | None = None  # what the prober looks at, such as http://127.0.0.1:8000/live
    probe_every_s: float = 60.0
    # Webhooks: http in production, receivers on this machine (never in production), and the pauses between attempts.
    webhook_http: bool = False
    webhook_loopback: bool = False
    webhook_retry_s: tuple[float, ...] | None = None
    ready_lag_events: int = 100_000
    ready_free_mib: int = 256

    # The drivers quote an address they cannot read, with the password in it; so it is read here first.
    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, url: SecretStr | None) -> SecretStr | None:
        try:
            conninfo_to_dict(url.get_secret_value() if url else "")
        except ProgrammingError:
            raise ValueError("it is no address such as postgresql://host:5432/database") from None
        return url

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis(cls, url: SecretStr | None) -> SecretStr | None:
        try:
            parts = urlsplit(url.get_secret_value() if url else "redis://")
            if parts.scheme in ("redis", "rediss", "unix") and (parts.port is None or parts.port):
                return url
        except ValueError:
            pass
        raise ValueError(
            "it is no address such as redis://host:6379/0; write / and # in a password as %2F and %23"
        ) from None


class MasterKeyMissing(Exception):
    """Production needs ESCALE_MASTER_KEY: 64 hexadecimal digits, for example from `openssl rand -hex 32`."""


def master_key_of(settings: Settings) -> bytes:
    """The key everything else is derived from.

    Production must name it; the embedded default makes one and keeps it beside the data,
    readable by its owner only.
    """
    if settings.master_key is not None:
        return _parse(settings.master_key.get_secret_value())
    if settings.env == "production":
        raise MasterKeyMissing(MasterKeyMissing.__doc__)
    kept = settings.data_dir / "secrets" / "master-key"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(32))
    return _parse(kept.read_text().strip())


def _parse(text: str) -> bytes:
    key = bytes.fromhex(text) if len(text) == 64 else b""
    if len(set(key)) < 8:
        raise MasterKeyMissing(MasterKeyMissing.__doc__)
    return key
