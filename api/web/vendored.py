"""Other people's scripts and styles, kept here word for word: a manifest names each file with its hash."""

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from fastapi import Response

from domain.kernel.refusals import NotFound

VENDOR = Path(__file__).parent / "vendor"
MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
}


@dataclass(frozen=True)
class Vendored:
    """The files of one library."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Version, licence and the hash of every file."""
        found: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())
        return found

    def integrity(self, name: str) -> str:
        """The attribute by which a browser refuses another file."""
        return f' integrity="{self.manifest["files"][name]["integrity"]}"'

    def answer(self, name: str) -> Response:
        """One file; refuses with NotFound what the manifest does not list."""
        if name not in self.manifest["files"]:
            raise NotFound
        path = self.folder / name
        headers = {"Cache-Control": "public, max-age=86400"}
        return Response(path.read_bytes(), media_type=MEDIA_TYPES[path.suffix], headers=headers)


@cache
def vendored(library: str) -> Vendored:
    """The files of the library with this folder."""
    return Vendored(VENDOR / library)
