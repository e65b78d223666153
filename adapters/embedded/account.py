"""Under which operating-system user do the embedded servers run?"""

import os
import pwd
from dataclasses import dataclass
from typing import TypedDict

from adapters.embedded.refusal import CannotStart

USER_VARIABLE = "ESCALE_EMBEDDED_USER"
DEFAULT_USER_UNDER_ROOT = "nobody"


class Identity(TypedDict, total=False):
    """The arguments of `Popen` which make a child run as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    @property
    def identity(self) -> Identity:
        if self.is_ours:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def choose_account(user: str | None = None) -> Account:
    wanted = user or os.environ.get(USER_VARIABLE) or None
    if os.geteuid() == 0:
        return _stand_in_for_root(wanted or DEFAULT_USER_UNDER_ROOT)
    return _ourselves(wanted)


def _stand_in_for_root(name: str) -> Account:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise CannotStart(
            f"PostgreSQL refuses to run as root and there is no user called {name!r} to run it instead; "
            f"name an existing unprivileged user in {USER_VARIABLE}."
        ) from None
    if entry.pw_uid == 0:
        raise CannotStart(
            f"PostgreSQL refuses to run as root, and {name!r} is root; "
            f"name an unprivileged user in {USER_VARIABLE}."
        )
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _ourselves(wanted: str | None) -> Account:
    uid = os.geteuid()
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        # initdb looks its own user up by name and gives up without one (OpenShift runs containers so).
        raise CannotStart(
            f"PostgreSQL cannot be initialised by user id {uid}, which has no entry in /etc/passwd; "
            "add an entry for it (nss_wrapper does it without root), run as a user who has one, "
            "or point DATABASE_URL and REDIS_URL at servers of your own."
        ) from None
    if wanted not in (None, entry.pw_name):
        raise CannotStart(
            f"Only root can run the embedded servers as {wanted!r}, and this process runs as "
            f"{entry.pw_name!r}; unset {USER_VARIABLE} or start as root."
        )
    return Account(name=entry.pw_name, uid=uid, gid=os.getegid())
