"""In which language does a page speak, and with which words?"""

from functools import cache
from importlib.resources import files
from json import loads
from typing import Any

from fastapi import Request

LANGUAGES = ("en", "fr")
# Nothing is loaded from elsewhere, nothing runs inline.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)


def page_headers(language: str) -> dict[str, str]:
    """What every page says of itself."""
    return {
        "Content-Security-Policy": CONTENT_POLICY,
        "Content-Language": language,
        "Vary": "Accept-Language",
    }


def language_of(request: Request) -> str:
    """The language asked for by `?lang=`, else by the browser, else English."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    preferred = request.headers.get("accept-language", "")[:200].lower()
    found = (word.split(";")[0].strip()[:2] for word in preferred.split(","))
    return next((word for word in found if word in LANGUAGES), "en")


@cache
def texts(language: str) -> dict[str, Any]:
    """The page's words."""
    found: dict[str, Any] = loads(
        files("api.web").joinpath(f"locale/{language}.json").read_text(encoding="utf-8")
    )
    return found
