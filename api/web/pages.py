"""What does a person see who opens the address in a browser?"""

from functools import cache
from importlib.resources import files
from json import loads
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader

from adapters.bootstrap import House

HERE = Path(__file__).parent
LANGUAGES = ("en", "fr")
# Nothing is loaded from elsewhere, nothing runs inline.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)


def install(app: FastAPI, house: House) -> None:
    """Adds the pages to the application."""
    router = APIRouter(include_in_schema=False)
    environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)

    @router.get("/", response_class=HTMLResponse)
    def home(request: Request) -> HTMLResponse:
        language = language_of(request)
        page = environment.get_template("home.html").render(
            t=texts(language),
            language=language,
            other="fr" if language == "en" else "en",
            state=house.summary(),
        )
        return HTMLResponse(
            page,
            headers={
                "Content-Security-Policy": CONTENT_POLICY,
                "Content-Language": language,
                "Vary": "Accept-Language",
            },
        )

    app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")


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
