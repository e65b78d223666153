"""Where does one try GraphQL? On a page of its own that loads nothing from elsewhere."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from api.web.vendored import MEDIA_TYPES, vendored

router = APIRouter(include_in_schema=False)

FILES = vendored("graphiql")
# The editor sets styles on what it draws; it runs no script but its files.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Escale GraphQL</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/graphiql/assets/graphiql.min.css"{graphiql.min.css}>
<link rel="stylesheet" href="/graphiql/start.css">
</head>
<body>
<div id="graphiql">Loading…</div>
<script src="/graphiql/assets/react.production.min.js"{react.production.min.js}></script>
<script src="/graphiql/assets/react-dom.production.min.js"{react-dom.production.min.js}></script>
<script src="/graphiql/assets/graphiql.min.js"{graphiql.min.js}></script>
<script src="/graphiql/start.js"></script>
</body>
</html>
"""
STYLE = "html, body, #graphiql { height: 100%; margin: 0; }\n"
START = """"use strict";
const fetcher = GraphiQL.createFetcher({ url: "/api/v2/graphql" });
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: false,
    defaultQuery: '# Under Headers: {"Authorization": "Bearer …"}\\n{\\n  me { member { displayName } }\\n}\\n',
  })
);
"""


@router.get("/graphiql")
def read_explorer() -> Response:
    """GraphiQL on our own schema."""
    page = PAGE
    for name in FILES.manifest["files"]:
        page = page.replace(f"{{{name}}}", FILES.integrity(name))
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


@router.get("/graphiql/start.js")
def read_start() -> Response:
    """The lines that start it."""
    return Response(START, media_type=MEDIA_TYPES[".js"])


@router.get("/graphiql/start.css")
def read_style() -> Response:
    """The page is as high as the window."""
    return Response(STYLE, media_type=MEDIA_TYPES[".css"])


@router.get("/graphiql/assets/{name}")
def read_asset(name: str) -> Response:
    """One vendored file; the manifest lists them."""
    return FILES.answer(name)
