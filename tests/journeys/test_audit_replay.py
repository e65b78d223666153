"""An export, read models built from it on another database, and not one figure that differs."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from adapters.audit.replaying import ExportUnreadable, Replay
from adapters.bootstrap import House
from api.cli import app
from projections.catalog import PROJECTORS
from tests.conftest import Services, fresh_database
from tests.kit.house import Place, opened_place

ENTERPRISE = "/api/v1/enterprise"

Replayed = Callable[..., Any]


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Any:
    with opened_place(database_url, redis_url, master_key) as opened:
        headers = opened.north.owner.headers
        rules = {"name": "Strict", "max_daily_budget_eur": "1.00"}
        assert opened.client.post(f"{ENTERPRISE}/policies", json=rules, headers=headers).status_code == 201
        for step in ("submit", "book"):
            trip = opened.plan(opened.north)
            url = f"{ENTERPRISE}/trips/{trip['id']}"
            assert opened.client.post(f"{url}/{step}", headers=headers).status_code in (200, 409)
        opened.house_at_rest()
        yield opened


def export_of(place: Place, folder: Path) -> Path:
    file = folder / "north.ndjson"
    file.write_text("".join(place.house.auditing.export(place.north.id)))
    return file


@pytest.fixture
def replayed(services: Services, template: str, master_key: bytes) -> Replayed:
    """A replay into a copy of the migrated database; the command line migrates one of its own."""

    def replay(house: House, file: Path, *, with_keys: bool = True) -> Any:
        with fresh_database(services, template) as url:
            keys = house.engine.keys if with_keys else None
            return Replay(house.pools, house.engine.topics, keys, PROJECTORS).run(file, url, master_key)

    return replay


@pytest.mark.parametrize("with_keys", [True, False])
def test_an_export_confirms_every_figure(
    place: Place, replayed: Replayed, tmp_path: Path, with_keys: bool
) -> None:
    result = replayed(place.house, export_of(place, tmp_path), with_keys=with_keys)
    assert (result.differences, result.behind) == ([], [])
    assert result.rows > 5
    assert result.is_opened is with_keys


def test_the_platforms_own_figures_are_confirmed_without_keys(
    place: Place, replayed: Replayed, tmp_path: Path
) -> None:
    headers = place.platform.admin.headers
    company = {"company_name": "East", "slug": "east", "plan": "starter", "owner_email": "o@east.example"}
    company["owner_name"] = "Olga Est"
    made = place.client.post(f"{ENTERPRISE}/tenants", json=company, headers=headers)
    assert made.status_code == 201, made.text
    place.house_at_rest()
    file = tmp_path / "platform.ndjson"
    file.write_text("".join(place.house.auditing.export(place.platform.id)))
    for with_keys in (True, False):
        result = replayed(place.house, file, with_keys=with_keys)
        assert (result.differences, result.behind) == ([], [])


def test_a_wrong_figure_is_listed(
    place: Place, replayed: Replayed, tmp_path: Path, database_url: str
) -> None:
    file = export_of(place, tmp_path)
    with psycopg.connect(database_url, autocommit=True) as superuser:
        change = "update read.trip set spend_eur_cents = spend_eur_cents + %s where tenant_id = %s"
        superuser.execute(change, (1, place.north.id))
        for with_keys in (True, False):
            result = replayed(place.house, file, with_keys=with_keys)
            assert {(each.projection, each.column) for each in result.differences} == {
                ("trips", "spend_eur_cents")
            }
        superuser.execute(change, (-1, place.north.id))


def test_what_is_newer_than_the_export_is_said(place: Place, replayed: Replayed, tmp_path: Path) -> None:
    file = export_of(place, tmp_path)
    place.plan(place.north)
    place.house_at_rest()
    result = replayed(place.house, file)
    assert len(result.behind) == len(PROJECTORS)
    file.write_text("{}\n")
    with pytest.raises(ExportUnreadable):
        replayed(place.house, file)


def test_by_the_command_line(
    place: Place,
    services: Services,
    master_key: bytes,
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", services.redis_url)
    monkeypatch.setenv("ESCALE_MASTER_KEY", master_key.hex())
    monkeypatch.setenv("ESCALE_SEAL_DIR", str(tmp_path / "seals"))
    monkeypatch.setenv("COLUMNS", "200")
    place.house_at_rest()
    file, tenant = str(tmp_path / "north.ndjson"), str(place.north.id)
    for words, said in (
        (["seal", "--tenant", tenant], "sealed up to position"),
        (["export", file, "--tenant", tenant], "lines"),
        (["verify", file, "--seals", str(tmp_path / "seals")], "Everything holds."),
        (["replay", file, "--scratch", services.database_url], " 0 differences."),
    ):
        answer = CliRunner().invoke(app, ["audit", *words], env=dict(os.environ))
        assert answer.exit_code == 0, answer.output
        assert said in answer.output
    assert list((tmp_path / "seals" / tenant).glob("*.json"))
    assert Path(file).stat().st_mode & 0o077 == 0, "whoever else is on this machine need not read it"
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_an_export_follows_no_link_that_was_laid_for_it(
    place: Place, master_key: bytes, tmp_path: Path, database_url: str, services: Services
) -> None:
    (victim := tmp_path / "victim").write_text("precious")
    (tmp_path / ".north.ndjson.part").symlink_to(victim)
    (tmp_path / "north.ndjson").symlink_to(victim)
    environment = {
        "DATABASE_URL": database_url,
        "REDIS_URL": services.redis_url,
        "ESCALE_MASTER_KEY": master_key.hex(),
        "ESCALE_SEAL_DIR": str(tmp_path / "seals"),
    }
    words = ["audit", "export", str(tmp_path / "north.ndjson"), "--tenant", str(place.north.id)]
    answer = CliRunner().invoke(app, [*words, "--no-seal-first"], env=environment)
    assert answer.exit_code == 0, answer.output
    assert victim.read_text() == "precious"
    assert not (tmp_path / "north.ndjson").is_symlink()
