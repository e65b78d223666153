"""What does a person see who opens the address in a browser?"""

from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.bootstrap import House
from api.web import (
    booking,
    console,
    console_access,
    console_webhooks,
    events,
    market,
    tables,
    visits,
)
from api.web.texts import language_of, page_headers, texts
from domain.booking.offer import share_of

HERE = Path(__file__).parent


def install(app: FastAPI, house: House) -> None:
    """Adds the pages to the application."""
    router = APIRouter(include_in_schema=False)
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )

    @router.get("/", response_class=HTMLResponse)
    def home(request: Request) -> HTMLResponse:
        language = language_of(request)
        page = environment.get_template("home.html").render(
            t=texts(language),
            language=language,
            other="fr" if language == "en" else "en",
            state=house.summary(),
        )
        return HTMLResponse(page, headers=page_headers(language))

    @router.get("/embed/booking.js")
    def embed() -> Response:
        """The script with which other sites show a booking page; any site may load it, few may show the page."""
        headers = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=3600"}
        text = (HERE / "embed" / "booking.js").read_bytes()
        return Response(text, media_type="text/javascript; charset=utf-8", headers=headers)

    app.include_router(router)
    app.include_router(tables.router_for(environment))
    app.include_router(events.router_for(environment, house))
    environment.globals["share_of"] = share_of
    environment.globals["zone_of"] = ZoneInfo
    app.state.pages = environment
    for each in (booking, visits, market, console, console_access, console_webhooks):
        app.include_router(each.router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
