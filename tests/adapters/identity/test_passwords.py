"""Are passwords hashed as decided, and does hashing stay a bounded resource?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from time import perf_counter
from uuid import UUID

import pytest
from argon2 import PasswordHasher

from adapters.identity.credentials import DerivedCredentials
from adapters.identity.passwords import Passwords, TooManySignIns
from adapters.identity.sign_in import WrongCredentials, verify_password
from application.ports.credentials import Credentials
from domain.platform.member import SYSTEM, Member
from domain.platform.roles import Role

NOW = datetime(2030, 1, 2, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def credentials() -> Credentials:
    return DerivedCredentials(bytes(32), passwords=Passwords(hasher=CHEAP))


def test_uses_the_profile_of_rfc_9106() -> None:
    assert Passwords().hash("correct horse").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_verifies_only_the_same_password() -> None:
    passwords = Passwords(hasher=CHEAP)
    kept = passwords.hash("été à Nîmes")
    assert kept != passwords.hash("été à Nîmes")
    assert passwords.verify(kept, "e\u0301te\u0301 a\u0300 Ni\u0302mes")
    assert not passwords.verify(kept, "ete a Nimes")
    assert not passwords.verify(kept, "\ud800")
    assert not passwords.verify("[erased]", "[erased]")
    assert not passwords.verify(None, "anything")


def test_notices_weaker_parameters() -> None:
    assert Passwords().needs_rehash(CHEAP.hash("correct horse"))
    assert not Passwords(hasher=CHEAP).needs_rehash(CHEAP.hash("correct horse"))


def test_does_the_same_work_for_an_unknown_account() -> None:
    passwords = Passwords()
    kept = passwords.hash("correct horse")

    def duration(password_hash: str | None) -> float:
        times = []
        for _ in range(3):
            start = perf_counter()
            passwords.verify(password_hash, "wrong horse")
            times.append(perf_counter() - start)
        return min(times)

    known, unknown = duration(kept), duration(None)
    assert known / 2 < unknown < known * 2


class Blocking(PasswordHasher):
    """A hasher that waits until the test lets it go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64, parallelism=1)
        self.started, self.go = Event(), Event()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.started.set()
        self.go.wait(5)
        return super().hash(password, salt=salt)


def test_refuses_at_once_beyond_the_queue_and_recovers() -> None:
    hasher = Blocking()
    passwords = Passwords(hasher=hasher, workers=1, queue=1, wait_s=5)
    with ThreadPoolExecutor(8) as threads:
        running = threads.submit(passwords.hash, "first")
        assert hasher.started.wait(5)
        others = [threads.submit(passwords.hash, "next") for _ in range(6)]
        refused = []
        for other in others:
            try:
                if isinstance(other.exception(timeout=0.5), TooManySignIns):
                    refused.append(other.exception())
            except TimeoutError:
                pass  # the one in the queue
        hasher.go.set()
        assert running.result(5).startswith("$argon2id$")
        assert len(refused) == 5
        assert isinstance(refused[0], TooManySignIns)
        assert refused[0].facts == {"retry_after_s": 1}
    assert passwords.hash("again")


def test_waits_no_longer_than_told() -> None:
    hasher = Blocking()
    passwords = Passwords(hasher=hasher, workers=1, queue=4, wait_s=0.05)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(passwords.hash, "first")
        assert hasher.started.wait(5)
        with pytest.raises(TooManySignIns):
            passwords.hash("second")
        hasher.go.set()
        running.result(5)


def test_signs_in_active_members_with_their_password_only() -> None:
    port = credentials()
    ana = Member.invite(
        UUID(int=1),
        tenant_id=UUID(int=2),
        email="a@b.example",
        display_name="A",
        roles=(Role.TRAVELLER,),
        by=SYSTEM,
        at=NOW,
    )
    with pytest.raises(WrongCredentials):
        verify_password(ana, "correct horse", port)
    ana.set_password(port.hash_password("correct horse"), by=SYSTEM, at=NOW)
    assert verify_password(ana, "correct horse", port) is ana
    for member, password in ((ana, "wrong horse"), (None, "correct horse")):
        with pytest.raises(WrongCredentials):
            verify_password(member, password, port)
    ana.deactivate(by=SYSTEM, at=NOW)
    with pytest.raises(WrongCredentials):
        verify_password(ana, "correct horse", port)
