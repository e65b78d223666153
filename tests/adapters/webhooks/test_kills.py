"""Does a delivery arrive although every worker that carries it is killed? In real seconds. (R-80, SEC-50)

The suite shortens the pauses. `make webhooks-real` keeps those of SEC-50: 5 s, 5 min and 30 min.
"""

import json
import os
from itertools import pairwise
from pathlib import Path

from tests.adapters.webhooks.conftest import Bureau
from tests.kit.receiver import Reply, is_genuine
from tests.reliability.house_processes import escale, eventually

RETRY_S: list[float] = json.loads(os.environ.get("WEBHOOK_RETRY_S", "[1.0, 1.5, 2.0]"))
LEASE_S = 1.0


def test_every_worker_is_killed_and_the_receiver_is_told(
    bureau: Bureau, database_url: str, redis_url: str, master_key: bytes, tmp_path: Path
) -> None:
    """One is killed while the receiver thinks, the others after each failure; then it arrives, under one id."""
    endpoint = bureau.register("/killed", "webhook-endpoint.tested.v1")
    secret = bureau.secret(endpoint)
    path = "/killed"
    bureau.receiver.answer(path, Reply(200, after_s=30), *[Reply(500)] * len(RETRY_S), Reply(204))
    settings = {
        "ESCALE_WEBHOOK_LOOPBACK": "1",
        "ESCALE_WEBHOOK_RETRY_S": json.dumps(RETRY_S),
        "ESCALE_OUTBOX_LEASE_S": str(LEASE_S),
    }
    where = {"database_url": database_url, "redis_url": redis_url, "master_key": master_key}
    bureau.send_test(endpoint)
    for attempt in range(1, len(RETRY_S) + 3):
        with escale("worker", log=tmp_path / f"worker{attempt}", **where, **settings) as worker:  # type: ignore[arg-type]

            def carried(so_many: int = attempt) -> bool:
                if len(bureau.receiver.at(path)) < so_many:
                    return False
                (row,) = bureau.deliveries(endpoint)
                # The first one is killed with the answer outstanding, the others once the failure is written.
                return so_many == 1 or row.attempts >= so_many - 1

            patience_s = 60.0 + sum(RETRY_S)
            assert eventually(carried, patience_s=patience_s), (tmp_path / f"worker{attempt}").read_text()
            worker.kill()
            worker.wait()
    heard = bureau.receiver.at(path)
    assert len(heard) == len(RETRY_S) + 2
    assert len({one.headers["webhook-id"] for one in heard}) == 1
    assert all(is_genuine(one, secret, now=one.at) for one in heard)
    (row,) = bureau.deliveries(endpoint)
    # What the killed worker sent was not marked, so it was sent again: at least once, and never zero.
    assert (row.state_name, row.attempts) == ("delivered", len(RETRY_S) + 1)
    for pause, stated in zip((b.at - a.at for a, b in pairwise(heard[1:])), RETRY_S, strict=True):
        assert 0.8 * stated <= pause <= 1.2 * stated + 15
