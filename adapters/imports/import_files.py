"""Where does a file wait until its import is done?

In a folder shared by whoever takes files in and whoever reads them. The name tells the
contents, so that another file under a reused key never replaces the one being read.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from time import time
from typing import BinaryIO
from uuid import UUID, uuid4

# A file whose import never began or never ended holds the words of people: it is not kept for ever.
LIFETIME_S = 7 * 86_400.0
CHUNK_BYTES = 1_048_576


class ImportFiles:
    """The files of every tenant, each in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, tenant_id: UUID, import_id: UUID, sha256: str, file: BinaryIO) -> None:
        """Keeps a copy, whole or not at all."""
        path = self._path(tenant_id, import_id, sha256)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{uuid4().hex}.part")
        part.touch(mode=0o600)
        file.seek(0)
        try:
            with part.open("wb") as copy:
                copyfileobj(file, copy)
                copy.flush()
                os.fsync(copy.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        self._sweep()

    @contextmanager
    def opened(self, tenant_id: UUID, import_id: UUID, sha256: str) -> Iterator[BinaryIO | None]:
        """The file; None when it is not here, or not what was taken in."""
        try:
            with self._path(tenant_id, import_id, sha256).open("rb") as file:
                yield file if digest_of(file) == sha256 else None
        except FileNotFoundError:
            yield None

    def drop(self, tenant_id: UUID, import_id: UUID, sha256: str) -> None:
        """Forgets the file. Repeating it is calm."""
        self._path(tenant_id, import_id, sha256).unlink(missing_ok=True)

    def _sweep(self) -> None:
        for path in self._folder.glob("*/*"):
            try:
                if time() - path.stat().st_mtime > LIFETIME_S:
                    path.unlink(missing_ok=True)
            except FileNotFoundError:
                continue

    def _path(self, tenant_id: UUID, import_id: UUID, sha256: str) -> Path:
        return self._folder / str(tenant_id) / f"{import_id}-{sha256[:16]}.csv"


def digest_of(file: BinaryIO) -> str:
    """The file's SHA-256; it stands at its beginning afterwards."""
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
