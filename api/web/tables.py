"""Which tables may an analyst read, and what does every column mean? A page for people, in their language."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from json import loads

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from adapters.bootstrap import VIEWS
from api.web.texts import language_of, page_headers, texts


def router_for(environment: Environment) -> APIRouter:
    """The data dictionary. It is the same for every company, so it asks for no credential."""
    router = APIRouter(include_in_schema=False)

    @router.get("/tables", response_class=HTMLResponse)
    def tables(request: Request) -> HTMLResponse:
        language = language_of(request)
        page = environment.get_template("tables.html").render(
            t=texts(language),
            language=language,
            other="fr" if language == "en" else "en",
            views=VIEWS,
            said=saying(language),
        )
        return HTMLResponse(page, headers=page_headers(language))

    return router


def saying(language: str) -> Callable[[str], str]:
    """The dictionary's sentences in this language. They are written in English, and shown so until translated."""
    return str if language == "en" else lambda sentence: french().get(sentence, sentence)


@cache
def french() -> Mapping[str, str]:
    """Every sentence of the dictionary, by its English wording."""
    found: dict[str, str] = loads(
        files("api.web").joinpath("locale/tables.fr.json").read_text(encoding="utf-8")
    )
    return found
