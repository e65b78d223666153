"""Which failure passes by itself, and how is one named without quoting anybody?"""

import traceback
from pathlib import Path

import psycopg
from eventsourcing.persistence import InterfaceError, MapperDeserialisationError, OperationalError
from psycopg import errors

from adapters.jobs.feed import LogBroken
from domain.kernel.refusals import Conflict, LimitReached, Refusal, TenantReadOnly, Unavailable

PASSING = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    Unavailable,
    MemoryError,
)
# Limits of PostgreSQL itself, such as a key too long for an index: trying again changes nothing.
LASTING = (errors.ProgramLimitExceeded,)
FLOORS = {"domain", "application", "projections", "adapters"}
ONE_TABLE = (errors.LockNotAvailable, errors.QueryCanceled)


def is_transient(error: BaseException) -> bool:
    """Will the same work succeed later, without anybody changing anything?"""
    return isinstance(error, PASSING) and not isinstance(_origin(error), LASTING)


def concerns_one_table(error: BaseException) -> bool:
    """Is only one statement slow or locked out, while the database as such answers?"""
    return isinstance(_origin(error), ONE_TABLE)


def is_answer(refusal: Refusal) -> bool:
    """Is the refusal final for a process? A full or busy house, or a frozen tenant, is asked again."""
    if isinstance(refusal, Unavailable | TenantReadOnly | LimitReached):
        return False
    gave_up_trying = type(refusal) is Conflict and not refusal.facts
    return not gave_up_trying


def describe(error: BaseException) -> str:
    """What failed and where. Messages of others may quote personal data, so they are left out."""
    if isinstance(error, MapperDeserialisationError | LogBroken):
        return f"{type(error).__name__}: {error}"
    name = type(error).__name__
    if isinstance(error, Refusal):
        name += f" {error.code()}"
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return name
    ours = [frame for frame in frames if FLOORS & set(Path(frame.filename).parts)]
    last = (ours or frames)[-1]
    return f"{name} in {Path(last.filename).name}:{last.lineno}"


def _origin(error: BaseException) -> BaseException:
    return error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error
