"""Under which address does an administrator reach this installation's database?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.embedded.postgres import SUPERUSER
from adapters.embedded.services import EmbeddedServices
from adapters.installation import NotRunning, running_embedded
from adapters.settings import Settings


@contextmanager
def administering(settings: Settings, announce: Callable[[str], None]) -> Iterator[str]:
    """The administrator's URL: of the named database, or of the embedded one, started if nobody runs it."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
    elif (url := _of_the_running(settings)) is not None:
        yield url
    else:
        with EmbeddedServices.start(settings.data_dir, announce=announce) as services:
            yield services.database_url


def _of_the_running(settings: Settings) -> str | None:
    """The embedded server of another process; None when it does not answer."""
    kept = settings.data_dir / "secrets" / "postgres-superuser-password"
    try:
        address = running_embedded(settings).database_url
        where = conninfo_to_dict(make_conninfo(address, user=SUPERUSER, password=kept.read_text().strip()))
        host, port = quote(str(where.get("host", "")), safe=""), where.get("port", 5432)
        url = (
            f"postgresql://{SUPERUSER}:{quote(str(where['password']))}@/{where['dbname']}"
            f"?host={host}&port={port}"
        )
        psycopg.connect(url, connect_timeout=3).close()
    except (NotRunning, OSError, psycopg.OperationalError):
        return None
    return url
