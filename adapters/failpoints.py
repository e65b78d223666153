"""Where may a test make this process fail, and how? Nowhere, unless its environment says so.

A place in the code that deserves to fail carries a name and one call: `failpoint("cmd.after_commit")`.
ESCALE_FAILPOINTS=cmd.after_commit=crash,proj.before_apply=error:0.5 arms two of them, and
ESCALE_FAILPOINTS_SEED makes their dice repeatable. Production refuses to start with either.
The lock on a tenant's head is taken and given back inside `append_events`: no call of ours stands
there, and killing PostgreSQL is what reaches it.
"""

import os
import signal
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from threading import Lock
from time import sleep
from typing import Literal, assert_never, get_args

import structlog
from eventsourcing.persistence import OperationalError

VARIABLE = "ESCALE_FAILPOINTS"
SEED_VARIABLE = "ESCALE_FAILPOINTS_SEED"
DELAY_S = 0.25

Action = Literal["crash", "error", "delay", "pause"]
ACTIONS: tuple[Action, ...] = get_args(Action)

log = structlog.get_logger(__name__)


class FailpointReached(OperationalError):
    """The failure that was ordered here. It passes by itself, as a lost connection would."""


class FailpointUnreadable(Exception):
    """ESCALE_FAILPOINTS reads name=action or name=action:probability, separated by commas."""


@dataclass(frozen=True)
class Armed:
    """What happens at one failpoint, and how often."""

    action: Action
    probability: float = 1.0


_armed: dict[str, Armed] = {}
_hits: Counter[str] = Counter()
_dice = Random(0)
_lock = Lock()


def failpoint(name: str) -> None:
    """Does nothing, unless somebody armed this name."""
    if _armed:
        _reach(name)


def arm(spec: str, *, seed: str = "0") -> None:
    """Arms exactly what the text names; an empty text disarms everything."""
    armed = dict(_parse(part.strip()) for part in spec.split(",") if part.strip())
    with _lock:
        _dice.seed(seed)
        _hits.clear()
        _armed.clear()
        _armed.update(armed)
    if armed:
        log.warning("failpoints_armed", **{name: each.action for name, each in armed.items()})


def arm_from(environment: Mapping[str, str]) -> None:
    """Arms what the environment of this process names: called once, at its start."""
    arm(environment.get(VARIABLE, ""), seed=environment.get(SEED_VARIABLE, "0"))


def hits() -> dict[str, int]:
    """How often each armed failpoint has struck since it was armed."""
    with _lock:
        return dict(_hits)


def _reach(name: str) -> None:
    armed = _armed.get(name)
    if armed is None:
        return
    with _lock:
        if armed.probability < 1 and _dice.random() >= armed.probability:
            return
        _hits[name] += 1
    match armed.action:
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case "error":
            raise FailpointReached(name)
        case "delay":
            sleep(DELAY_S)
        case "pause":
            # The whole process stands still, heartbeats and leases too, until somebody sends SIGCONT.
            os.kill(os.getpid(), signal.SIGSTOP)
        case _:
            assert_never(armed.action)


def _parse(part: str) -> tuple[str, Armed]:
    name, _, wish = part.partition("=")
    action, _, chance = wish.partition(":")
    try:
        probability = float(chance or 1)
    except ValueError:
        raise FailpointUnreadable(FailpointUnreadable.__doc__) from None
    for known in ACTIONS:
        if action == known and name and 0 < probability <= 1:
            return name, Armed(known, probability)
    raise FailpointUnreadable(FailpointUnreadable.__doc__)
