"""Which API does this reader speak to, and as whom? What `escale login` wrote, or what the environment says."""

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.terminal.tours.catalog import language_of_the_terminal

if TYPE_CHECKING:
    from escale_client import Escale

URL, KEY = "ESCALE_URL", "ESCALE_API_KEY"
DEFAULT = "default"
ONLY_MINE = stat.S_IRUSR | stat.S_IWUSR


class NoProfile(Exception):
    """Nobody is signed in here."""


@dataclass(frozen=True)
class Profile:
    """An address and a key."""

    url: str
    key: str


def folder() -> Path:
    """Where profiles lie: by the XDG rules, readable by their owner alone."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "escale"


def kept() -> dict[str, Any]:
    """Every profile, by name."""
    try:
        found: dict[str, Any] = json.loads((folder() / "profiles.json").read_text())
    except FileNotFoundError:
        return {}
    return found


def keep(name: str, profile: Profile) -> Path:
    """Writes a profile down; nobody else can read it at any moment."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder() / "profiles.json"
    text = json.dumps({**kept(), name: {"url": profile.url, "key": profile.key}}, indent=1)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_MINE), "w") as file:
        file.write(text)
    fresh.replace(path)
    return path


def chosen(name: str | None) -> Profile:
    """The profile asked for; the environment comes before what is kept. Raises NoProfile."""
    url, key = os.environ.get(URL), os.environ.get(KEY)
    if name is None and url and key:
        return Profile(url, key)
    found = kept().get(name or DEFAULT)
    if found is None:
        raise NoProfile
    return Profile(found["url"], found["key"])


def client_of(profile: Profile) -> "Escale":
    """A client that speaks the reader's language."""
    from escale_client import Escale  # read by those who need it alone

    return Escale(profile.url, profile.key, language=language_of_the_terminal())
