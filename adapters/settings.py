"""How is this installation configured? By the environment, every name prefixed with ESCALE_ but the two URLs."""

import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_DATA_DIR = Path(".escale")


class Settings(BaseSettings):
    """The configuration of one process."""

    model_config = SettingsConfigDict(env_prefix="ESCALE_", extra="ignore")

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
    seal_dir: Path | None = None  # seals of the log, outside the database; `seals` in the data directory
    metrics_token: SecretStr | None = (
        None  # at least 24 characters; without it only this machine reads /metrics
    )
    ready_lag_events: int = 100_000
    ready_free_mib: int = 256


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
