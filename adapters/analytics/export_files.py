"""Where are the files of exports, and how far is the one being written?

The folder is shared by whoever writes and whoever serves the files. A file carries its final
name only once it is whole, and the name tells its contents: two workers that made the same
export, one of them in vain, never mix their files.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from uuid import UUID, uuid4

from domain.platform.export import LIFETIME, Export, Format

PART, PROGRESS = ".part", ".progress"
# A file is swept a little after its time, never before.
GRACE_S = 60.0


@dataclass(frozen=True)
class Progress:
    """How many rows are written, of how many."""

    rows: int
    total: int


@dataclass(frozen=True)
class Finished:
    """A file under its final name."""

    sha256: str
    size_bytes: int


class ExportFiles:
    """The files of every tenant, each in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, tenant_id: UUID, export_id: UUID) -> Path:
        """A name nobody else writes to."""
        folder = self._of(tenant_id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{export_id}-{uuid4().hex}{PART}"
        path.touch(mode=0o600)
        return path

    def finish(self, tenant_id: UUID, export_id: UUID, part: Path, format: Format) -> Finished:
        """Gives the file its final name, once it is on the disk as a whole."""
        with part.open("rb") as file:
            os.fsync(file.fileno())
            sha256 = file_digest(file, "sha256").hexdigest()
        size_bytes = part.stat().st_size
        part.replace(self._final(tenant_id, export_id, sha256, format))
        return Finished(sha256, size_bytes)

    def of(self, tenant_id: UUID, export: Export) -> Path | None:
        """The export's file, if it is here and whole."""
        if export.sha256 is None:
            return None
        path = self._final(tenant_id, export.id, export.sha256, export.format)
        return path if path.is_file() and path.stat().st_size == export.size_bytes else None

    def note(self, tenant_id: UUID, export_id: UUID, progress: Progress) -> None:
        """Says how far the export is. A hint for those who wait; no decision is made by it."""
        path = self._of(tenant_id) / f"{export_id}{PROGRESS}"
        other = path.with_suffix(f".{uuid4().hex}{PART}")
        other.write_text(json.dumps(vars(progress)))
        other.replace(path)

    def progress(self, tenant_id: UUID, export_id: UUID) -> Progress | None:
        """How far the export is; None before anyone began."""
        try:
            noted = json.loads((self._of(tenant_id) / f"{export_id}{PROGRESS}").read_text())
            return Progress(int(noted["rows"]), int(noted["total"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def forget_progress(self, tenant_id: UUID, export_id: UUID) -> None:
        """Drops the hint."""
        (self._of(tenant_id) / f"{export_id}{PROGRESS}").unlink(missing_ok=True)

    def outlived(self, now_s: float) -> Iterator[tuple[UUID, UUID | None, Path]]:
        """Every file older than a day, with its tenant and its export.

        What a worker had begun when it was killed may name no export: rows are in it all the same.
        """
        for path in self._folder.glob("*/*"):
            try:
                age_s = now_s - path.stat().st_mtime
                tenant_id = UUID(path.parent.name)
            except (OSError, ValueError):
                continue
            if age_s > LIFETIME.total_seconds() + GRACE_S:
                yield tenant_id, _export_named(path), path

    def _of(self, tenant_id: UUID) -> Path:
        return self._folder / str(tenant_id)

    def _final(self, tenant_id: UUID, export_id: UUID, sha256: str, format: Format) -> Path:
        return self._of(tenant_id) / f"{export_id}-{sha256[:16]}.{format.value}"


def _export_named(path: Path) -> UUID | None:
    try:
        return UUID(path.name[:36])
    except ValueError:
        return None
