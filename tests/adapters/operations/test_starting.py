"""What may start in production, and what may not: one row per danger, each with its remedy in the sentence."""

from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from adapters.operations.secrets import weak_secrets
from adapters.operations.starting import UnsafeStart, refuse_unsafe_start
from adapters.postgres.durability import Durability, UnsafeDurability
from adapters.postgres.migrate import migrate
from adapters.postgres.pools import Pools
from adapters.postgres.roles import UnsafeConnection
from adapters.settings import MasterKeyMissing, Settings

STRONG = "9f1c7e2ab04d6853e1f7c29a5b3d8e60417acdf2936b58e07c1d4fa2b9e63508"
TOKEN = "Zm9vYmFy-8d2K1p0QxW7-unique"  # noqa: S105
POSTGRES = "postgresql://somebody:{}@127.0.0.1/escale"
SWITCHES = (
    "ESCALE_FAILPOINTS",
    "ESCALE_FAILPOINT_SEED",
    "ESCALE_DEBUG",
    "ESCALE_SIMULATION",
    "PYTHONDEVMODE",
)

ALLOW = """
create or replace function es.simulation_allowed() returns boolean language sql immutable as $$ select {} $$
"""


def production(**values: Any) -> Settings:
    return Settings(**{"env": "production", "master_key": STRONG, **values})


@pytest.fixture
def url(database_url: str) -> str:
    """The database as production names it: nobody signed in."""
    return "postgresql:///" + database_url.rsplit("@/", 1)[1]


@pytest.fixture(scope="class")
def strong_roles(database_url: str, master_key: bytes) -> Any:
    """Gives the roles the passwords of the strong key, and back."""
    migrate(database_url, master_key=bytes.fromhex(STRONG))
    yield
    migrate(database_url, master_key=master_key)


class TestSecrets:
    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"master_key": None}, "ESCALE_MASTER_KEY is missing"),
            ({"master_key": "abc"}, "ESCALE_MASTER_KEY is missing or too weak"),
            ({"master_key": "00" * 32}, "missing or too weak"),
            ({"master_key": bytes(range(32)).hex()}, "example or follows a pattern"),
            ({"master_key": "0123456789abcdef" * 4}, "ESCALE_MASTER_KEY"),
            ({"metrics_token": "short"}, "shorter than 24 characters"),
            ({"metrics_token": "a" * 40}, "repeats itself"),
            ({"metrics_token": STRONG}, "are the same secret"),
            ({"metrics_token": STRONG[:30]}, "repeats a part of ESCALE_MASTER_KEY"),
            ({"DATABASE_URL": POSTGRES.format("postgres")}, "default or shorter than 8"),
            ({"DATABASE_URL": POSTGRES.format(STRONG)}, "are the same secret"),
            ({"REDIS_URL": "redis://:changeme@127.0.0.1"}, "The password in REDIS_URL is a default"),
            ({"metrics_token": TOKEN, "REDIS_URL": f"redis://:{TOKEN}@127.0.0.1"}, "give each its own"),
        ],
    )
    def test_are_refused_in_production(self, url: str, values: dict[str, Any], words: str) -> None:
        settings = production(**values)
        with pytest.raises((UnsafeStart, MasterKeyMissing), match="ESCALE|password") as refusal:
            refuse_unsafe_start(settings, url)
        assert words in str(refusal.value)
        for secret in (STRONG, TOKEN, "changeme@"):
            assert secret not in str(refusal.value)

    def test_that_are_strong_pass(self) -> None:
        quoted = quote("pg-Wq81_long-enough")
        settings = production(metrics_token=TOKEN, DATABASE_URL=POSTGRES.format(quoted))
        assert list(weak_secrets(settings)) == []


@pytest.mark.usefixtures("strong_roles")
class TestStart:
    def test_is_allowed_on_safe_ground(self, url: str) -> None:
        refuse_unsafe_start(production(), url)

    @pytest.mark.parametrize("name", SWITCHES)
    def test_with_a_switch_of_tests_is_refused(
        self, url: str, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv(name, "1")
        with pytest.raises(UnsafeStart, match=name):
            refuse_unsafe_start(production(), url)
        refuse_unsafe_start(production(env="development"), url)

    @pytest.mark.parametrize("setting", ["synchronous_commit"])
    def test_where_commits_can_be_lost_is_refused(self, database_url: str, url: str, setting: str) -> None:
        with psycopg.connect(database_url, autocommit=True) as owner:
            here = sql.Identifier(owner.info.dbname)
            owner.execute(
                sql.SQL("alter role escale_app in database {} set synchronous_commit to off").format(here)
            )
            try:
                with pytest.raises(UnsafeDurability, match=f"{setting} = off"):
                    refuse_unsafe_start(production(), url)
                refuse_unsafe_start(production(env="development"), url)
                pools = Pools(url, bytes.fromhex(STRONG), refuse_losses=True).open()
                with pytest.raises(psycopg.OperationalError), pools.commands.connection(timeout=1):
                    pass
                pools.close()
            finally:
                owner.execute(sql.SQL("alter role escale_app in database {} reset all").format(here))

    @pytest.mark.parametrize(
        ("values", "lost"),
        [
            (("off", "on", "on", "on"), {"fsync"}),
            (("on", "off", "on", "on"), {"full_page_writes"}),
            (("on", "on", "off", "on"), {"synchronous_commit"}),
            (("on", "on", "remote_apply", "off"), set()),
        ],
    )
    def test_knows_what_loses_commits(self, values: tuple[str, str, str, str], lost: set[str]) -> None:
        assert dict(Durability(*values).losses()).keys() == lost

    def test_as_an_administrator_is_refused(self, database_url: str) -> None:
        with pytest.raises(UnsafeConnection, match="Name only host, port and database"):
            refuse_unsafe_start(production(), database_url)

    def test_as_an_administrator_whose_password_lies_elsewhere_is_refused(
        self, database_url: str, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        where = psycopg.conninfo.conninfo_to_dict(database_url)
        monkeypatch.setenv("PGPASSWORD", str(where["password"]))
        with pytest.raises(UnsafeConnection, match="Name only host, port and database"):
            refuse_unsafe_start(production(), f"{url}&user={where['user']}")

    @pytest.mark.parametrize("right", ["superuser", "bypassrls"])
    def test_with_a_role_that_may_too_much_is_refused(self, database_url: str, url: str, right: str) -> None:
        with psycopg.connect(database_url, autocommit=True) as owner:
            owner.execute(sql.SQL("alter role escale_app {}").format(sql.SQL(right)))
            try:
                for env in ("production", "development"):
                    with pytest.raises(UnsafeConnection):
                        refuse_unsafe_start(production(env=env), url)
            finally:
                owner.execute(sql.SQL("alter role escale_app {}").format(sql.SQL(f"no{right}")))

    def test_on_a_database_with_a_virtual_clock_is_refused(self, database_url: str, url: str) -> None:
        with psycopg.connect(database_url, autocommit=True) as owner:
            owner.execute(sql.SQL(ALLOW).format(sql.SQL("true")))
            try:
                with pytest.raises(UnsafeStart, match="virtual clock"):
                    refuse_unsafe_start(production(), url)
            finally:
                owner.execute(sql.SQL(ALLOW).format(sql.SQL("false")))

    def test_without_a_database_goes_on(self) -> None:
        """The process lives and says in /ready what is missing."""
        refuse_unsafe_start(production(), "postgresql:///escale?host=/nowhere")
