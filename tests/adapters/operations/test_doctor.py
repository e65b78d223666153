"""The doctor looks at a healthy house and at sick ones; whatever is wrong comes with a remedy."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from adapters.bootstrap import Settings, examined
from adapters.operations.doctor import Finding
from adapters.postgres.standing import ConsumerLag, OutboxStanding
from tests.kit.house import Place, opened_place
from tests.kit.started import told

LOOKED_AT = {
    *(
        "python",
        "port",
        "disk",
        "data directory",
        "root",
        "secrets",
        "postgresql",
        "fsync",
        "full_page_writes",
    ),
    *("synchronous_commit", "data checksums", "rights", "clock", "migrations", "redis", "redis durability"),
    *("lag", "parked", "outbox", "queue", "seals"),
}
LAZY = "adapters.operations.standings.InstallationStandings"


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Any:
    with opened_place(database_url, redis_url, master_key) as opened:
        opened.house_at_rest()
        yield opened


@pytest.fixture
def settings(place: Place, database_url: str, redis_url: str, master_key: bytes, tmp_path: Path) -> Settings:
    tmp_path.chmod(0o700)
    return Settings(
        DATABASE_URL=database_url, REDIS_URL=redis_url, master_key=master_key.hex(), data_dir=tmp_path, port=0
    )


def named(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in examined(settings)}


def changed(settings: Settings, **values: Any) -> Settings:
    return settings.model_copy(update=values)


class TestHealthy:
    def test_has_every_finding_and_no_failure(self, settings: Settings) -> None:
        found = named(settings)
        assert set(found) >= LOOKED_AT
        assert [each for each in found.values() if each.status == "failure"] == []
        assert found["redis durability"].status == "ok"

    def test_answers_programs(self, settings: Settings, database_url: str, redis_url: str) -> None:
        answer = told(
            "doctor",
            "--json",
            "--data-dir",
            str(settings.data_dir),
            DATABASE_URL=database_url,
            REDIS_URL=redis_url,
            ESCALE_MASTER_KEY=bytes(range(32)).hex(),
            ESCALE_PORT="0",
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert {finding["name"] for finding in json.loads(answer.stdout)} >= LOOKED_AT


class TestSick:
    @pytest.mark.parametrize(
        ("name", "target", "answer"),
        [
            ("lag", "lags", [ConsumerLag("projection:trips", 200_000, 200_000, 0, 0)]),
            ("parked", "lags", [ConsumerLag("projection:trips", 0, 0, 1, 1)]),
            ("outbox", "outbox", OutboxStanding(3, 1, 900.0)),
            ("queue", "queues", {"projections": 50_000}),
        ],
    )
    def test_work(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, target: str, answer: Any
    ) -> None:
        monkeypatch.setattr(f"{LAZY}.{target}", lambda self: answer)
        finding = named(settings)[name]
        assert finding.status != "ok"
        assert finding.remedy

    def test_permissions(self, settings: Settings) -> None:
        kept = settings.data_dir / "secrets"
        kept.mkdir(mode=0o700)
        (kept / "master-key").write_text("x")
        (kept / "master-key").chmod(0o644)
        settings.data_dir.chmod(0o755)
        found = named(settings)
        assert "chmod" in found["data directory"].remedy
        assert found["secrets directory"].found == "others may read master-key"

    def test_seals_outside_of_a_history_that_is_gone(self, place: Place, settings: Settings) -> None:
        """As after an old backup: no new seal is made until somebody has looked."""
        assert named(settings)["seals"].status == "ok"
        place.house.auditing.sealer.seal(place.north.id)
        kept = place.house.settings.data_dir / "seals"
        assert named(changed(settings, seal_dir=kept))["seals"].status == "ok"
        ahead = changed(settings, seal_dir=settings.data_dir / "evidence")
        shutil.copytree(kept, ahead.seal_dir)
        theirs = ahead.seal_dir / str(place.north.id)
        next(theirs.glob("*.json")).rename(theirs / "999999.json")
        finding = named(ahead)["seals"]
        assert finding.status == "failure"
        assert f"those of {place.north.id} reach position 999999" in finding.found
        assert str(theirs) in finding.remedy
        assert "move" in finding.remedy

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "postgres//u:hunter2@h/db"),
            ("REDIS_URL", "redis://:hunter2/x@h:6379"),
            ("REDIS_URL", "http://:hunter2@h"),
            ("ESCALE_PORT", "hunter2"),
            ("ESCALE_ENV", "hunter2"),
        ],
    )
    def test_surroundings_are_refused_in_a_sentence_that_quotes_nothing(
        self, tmp_path: Path, name: str, value: str
    ) -> None:
        answer = told("doctor", "--data-dir", str(tmp_path / "never"), **{name: value})
        assert answer.returncode == 2
        assert f"Escale cannot do this: {name}: " in answer.stderr
        assert "hunter2" not in answer.stdout + answer.stderr

    def test_redis_and_database_away(self, settings: Settings) -> None:
        away = Settings(DATABASE_URL="postgresql:///x?host=/nowhere", REDIS_URL="unix:///nowhere").model_copy(
            update={"master_key": settings.master_key, "data_dir": settings.data_dir, "port": 0}
        )
        found = named(away)
        for name in ("database", "redis", "lag", "queue"):
            assert found[name].status == "failure"
            assert found[name].remedy

    def test_schema_and_secrets(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("adapters.operations.doctor.newest_revision", lambda: "9999")
        found = named(changed(settings, env="production"))
        assert "escale migrate" in found["migrations"].remedy
        assert found["secrets"].status == "failure"
        assert "openssl rand" in found["secrets"].remedy

    def test_nothing_running_leaves_nothing_behind(self, tmp_path: Path) -> None:
        data_dir = tmp_path / "never"
        answer = told("doctor", "--data-dir", str(data_dir))
        assert answer.returncode == 1
        assert "escale up" in answer.stdout
        assert not data_dir.exists()
