"""Does the production shape give its processes what they write to?"""

import re

from tests.architecture.tree import ROOT

COMPOSE = (ROOT / "compose.yaml").read_text()


def test_a_read_only_container_can_write_its_seals() -> None:
    """Seals are written every hour; on a read-only disk not one of them would leave the database."""
    assert "read_only: true" in COMPOSE
    folder = re.search(r"ESCALE_SEAL_DIR: (\S+)", COMPOSE)
    assert folder is not None
    assert re.search(rf"volumes: \[seals:{re.escape(folder[1])}\]", COMPOSE)
    assert f"-o escale -m 0700 {folder[1]}" in (ROOT / "Dockerfile").read_text()
