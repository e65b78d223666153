"""Is every receiver told, by the schedule, and none at the cost of another? (SEC-49, SEC-50, R-80 to R-87)"""

import json
import re
import ssl
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.webhooks.lanes import DONE_KEPT
from adapters.webhooks.rendering import rendered
from adapters.webhooks.schedule import RETRY_S
from application.developer.webhook_endpoints import (
    DeleteWebhookEndpoint,
    PauseWebhookEndpoint,
    ResumeWebhookEndpoint,
    RotateWebhookSecret,
    SendTestWebhook,
)
from domain.developer.webhook_endpoint import BodyForm, DisabledBecause, EndpointState
from tests.adapters.webhooks.conftest import Bureau
from tests.adapters.webhooks.test_transport import issued
from tests.architecture.tree import ROOT
from tests.kit.receiver import Heard, Reply, is_genuine, receiving

INVITED = "member.invited.v2"


class TestADelivery:
    def test_is_accepted_by_an_independent_verifier(self, bureau: Bureau) -> None:
        """SEC-49, R-86."""
        endpoint = bureau.register("/verified", INVITED)
        bureau.happens()
        bureau.deliver()
        (heard,) = bureau.receiver.at("/verified")
        assert is_genuine(heard, bureau.secret(endpoint), now=bureau.now.timestamp())
        # What the README says that a receiver does.
        (written,) = re.findall(r"```python\n(import base64.*?)```", (ROOT / "README.md").read_text(), re.S)
        known: dict[str, Any] = {}
        exec(written, known)
        known["time"] = SimpleNamespace(time=bureau.now.timestamp)
        assert known["is_genuine"](bureau.secret(endpoint), heard.headers, heard.body)
        assert not known["is_genuine"](bureau.secret(endpoint), heard.headers, heard.body + b" ")
        told = json.loads(heard.body)
        assert (told["specversion"], told["type"]) == ("1.0", INVITED)
        assert told["tenant"] == str(bureau.tenant)
        assert told["deliverynumber"] == 1
        # What names a person stays in the house, unless the endpoint was allowed to know.
        assert "email" not in told["data"]
        assert "roles" in told["data"]
        (delivery,) = bureau.deliveries(endpoint)
        assert (delivery.state_name, delivery.last_status) == ("delivered", 204)

    def test_is_of_the_types_that_were_named_letter_by_letter(self, bureau: Bureau) -> None:
        """R-85."""
        near = bureau.register("/near", "member.joined.v1")
        exact = bureau.register("/exact", INVITED)
        bureau.happens()
        bureau.deliver()
        assert not bureau.deliveries(near)
        assert [one.topic for one in bureau.deliveries(exact)] == [INVITED]
        named = bureau.endpoint(exact)
        assert named.hears({INVITED})
        for close in (
            "member.invited",
            "member.invited.v20",
            "a-member.invited.v2",
            INVITED.upper(),
            "member.*",
        ):
            assert not named.hears({close})

    def test_is_told_thin_where_that_was_asked_and_where_it_would_be_long(self, bureau: Bureau) -> None:
        endpoint = bureau.register("/thin", INVITED, body=BodyForm.THIN)
        open_book = bureau.register("/all", INVITED, with_personal=True)
        bureau.happens()
        bureau.deliver()
        (thin,), (full,) = bureau.receiver.at("/thin"), bureau.receiver.at("/all")
        assert "data" not in json.loads(thin.body)
        assert json.loads(full.body)["data"]["email"] == f"guest{bureau.number}@north.example"
        event = bureau.place.house.webhooks.feed.event_at(
            bureau.place.house.pools.queries, bureau.tenant, json.loads(full.body)["position"]
        )
        long = event.model_copy(update={"display_name": "é" * 20_000})
        whole = bureau.endpoint(open_book).delivering
        sent = rendered(long, whole, endpoint_id=endpoint, number=1)
        assert sent.is_thinned
        assert len(sent.body) < 20_000
        assert json.loads(sent.body)["thinned"] is True

    def test_is_numbered_and_in_the_order_of_its_stream(self, bureau: Bureau) -> None:
        """R-84: what happened later waits for what happened before, a minute at most."""
        endpoint = bureau.register("/order", "webhook-endpoint.paused.v1", "webhook-endpoint.resumed.v1")
        other = bureau.register("/other", "trip.planned.v1")
        bureau.receiver.answer("/order", Reply(500))
        for command in (PauseWebhookEndpoint(endpoint_id=other), ResumeWebhookEndpoint(endpoint_id=other)):
            bureau.execute(command)
        bureau.follow()
        bureau.deliver()
        assert [one.attempts for one in bureau.deliveries(endpoint)] == [1, 0]
        assert [one.number for one in bureau.deliveries(endpoint)] == [1, 2]
        bureau.passes(seconds=61)  # the first one failed twice by now; the second waits no longer
        assert [one.attempts for one in bureau.deliveries(endpoint)] == [2, 1]
        bureau.receiver.answer("/order", Reply(200))
        bureau.passes(minutes=7)
        assert {one.state_name for one in bureau.deliveries(endpoint)} == {"delivered"}


class TestAReceiverThatMisbehaves:
    def test_is_asked_again_by_the_schedule(self, bureau: Bureau) -> None:
        """SEC-50: now, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, each a fifth more or less."""
        endpoint = bureau.register("/broken", INVITED)
        bureau.receiver.answer("/broken", Reply(500, body=b"no\x00 way" + b"!" * 4_000))
        bureau.happens()
        began = bureau.now
        bureau.deliver()
        times = [began]
        while (row := bureau.deliveries(endpoint)[0]).state_name == "waiting":
            times.append(row.due_at)
            bureau.now = row.due_at
            bureau.deliver()
        pauses = [(b - a).total_seconds() for a, b in pairwise(times)]
        assert len(times) == 10
        assert row.state_name == "given_up"
        for pause, stated in zip(pauses, RETRY_S, strict=True):
            assert 0.8 * stated <= pause <= 1.2 * stated + 1
        assert pauses != list(RETRY_S)
        tries = bureau.place.house.webhooks.deliveries.attempts(bureau.tenant, row.delivery_id)
        assert {one.status for one in tries} == {500}
        assert len(tries) == 10
        kept = tries[0].answer or ""
        assert kept.startswith("no way!")
        assert len(kept) <= 2_048
        heard = bureau.receiver.at("/broken")
        assert len({one.headers["webhook-id"] for one in heard}) == 1
        stamps = [int(one.headers["webhook-timestamp"]) for one in heard]
        assert stamps == sorted(set(stamps)), "the time is the attempt's"

    def test_that_is_gone_is_told_nothing_more_until_it_is_resumed(self, bureau: Bureau) -> None:
        """SEC-50: 410 disables; R-82: visible, and reversible."""
        endpoint = bureau.register("/gone", INVITED)
        bureau.receiver.answer("/gone", Reply(410))
        bureau.happens()
        bureau.deliver()
        bureau.follow()
        found = bureau.endpoint(endpoint)
        assert (found.state, found.disabled_because) == (EndpointState.DISABLED, DisabledBecause.GONE)
        bureau.happens()
        bureau.passes(minutes=10)
        assert len(bureau.receiver.at("/gone")) == 1
        bureau.receiver.answer("/gone", Reply(200))
        bureau.execute(ResumeWebhookEndpoint(endpoint_id=endpoint))
        bureau.follow()
        bureau.passes(minutes=10)
        # What waited arrives. What happened meanwhile is sent when it is asked for.
        assert len(bureau.receiver.at("/gone")) == 2
        bureau.replay(endpoint, also_missed=True)
        bureau.passes(seconds=1)
        assert len(bureau.receiver.at("/gone")) > 2
        assert {one.state_name for one in bureau.deliveries(endpoint)} == {"delivered"}

    def test_that_asks_for_a_rest_gets_it(self, bureau: Bureau) -> None:
        """R-87: the whole endpoint rests, by the clock of Retry-After."""
        endpoint = bureau.register("/busy", INVITED)
        bureau.receiver.answer("/busy", Reply(429, {"Retry-After": "120"}), Reply(200))
        bureau.happens()
        bureau.deliver()
        bureau.happens()
        bureau.passes(seconds=100)
        assert len(bureau.receiver.at("/busy")) == 1
        bureau.passes(seconds=21)
        assert len(bureau.receiver.at("/busy")) == 3
        assert {one.state_name for one in bureau.deliveries(endpoint)} == {"delivered"}

    @pytest.mark.parametrize(
        ("path", "reply", "error"),
        [
            ("/elsewhere", Reply(302, {"Location": "/led-on"}), "status_302"),
            ("/dripping", Reply(200, drips=True), "timed_out"),
            ("/slow", Reply(200, after_s=2.0), "timed_out"),
        ],
    )
    def test_has_not_been_told(self, bureau: Bureau, path: str, reply: Reply, error: str) -> None:
        """2xx in time, and nothing else, is an arrival; a redirect is followed nowhere."""
        endpoint = bureau.register(path, INVITED)
        bureau.receiver.answer(path, reply)
        bureau.happens()
        bureau.deliver()
        (delivery,) = bureau.deliveries(endpoint)
        assert (delivery.state_name, delivery.last_error) == ("waiting", error)
        assert not bureau.receiver.at("/led-on")

    def test_that_cannot_show_who_it_is_has_not_been_told(self, bureau: Bureau, tmp_path: Path) -> None:
        """Wrong TLS: tried again by the schedule, and nobody else waits for it."""
        key, certificate = issued(tmp_path, "127.0.0.1")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        with receiving(tls=tls) as stranger:
            endpoint = bureau.register("/tls", INVITED, url=stranger.url("/tls"))
            bureau.register("/beside", INVITED)
            bureau.happens()
            bureau.deliver()
            (delivery,) = bureau.deliveries(endpoint)
            assert (delivery.state_name, delivery.last_error) == ("waiting", "tls_failed")
            assert timedelta(seconds=4) <= delivery.due_at - bureau.now <= timedelta(seconds=6)
            assert not stranger.heard
            assert len(bureau.receiver.at("/beside")) == 1

    def test_that_says_a_great_deal_is_not_listened_to(self, bureau: Bureau) -> None:
        endpoint = bureau.register("/talking", INVITED)
        bureau.receiver.answer("/talking", Reply(200, megabytes=10))
        bureau.happens()
        bureau.deliver()
        (delivery,) = bureau.deliveries(endpoint)
        assert delivery.state_name == "delivered"
        (tried,) = bureau.place.house.webhooks.deliveries.attempts(bureau.tenant, delivery.delivery_id)
        assert len(tried.answer or "") == 2_048

    def test_keeps_nobody_else_waiting(self, bureau: Bureau) -> None:
        """R-83: while one hangs, the others are told at once."""
        bureau.register("/hanging", INVITED)
        bureau.register("/prompt", INVITED)
        bureau.receiver.answer("/hanging", Reply(200, after_s=2.0))
        bureau.happens(12)
        bureau.deliver()
        hung = bureau.receiver.at("/hanging")
        prompt = bureau.receiver.at("/prompt")
        assert len(prompt) == 12
        assert max(one.at for one in prompt) - min(one.at for one in hung) < 0.45

    def test_is_disabled_after_five_days_and_can_come_back(self, bureau: Bureau) -> None:
        """SEC-50, R-81, R-82: nothing but failures for five days; the house says so, and can be asked to go on."""
        endpoint = bureau.register("/dead", INVITED)
        bureau.receiver.answer("/dead", Reply(503))
        for _ in range(6):
            bureau.happens()
            bureau.passes(hours=23)
        assert bureau.endpoint(endpoint).state is EndpointState.ACTIVE
        bureau.happens()
        bureau.passes(hours=23)
        bureau.follow()
        found = bureau.endpoint(endpoint)
        assert (found.state, found.disabled_because) == (EndpointState.DISABLED, DisabledBecause.FAILING)
        assert found.failing_since is not None
        assert bureau.now - found.failing_since >= timedelta(days=5)
        assert bureau.effects("webhook_disabled") >= 1
        bureau.receiver.answer("/dead", Reply(200))
        bureau.execute(ResumeWebhookEndpoint(endpoint_id=endpoint))
        bureau.replay(endpoint)
        bureau.passes(minutes=1)
        assert {one.state_name for one in bureau.deliveries(endpoint)} == {"delivered"}


class TestWhoAnswersForAnEndpoint:
    def test_rotates_its_secret_with_both_signing_for_a_while(self, bureau: Bureau) -> None:
        """SEC-49, R-86."""
        endpoint = bureau.register("/rotated", INVITED)
        bureau.execute(RotateWebhookSecret(endpoint_id=endpoint, overlap_minutes=60))
        bureau.happens()
        bureau.deliver()
        bureau.now += timedelta(minutes=61)
        bureau.happens()
        bureau.deliver()
        both, new = bureau.receiver.at("/rotated")
        old_secret, new_secret = bureau.secret(endpoint, 1), bureau.secret(endpoint, 2)
        at = int(both.headers["webhook-timestamp"])
        assert is_genuine(both, old_secret, now=at)
        assert is_genuine(both, new_secret, now=at)
        at = int(new.headers["webhook-timestamp"])
        assert not is_genuine(new, old_secret, now=at)
        assert is_genuine(new, new_secret, now=at)
        tampered = Heard(new.path, new.headers, new.body.replace(b"member", b"Member"), new.at)
        assert not is_genuine(tampered, new_secret, now=at)
        assert not is_genuine(new, new_secret, now=at + 301)

    def test_has_a_test_event_sent_to_it_alone(self, bureau: Bureau) -> None:
        endpoint = bureau.register("/tested", INVITED)
        others = len(bureau.receiver.heard)
        bureau.execute(SendTestWebhook(endpoint_id=endpoint))
        bureau.follow()
        bureau.deliver()
        (heard,) = bureau.receiver.at("/tested")
        assert json.loads(heard.body)["type"] == "webhook-endpoint.tested.v1"
        assert all(
            b"endpoint.tested" not in one.body for one in bureau.receiver.heard[others:] if one is not heard
        )

    def test_replays_one_and_the_id_stays(self, bureau: Bureau) -> None:
        endpoint = bureau.register("/again", INVITED)
        bureau.happens(2)
        bureau.deliver()
        first = bureau.deliveries(endpoint)[0]
        bureau.replay(endpoint, first.position, first.position, also_delivered=True)
        bureau.deliver()
        heard = [one.headers["webhook-id"] for one in bureau.receiver.at("/again")]
        assert sorted(heard) == sorted([heard[0], heard[1], f"msg_{first.delivery_id.hex}"])
        assert [one.replays for one in bureau.deliveries(endpoint)] == [1, 0]

    def test_finds_what_was_settled_for_thirty_days(self, bureau: Bureau) -> None:
        endpoint, waiting = bureau.register("/kept", INVITED), bureau.register("/unsettled", INVITED)
        bureau.receiver.answer("/unsettled", Reply(500))
        bureau.happens()
        bureau.deliver()
        office = bureau.place.house.webhooks
        for days, left in ((29, 1), (31, 0)):
            office.courier.lanes.forget(before=bureau.now + timedelta(days=days) - DONE_KEPT)
            assert len(bureau.deliveries(endpoint)) == left
        assert len(bureau.deliveries(waiting)) == 1

    def test_deletes_it_and_nothing_more_is_sent(self, bureau: Bureau) -> None:
        endpoint = bureau.register("/deleted", INVITED)
        bureau.receiver.answer("/deleted", Reply(500))
        bureau.happens()
        bureau.deliver()
        bureau.execute(DeleteWebhookEndpoint(endpoint_id=endpoint))
        bureau.happens()
        bureau.passes(hours=1)
        assert len(bureau.receiver.at("/deleted")) == 1
        assert [one.state_name for one in bureau.deliveries(endpoint)] == ["given_up"]
        assert endpoint not in {one.id for one in bureau.place.house.webhooks.endpoints(bureau.tenant)}
