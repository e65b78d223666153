"""What does a driver's error mean in the house's words?"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from eventsourcing.persistence import OperationalError
from psycopg import errors
from psycopg_pool import PoolTimeout, TooManyRequests

from domain.kernel.refusals import Unavailable


class StorageFull(Unavailable):
    """The disk of the database is full; reading works, writing does not until there is space."""


class Busy(Unavailable):
    """Too many requests are waiting for the database; try again shortly."""


class Unanswered(Unavailable):
    """The database does not answer; whether the request took effect is known to its repetition under the same key."""


class ServerSilent(psycopg.OperationalError):
    """The server neither answers nor closes the connection."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Says in the house's words what the driver raises."""
    try:
        yield
    except (PoolTimeout, TooManyRequests) as error:
        raise Busy(retry_after_s=1) from error
    except errors.DiskFull as error:
        raise StorageFull(retry_after_s=30) from error
    except (errors.LockNotAvailable, errors.QueryCanceled) as error:
        raise Busy(retry_after_s=1) from error
    except ServerSilent as error:
        # Not asked again here: every further try would cost as much patience.
        raise Unanswered(retry_after_s=1) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise OperationalError("the database did not answer") from error
