"""What can happen in a company's log? The catalogue of events for people, in their language."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from itertools import groupby

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from adapters.bootstrap import EventKind, House
from api.web.texts import language_of, page_headers, texts
from domain.kernel.refusals import NotFound


def router_for(environment: Environment, house: House) -> APIRouter:
    """The catalogue. It is the same for every company, so it asks for no credential."""
    router = APIRouter(prefix="/events", include_in_schema=False)

    @router.get("", response_class=HTMLResponse)
    def catalogue(request: Request) -> HTMLResponse:
        kinds = house.feed.catalogue.kinds
        columns = {
            column: {category: list(each) for category, each in groupby(members, lambda kind: kind.category)}
            for column, members in groupby(kinds.values(), lambda kind: kind.column)
        }
        return shown(request, "events.html", columns=columns, count=len(kinds))

    @router.get("/{event_type}", response_class=HTMLResponse)
    def one(request: Request, event_type: str) -> HTMLResponse:
        kind = house.feed.catalogue.kinds.get(event_type)
        if kind is None:
            raise NotFound
        return shown(
            request,
            "event.html",
            kind=kind,
            schema=pretty(kind.schema),
            example=pretty(kind.example),
        )

    def shown(request: Request, template: str, **values: object) -> HTMLResponse:
        language = language_of(request)
        page = environment.get_template(template).render(
            t=texts(language),
            language=language,
            other="fr" if language == "en" else "en",
            path=request.url.path,
            said=saying(language),
            **values,
        )
        return HTMLResponse(page, headers=page_headers(language))

    return router


def pretty(document: Mapping[str, object]) -> str:
    """JSON for people."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def saying(language: str) -> Callable[[EventKind], str]:
    """What an event says, in this language; in English until it is translated."""
    return lambda kind: kind.summary if language == "en" else french().get(kind.summary, kind.summary)


@cache
def french() -> Mapping[str, str]:
    """Every sentence of the catalogue, by its English wording."""
    found: dict[str, str] = json.loads(
        files("api.web").joinpath("locale/events.fr.json").read_text(encoding="utf-8")
    )
    return found
