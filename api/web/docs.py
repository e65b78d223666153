"""Where does one read and try the API? On a page that loads nothing from elsewhere."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from api.web.vendored import MEDIA_TYPES, vendored

router = APIRouter(include_in_schema=False)

FILES = vendored("swagger-ui")
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
    page = PAGE.format(css=FILES.integrity("swagger-ui.css"), bundle=FILES.integrity("swagger-ui-bundle.js"))
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


@router.get("/docs/start.js")
def read_start() -> Response:
    """The lines that start Swagger UI."""
    return Response(START, media_type=MEDIA_TYPES[".js"])


@router.get("/docs/assets/{name}")
def read_asset(name: str) -> Response:
    """One vendored file; the manifest lists them."""
    return FILES.answer(name)
