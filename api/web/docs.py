"""Where does one read and try the API? On a page that loads nothing from elsewhere."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from domain.kernel.refusals import NotFound

router = APIRouter(include_in_schema=False)

VENDOR = Path(__file__).parent / "vendor" / "swagger-ui"
MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Escale API</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"{css}>
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"{bundle}></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = """"use strict";
window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  presets: [SwaggerUIBundle.presets.apis],
});
"""


@router.get("/openapi.json")
def read_openapi(request: Request) -> Response:
    """The OpenAPI 3.1 document."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
def read_docs() -> Response:
    """Swagger UI on the document."""
    files = manifest()["files"]
    page = PAGE.format(
        css=_integrity(files["swagger-ui.css"]), bundle=_integrity(files["swagger-ui-bundle.js"])
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


@router.get("/docs/start.js")
def read_start() -> Response:
    """The lines that start Swagger UI."""
    return Response(START, media_type=MEDIA_TYPES[".js"])


@router.get("/docs/assets/{name}")
def read_asset(name: str) -> Response:
    """One vendored file; the manifest lists them."""
    if name not in manifest()["files"]:
        raise NotFound
    path = VENDOR / name
    return Response(
        path.read_bytes(),
        media_type=MEDIA_TYPES[path.suffix],
        headers={"Cache-Control": "public, max-age=86400"},
    )


@cache
def manifest() -> dict[str, Any]:
    """What was vendored: version, licence and the hash of every file."""
    found: dict[str, Any] = json.loads((VENDOR / "manifest.json").read_text())
    return found


def _integrity(file: dict[str, str]) -> str:
    return f' integrity="{file["integrity"]}"'
