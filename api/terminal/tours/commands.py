"""How is a request written so that it can be pasted into a shell?"""

import shlex
from typing import Any

from adapters.bootstrap import CompanyAccess
from api.terminal.tours.excerpt import laid_out
from api.terminal.tours.step import Visit

WIDTH = 96
CONTINUED = " \\\n  "


def get(visit: Visit, path: str, company: CompanyAccess | None = None, *options: str) -> str:
    """A read, by a company's key or by nobody's."""
    return _curl(visit, path, company, *options)


def post(
    visit: Visit,
    path: str,
    company: CompanyAccess,
    *,
    once: str | None = None,
    body: Any = None,
    headers: bool = False,
) -> str:
    """A command. `once` names it within this run, so that a repeat is recognised; `headers` shows the answer's."""
    options = ["-X POST"] if body is None else []
    if once is not None:
        options.append(f"-H 'Idempotency-Key: tour-{visit.run}-{once}'")
    if body is not None:
        options += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(laid_out(body, WIDTH))}"]
    return _curl(visit, path, company, *options, headers=headers)


def _curl(
    visit: Visit, path: str, company: CompanyAccess | None, *options: str, headers: bool = False
) -> str:
    key = [] if company is None else [f"-H 'Authorization: Bearer {company.api_key}'"]
    curl = f"curl -sS{'i' if headers else ''} {shlex.quote(visit.demo.url + path)}"
    return CONTINUED.join((curl, *key, *options))
