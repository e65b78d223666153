"""Where do the embedded servers keep their files and sockets, and may those places be trusted?"""

import hashlib
import os
import re
import secrets
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.account import Account
from adapters.embedded.children import ENVIRONMENT, Announce
from adapters.embedded.refusal import CannotStart

ROOT_VARIABLE = "ESCALE_EMBEDDED_ROOT"
DEFAULT_SHARED_ROOT = Path("/var/lib/escale")
SOCKET_NAME_MAX = len("/.s.PGSQL.5432.lock")
SOCKET_PATH_MAX = 99  # the kernel allows 107 bytes; psql, redis-cli and people add suffixes
# libpq and Redis URLs give commas, spaces, '@', '%' and '?' a meaning; such paths get a plain one instead.
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")


@dataclass(frozen=True)
class Places:
    data_dir: Path
    base: Path  # the data directory, or where its servers live when their user cannot reach it
    run: Path

    @property
    def postgres(self) -> Path:
        return self.base / "postgres"

    @property
    def redis(self) -> Path:
        return self.base / "redis"

    @property
    def hba(self) -> Path:
        return self.base / "pg_hba.conf"

    def log(self, name: str) -> Path:
        return self.base / f"{name}.log"


def prepare_data_dir(data_dir: Path) -> Path:
    data_dir = Path(os.path.realpath(data_dir))
    if not data_dir.is_dir():
        data_dir.mkdir(parents=True)
        # Under root the servers' user must pass through, and see nothing on the way.
        data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    private_directory(data_dir / "secrets", uid=os.geteuid(), gid=os.getegid())
    return data_dir


def choose_places(
    data_dir: Path, account: Account, *, probe: Path, shared_root: Path, announce: Announce
) -> Places:
    """Settle where the servers live; `probe` is any program that the account can execute."""
    base = _base(data_dir, account, probe=probe, shared_root=shared_root)
    if base != data_dir:
        announce(
            f"User {account.name!r} cannot reach {data_dir}; PostgreSQL and Redis keep their files in {base}"
        )
    places = Places(data_dir, base, _run_directory(base, account, probe=probe))
    for directory in (places.redis, places.run):
        private_directory(directory, uid=account.uid, gid=account.gid)
    return places


def private_directory(path: Path, *, uid: int, gid: int) -> None:
    """Create a directory that only its owner may enter, or check that an existing one is just that."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if uid != os.geteuid():
            os.chown(path, uid, gid, follow_symlinks=False)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise CannotStart(
            f"{path} must be a directory which belongs to user id {uid} and which nobody else may enter "
            f"(it belongs to user id {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o}); "
            "move it away, correct it, or choose another data directory."
        )


def ownership_of_root(path: Path) -> None:
    """Create a directory of root's, or check that nobody else could have put anything into it."""
    try:
        path.mkdir(mode=0o711, parents=True)
        path.chmod(0o711)
    except FileExistsError:
        pass
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise CannotStart(
            f"{path} must be a directory of root's that nobody else may write to; "
            f"correct it, or name another directory in {ROOT_VARIABLE}."
        )


def write_atomically(path: Path, text: str, *, mode: int) -> None:
    """Replace a file whole, so that a crash leaves the old one or the new one."""
    staging = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    staging.replace(path)
    sync(path.parent)


def sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _base(data_dir: Path, account: Account, *, probe: Path, shared_root: Path) -> Path:
    record = data_dir / "servers-live-in"
    if record.exists():
        return _recorded_base(record)
    if _can_enter(data_dir, account, probe=probe):
        return data_dir
    if (data_dir / "postgres").exists():
        raise CannotStart(
            f"{data_dir / 'postgres'} holds the database, but user {account.name!r} can no longer reach it; "
            "let that user pass through the directories above it, or move the data directory."
        )
    ownership_of_root(shared_root)
    base = shared_root / f"{data_dir.name or 'data'}-{secrets.token_hex(6)}"
    ownership_of_root(base)
    if not _can_enter(base, account, probe=probe):
        raise CannotStart(
            f"User {account.name!r} can reach neither {data_dir} nor {base}; "
            f"name a directory which that user can reach in {ROOT_VARIABLE}."
        )
    write_atomically(record, f"{base}\n", mode=0o600)
    return base


def _recorded_base(record: Path) -> Path:
    base = Path(record.read_text(encoding="utf-8").strip())
    if not base.is_dir():
        raise CannotStart(
            f"The database of {record.parent} lives in {base}, which is gone; restore it, "
            f"or remove {record.parent} to begin with an empty database."
        )
    ownership_of_root(base)
    return base


def _can_enter(directory: Path, account: Account, *, probe: Path) -> bool:
    """Try it as that user: modes of parents, ACLs and mounts all have a say."""
    if account.is_ours:
        return True
    try:
        # Popen runs this after it has changed the user id.
        subprocess.run(
            [probe, "--version"], cwd="/", env=ENVIRONMENT, capture_output=True, check=True, timeout=30,
            preexec_fn=lambda: os.chdir(directory), **account.identity,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _run_directory(base: Path, account: Account, *, probe: Path) -> Path:
    own = base / "run"
    if _is_fit_for_sockets(own):
        return own
    name = f"escale-{hashlib.sha256(os.fsencode(base)).hexdigest()[:16]}"
    for parent in dict.fromkeys((Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"))):
        candidate = parent / name
        if _is_fit_for_sockets(candidate) and parent.is_dir() and _can_enter(parent, account, probe=probe):
            return candidate
    raise CannotStart(
        f"{own} is too long for a Unix socket and no temporary directory can stand in; "
        "choose a data directory with a shorter path."
    )


def _is_fit_for_sockets(directory: Path) -> bool:
    fits = len(os.fsencode(directory)) + SOCKET_NAME_MAX <= SOCKET_PATH_MAX
    return fits and PLAIN_PATH.fullmatch(str(directory)) is not None
