"""On the embedded servers: a check-up and a backup while everything runs, and its return in another place."""

import json
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.journeys.test_running import escale, free_port
from tests.kit.started import told


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_backup_of_the_embedded_house_comes_back(data_dir: Path, tmp_path: Path) -> None:
    port = free_port()
    here = ("--data-dir", str(data_dir))
    with escale("up", *here, "--port", str(port), output=tmp_path / "house") as house:
        house.wait_for("Serving.")
        with urlopen(f"http://127.0.0.1:{port}/metrics") as figures:
            text = figures.read().decode()
        assert 'escale_source_up{source="queues"} 1.0' in text
        found = json.loads(told("doctor", "--json", *here, "--port", str(port)).stdout)
        assert [finding for finding in found if finding["status"] == "failure"] == []
        running = told("backup", str(tmp_path / "running"), *here)
        assert running.returncode == 0, running.stdout + running.stderr
        assert "destroy it after 30 days" in running.stdout
        log = (data_dir / "logs" / "api.log").read_text()
        assert all(json.loads(line) for line in log.splitlines())
        assert house.interrupt() == 0

    at_rest = told("backup", str(tmp_path / "at-rest"), *here)
    assert at_rest.returncode == 0, at_rest.stdout + at_rest.stderr

    elsewhere = ("--data-dir", str(tmp_path / "elsewhere"))
    refused = told("restore", str(tmp_path / "running"), *elsewhere)
    assert refused.returncode == 2
    assert "another ESCALE_MASTER_KEY" in " ".join(refused.stderr.split())
    assert not (tmp_path / "elsewhere").exists()

    key = (data_dir / "secrets" / "master-key").read_text().strip()
    restored = told("restore", str(tmp_path / "running"), *elsewhere, ESCALE_MASTER_KEY=key)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "Every chain verifies, and every row equals a replay." in restored.stdout
    assert (tmp_path / "elsewhere" / "secrets" / "master-key").read_text().strip() == key
    again = told("restore", str(tmp_path / "running"), *elsewhere)
    assert again.returncode == 2
    assert "empty database only" in again.stderr
