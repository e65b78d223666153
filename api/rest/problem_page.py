"""What does a browser see where a program sees the catalogue of problems?"""

import re
from collections.abc import Sequence
from html import escape

from fastapi import Request, Response
from pydantic import BaseModel
from starlette.responses import HTMLResponse

from api.rest.language import current, said

QUALITY = re.compile(r"[01](\.[0-9]{0,3})?")
# For people; nothing is loaded from elsewhere, nothing runs.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Escale</title>
<link rel="icon" href="/static/escale.svg">
<link rel="stylesheet" href="/static/home.css">
</head>
<body>
<header>
<a class="brand" href="/"><img src="/static/escale.svg" alt="" width="36" height="36"> Escale</a>
</header>
<main>
<h1>{title}</h1>
<p class="what">{what}</p>
<ul class="doors">
{entries}
</ul>
</main>
<footer><a href="/problems">{all}</a> <a href="/docs">API</a></footer>
</body>
</html>
"""
ENTRY = (
    '<li id="{code}"><h2><a href="{type}">{title}</a></h2><p>{detail}</p>'
    "<p><code>{code}</code> HTTP {status}</p></li>"
)


def page_of(title: str, kinds: Sequence[BaseModel]) -> Response:
    """The kinds as a page; each has code, type, title, status and detail."""
    entries = "\n".join(
        ENTRY.format_map({name: escape(str(value)) for name, value in kind.model_dump().items()})
        for kind in kinds
    )
    page = PAGE.format(
        title=escape(title),
        entries=entries,
        language=current.get(),
        what=escape(said("Programs branch on the code; people read the sentence.")),
        all=escape(said("All problems")),
    )
    return HTMLResponse(
        page, headers={"Content-Security-Policy": PAGE_POLICY, "Content-Language": current.get()}
    )


def wants_page(request: Request) -> bool:
    """Does the client like HTML better than JSON? Whoever does not care is a program."""
    request.scope["answer_headers"]["Vary"] = "Accept, Accept-Language"
    return _liking(request, "text/html") > _liking(request, "application/json")


def _liking(request: Request, media_type: str) -> float:
    """The q of a media type in Accept, by the most specific range that names it (RFC 9110, 12.5.1)."""
    likings: dict[str, float] = {}
    for entry in ",".join(request.headers.getlist("accept")).split(","):
        kind, *parameters = (part.strip().lower() for part in entry.split(";"))
        stated = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        likings[kind] = float(stated) if QUALITY.fullmatch(stated) else 0.0
    family = media_type.partition("/")[0] + "/*"
    return next((likings[kind] for kind in (media_type, family, "*/*") if kind in likings), 0.0)
