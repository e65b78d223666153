"""Directories, processes and users for the embedded servers' tests."""

import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from embedded_kit import IS_ROOT, Supervisor


@pytest.fixture(scope="session")
def open_home() -> Iterator[Path]:
    """A short directory that every user may pass through; pytest's own are 0700."""
    home = Path(tempfile.mkdtemp(prefix="esc-", dir="/tmp"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)


@pytest.fixture(autouse=True)
def shared_root(open_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keeps the tests out of /var/lib."""
    root = open_home / "shared"
    monkeypatch.setenv("ESCALE_EMBEDDED_ROOT", str(root))
    return root


@pytest.fixture(scope="session")
def seeded(open_home: Path) -> Path:
    """One data directory that many tests may start again; initdb is the slow part."""
    return open_home / "seeded"


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervisor]]:
    started: list[Supervisor] = []

    def start(data_dir: Path, *arguments: str) -> Supervisor:
        started.append(Supervisor(data_dir, *arguments))
        return started[-1]

    yield start
    for supervisor in started:
        supervisor.close()


@pytest.fixture
def ordinary_user() -> pwd.struct_passwd:
    if not IS_ROOT:
        pytest.skip("only root can become somebody else")
    return pwd.getpwnam("games")
