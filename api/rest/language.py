"""In which language does the API speak to a person? English, or French where the client prefers it.

Codes, fields and headers are the same in every language; titles and sentences are looked up in
`locale/problems.<language>.json` by code or by their English words.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from json import loads

from starlette.datastructures import Headers

ENGLISH = "en"
LANGUAGES = (ENGLISH, "fr")
PREFERENCE = re.compile(r"\s*(\*|[a-z]{1,8})(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?", re.I)
MOST_READ = 200

# Of the request in progress; threads that work for it inherit it.
current: ContextVar[str] = ContextVar("language", default=ENGLISH)


def preferred(headers: Headers) -> str:
    """The language of `Accept-Language` that we speak and that is liked best; English when none is."""
    likings = [
        (float(match[2] or 1), match[1].lower())
        for entry in headers.get("accept-language", "")[:MOST_READ].split(",")
        if (match := PREFERENCE.fullmatch(entry))
    ]
    spoken = [(liking, word) for liking, word in likings if liking > 0 and word in LANGUAGES]
    return max(spoken, key=lambda one: one[0])[1] if spoken else ENGLISH


def title(code: str, english: str) -> str:
    """The title of a kind of problem."""
    return _catalogue(current.get())["titles"].get(code, english)


def detail(code: str, english: str, *, is_usual: bool) -> str:
    """The sentence of a refusal: its usual one, or one of its own."""
    if is_usual:
        return _catalogue(current.get())["details"].get(code, english)
    return said(english)


def said(english: str) -> str:
    """Any other sentence, or a pattern of one."""
    return _catalogue(current.get())["sentences"].get(english, english)


@cache
def _catalogue(language: str) -> Mapping[str, Mapping[str, str]]:
    if language == ENGLISH:
        return {"titles": {}, "details": {}, "sentences": {}}
    text = (files("api.rest") / "locale" / f"problems.{language}.json").read_text(encoding="utf-8")
    catalogue: Mapping[str, Mapping[str, str]] = loads(text)
    return catalogue
