"""A drill: back up, go on, restore elsewhere, verify, and refuse what belongs to the history that is gone."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from adapters.bootstrap import Settings, back_up_to, build, restore_from
from adapters.operations.backup import KEYS, MANIFEST, BackupRefused, Manifest
from adapters.operations.restore import RestoreRefused
from api.main import create_app
from tests.conftest import Services, at_database, fresh_database
from tests.kit.chain import verify_chain
from tests.kit.client import TestClient
from tests.kit.house import GENEROUS, Place, opened_place

TRIPS = "/api/v1/enterprise/trips"
OF_ANOTHER_EPOCH = """
select count(*) from es.checkpoint c join es.tenant_head h using (tenant_id) where c.epoch <> h.epoch
"""


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        for _ in range(5):
            opened.plan(opened.north)
        opened.plan(opened.south)
        opened.house_at_rest()
        yield opened


@pytest.fixture(scope="module")
def settings(database_url: str, master_key: bytes) -> Settings:
    return Settings(master_key=master_key.hex()).model_copy(
        update={"database_url": Settings(DATABASE_URL=database_url).database_url}
    )


@pytest.fixture(scope="module")
def taken(
    place: Place, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Manifest]:
    folder = tmp_path_factory.mktemp("backup") / "first"
    return folder, back_up_to(settings, folder, lambda line: None)


@pytest.fixture
def empty(services: Services, template: str) -> Iterator[str]:
    """A database that was migrated and holds nothing."""
    with fresh_database(services, template) as url:
        yield url


@pytest.fixture
def bare(services: Services) -> Iterator[str]:
    """A database that was never migrated."""
    name = f"escale_restored_{uuid4().hex[:8]}"
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template1").format(sql.Identifier(name)))
        yield at_database(services.database_url, name)
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def into(settings: Settings, url: str, folder: Path, **wishes: Any) -> Any:
    elsewhere = settings.model_copy(update={"database_url": Settings(DATABASE_URL=url).database_url})
    chosen: dict[str, Any] = {"keys": None, "without_keys": False, "nothing_lost": False, **wishes}
    return restore_from(elsewhere, folder, announce=lambda line: None, **chosen)


def page(client: TestClient, place: Place, cursor: str | None = None) -> Any:
    query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
    return client.get(TRIPS, params=query, headers=place.north.owner.headers)


def epochs(url: str) -> dict[UUID, int]:
    with psycopg.connect(url, autocommit=True) as connection:
        return dict(connection.execute("select tenant_id, epoch from es.tenant_head").fetchall())


class TestDrill:
    def test_brings_back_everything_but_what_came_later(
        self, place: Place, settings: Settings, taken: tuple[Path, Manifest], bare: str, redis_url: str
    ) -> None:
        folder, manifest = taken
        heads = {UUID(tenant): position for tenant, position, *_ in manifest.heads}
        assert heads == {tenant: heads[tenant] for tenant in place.heads()}
        lost = place.plan(place.north)
        cursor = page(place.client, place).json()["next_cursor"]
        assert page(place.client, place, cursor).status_code == 200
        events = {"headers": place.north.owner.headers, "params": {"from_position": 1, "to_position": 1}}
        told = place.client.get("/api/v1/events/export", **events).json()

        restored = into(settings, bare, folder)

        assert restored.findings == []
        assert restored.tenants == len(heads)
        with psycopg.connect(bare, autocommit=True) as connection:
            assert {tenant: verify_chain(connection, tenant) for tenant in heads} == heads
            assert connection.execute(OF_ANOTHER_EPOCH).fetchone() == (0,)
        house = build(settings, database_url=bare, redis_url=redis_url)
        try:
            with TestClient(create_app(house, limits=GENEROUS)) as client:
                refused = page(client, place, cursor)
                assert (refused.status_code, refused.json()["code"]) == (422, "history_replaced")
                # A place in the feed of before, as a program would come back with it.
                last = {"Last-Event-ID": told["cursor"]}
                forked = client.get("/api/v1/events", headers=place.north.owner.headers | last)
                assert (forked.status_code, forked.json()["code"]) == (422, "history_replaced")
                again = page(client, place).json()
                assert len(again["data"]) == 2
                assert page(client, place, again["next_cursor"]).status_code == 200
                gone = client.get(f"{TRIPS}/{lost['id']}", headers=place.north.owner.headers)
                assert gone.status_code == 404
                ahead = {"min_position": lost["position"]}
                waiting = client.get(TRIPS, params=ahead, headers=place.north.owner.headers)
                assert waiting.json()["code"] == "position_unknown"
                body = {"traveller_id": str(place.north.traveller.id), "purpose": "After the restore"}
                made = client.post(TRIPS, json=body, headers=place.north.owner.headers)
                assert made.status_code == 201, made.text
            house.jobs.projections.drain(place.north.id)
            assert list(house.jobs.projections.check(place.north.id)) == []
        finally:
            house.close()

    def test_of_a_planned_move_keeps_cursors(
        self, place: Place, settings: Settings, taken: tuple[Path, Manifest], empty: str, database_url: str
    ) -> None:
        assert into(settings, empty, taken[0], nothing_lost=True).findings == []
        assert epochs(empty) == epochs(database_url)

    def test_twice_makes_two_histories(
        self, settings: Settings, taken: tuple[Path, Manifest], empty: str
    ) -> None:
        into(settings, empty, taken[0])
        first = epochs(empty)
        assert min(first.values()) > 1_000

    def test_says_what_differs(
        self, place: Place, settings: Settings, database_url: str, empty: str, tmp_path: Path
    ) -> None:
        change = "update read.trip set spend_eur_cents = spend_eur_cents + %s where tenant_id = %s"
        with psycopg.connect(database_url, autocommit=True) as owner:
            place.house_at_rest()
            owner.execute(change, (1, place.south.id))
            back_up_to(settings, tmp_path / "tampered", lambda line: None)
            owner.execute(change, (-1, place.south.id))
        findings = into(settings, empty, tmp_path / "tampered").findings
        assert len(findings) == 1
        assert "read model trips" in findings[0]
        assert "spend_eur_cents" in findings[0]

    def test_finds_a_rewritten_event(
        self, place: Place, settings: Settings, database_url: str, empty: str, tmp_path: Path
    ) -> None:
        swap = "update es.event set meta = %s where tenant_id = %s and position = 1"
        with psycopg.connect(database_url, autocommit=True) as owner:
            row = owner.execute(
                "select meta from es.event where tenant_id = %s and position = 1", (place.south.id,)
            ).fetchone()
            assert row is not None
            owner.execute(swap, (row[0].replace('"', ' "', 1), place.south.id))
            back_up_to(settings, tmp_path / "rewritten", lambda line: None)
            owner.execute(swap, (row[0], place.south.id))
        findings = into(settings, empty, tmp_path / "rewritten").findings
        assert any(f"tenant {place.south.id}, position 1: altered" in finding for finding in findings)


def test_a_folder_that_lay_open_is_closed(place: Place, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    back_up_to(settings, tmp_path / "open", lambda line: None)
    assert [path.stat().st_mode & 0o077 for path in (tmp_path / "open", tmp_path / "open" / KEYS)] == [0, 0]


def test_a_restore_that_was_cut_short_can_be_repeated(
    settings: Settings, taken: tuple[Path, Manifest], bare: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("adapters.operations.restore._raise_epochs", cut)
        with pytest.raises(KeyboardInterrupt):
            into(settings, bare, taken[0])
    assert into(settings, bare, taken[0]).findings == []


class TestKeys:
    def test_lie_apart_with_a_note(self, taken: tuple[Path, Manifest]) -> None:
        folder, manifest = taken
        assert "vault.subject_key" not in {table.table for table in manifest.tables}
        assert "destroy it and every copy by" in (folder / KEYS / "READ-ME-FIRST.txt").read_text()
        assert {path.stat().st_mode & 0o077 for path in (folder, *folder.glob("*.gz"))} == {0}

    def test_are_asked_for(
        self, place: Place, settings: Settings, taken: tuple[Path, Manifest], empty: str, tmp_path: Path
    ) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(taken[0], copy)
        (copy / KEYS).rename(tmp_path / "elsewhere")
        with pytest.raises(RestoreRefused, match="--without-keys"):
            into(settings, empty, copy)
        assert into(settings, empty, copy, keys=tmp_path / "elsewhere").findings == []

    def test_of_the_erased_stay_destroyed(
        self, place: Place, settings: Settings, empty: str, tmp_path: Path
    ) -> None:
        """Even if the copy of the keys is older than the erasure."""
        back_up_to(settings, tmp_path / "before", lambda line: None)
        erased = place.south.traveller.id
        answer = place.client.delete(f"/api/v1/members/{erased}", headers=place.south.owner.headers)
        assert answer.status_code == 200, answer.text
        place.house_at_rest()
        back_up_to(settings, tmp_path / "after", lambda line: None)
        into(settings, empty, tmp_path / "after", keys=tmp_path / "before" / KEYS)
        with psycopg.connect(empty, autocommit=True) as connection:
            row = connection.execute(
                "select wrapped_key is null from vault.subject_key where tenant_id = %s and subject_id = %s",
                (place.south.id, erased),
            ).fetchone()
        assert row == (True,)


class TestRefusals:
    @pytest.mark.parametrize("harm", ["file", "manifest", "gone"])
    def test_of_an_altered_backup(
        self, settings: Settings, taken: tuple[Path, Manifest], empty: str, tmp_path: Path, harm: str
    ) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(taken[0], copy)
        victim = copy / "es.event.copy.gz"
        if harm == "file":
            content = bytearray(victim.read_bytes())
            content[len(content) // 2] ^= 1
            victim.write_bytes(bytes(content))
        elif harm == "manifest":
            content_of = json.loads((copy / MANIFEST).read_text())
            content_of["heads"] = content_of["heads"][:-1]
            (copy / MANIFEST).write_text(json.dumps(content_of))
        else:
            victim.unlink()
        with pytest.raises(RestoreRefused, match="altered|missing"):
            into(settings, empty, copy)

    def test_of_folders_that_are_mixed_up(
        self, settings: Settings, taken: tuple[Path, Manifest], empty: str
    ) -> None:
        folder = taken[0]
        with pytest.raises(RestoreRefused, match="holds the keys of a backup"):
            into(settings, empty, folder / KEYS, without_keys=True)
        with pytest.raises(RestoreRefused, match="holds no keys but a whole backup"):
            into(settings, empty, folder, keys=folder)
        assert into(settings, empty, folder).findings == []

    def test_of_another_master_key(
        self, settings: Settings, taken: tuple[Path, Manifest], empty: str
    ) -> None:
        stranger = settings.model_copy(
            update={
                "master_key": Settings(
                    master_key="".join(f"{7 * n % 251:02x}" for n in range(1, 33))
                ).master_key
            }
        )
        with pytest.raises(RestoreRefused, match="another ESCALE_MASTER_KEY"):
            into(stranger, empty, taken[0])

    def test_of_a_database_that_has_rows(
        self, place: Place, settings: Settings, taken: tuple[Path, Manifest], database_url: str
    ) -> None:
        before = place.heads()
        with pytest.raises(RestoreRefused, match="empty database only"):
            into(settings, database_url, taken[0])
        assert place.heads() == before

    def test_of_a_folder_that_is_used(self, settings: Settings, taken: tuple[Path, Manifest]) -> None:
        with pytest.raises(BackupRefused, match="not empty"):
            back_up_to(settings, taken[0], lambda line: None)
