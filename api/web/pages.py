"""What does a person see who opens the address in a browser?"""

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.bootstrap import House
from api.web import tables
from api.web.texts import language_of, page_headers, texts

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

    app.include_router(router)
    app.include_router(tables.router_for(environment))
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
