"""How is a request written so that it can be pasted into a shell?"""

import shlex
import sys
from pathlib import Path
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
    return _curl(visit, path, company, *options, *_sent(body), headers=headers)


def in_person(
    visit: Visit, path: str, token: str, *, order: str = "POST", once: str | None = None, body: Any = None
) -> str:
    """A command of somebody who signed in."""
    options = [f"-X {order}", f"-H 'Authorization: Bearer {token}'"]
    if once is not None:
        options.append(f"-H 'Idempotency-Key: tour-{visit.run}-{once}'")
    return _curl(visit, path, None, *options, *_sent(body))


def sign_in(visit: Visit, company: CompanyAccess) -> str:
    """The owner shows who they are."""
    return _signing_in(visit, company.slug, company.owner_email, company.owner_password)


def sign_in_as_manager(visit: Visit, company: CompanyAccess) -> str:
    """The manager shows who they are."""
    return _signing_in(visit, company.slug, company.manager_email, company.manager_password)


def escale(visit: Visit, *words: str) -> str:
    """The command line, as this reader starts it on this demo."""
    place = () if visit.demo.data_dir == Path(".escale") else ("--data-dir", near(visit.demo.data_dir))
    return " ".join((visit.escale, *words, *place))


def near(path: Path) -> str:
    """A path as one would type it here."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


def python(program: str) -> str:
    """A few lines, without double quotes, for the Python that runs this tour: it has the libraries."""
    return f'{near(Path(sys.executable))} -c "{program}"'


def _signing_in(visit: Visit, company: str, email: str, password: str) -> str:
    who = {"company": company, "email": email, "password": password}
    return _curl(visit, "/api/v1/auth/sessions", None, *_sent(who))


def _sent(body: Any) -> list[str]:
    if body is None:
        return []
    return ["-H 'Content-Type: application/json'", f"-d {shlex.quote(laid_out(body, WIDTH))}"]


def _curl(
    visit: Visit, path: str, company: CompanyAccess | None, *options: str, headers: bool = False
) -> str:
    key = [] if company is None else [f"-H 'Authorization: Bearer {company.api_key}'"]
    curl = f"curl -sS{'i' if headers else ''} {shlex.quote(visit.demo.url + path)}"
    return CONTINUED.join((curl, *key, *options))
