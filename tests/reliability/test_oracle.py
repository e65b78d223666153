"""Does the oracle notice each kind of damage, and does it judge without help from what it judges?"""

import ast
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest

from application import catalog
from tests.conftest import Services, fresh_database
from tests.reliability import journal as journals
from tests.reliability import log as logs
from tests.reliability import oracle, read_models
from tests.reliability.journal import Answer, Journal, Journalled, read_journals
from tests.reliability.ledgers import CAPACITIES
from tests.reliability.log import Row, Tenant, read_tenant
from tests.reliability.oracle import PROCESSES, judge_logs
from tests.reliability.storm import Weather, rage

FOREIGN = {"domain", "application", "projections", "adapters", "api"}
CALM = Weather(writers=4, tenants=2, hot_ledgers=2, acknowledged=120, kills_every_s=None)


@dataclass
class Evidence:
    """What a calm spell left behind, free to be tampered with."""

    journal: Journalled
    tenants: dict[UUID, Tenant]

    @property
    def tenant(self) -> Tenant:
        """The one to be damaged."""
        return next(iter(self.tenants.values()))

    def change(self, **facts: object) -> None:
        """Puts other facts in the damaged tenant's place."""
        changed = replace(self.tenant, **facts)  # type: ignore[arg-type]
        self.tenants[changed.id] = changed

    def change_row(self, index: int, **facts: object) -> None:
        """Puts another event in the place of one."""
        rows = list(self.tenant.rows)
        rows[index] = replace(rows[index], **facts)  # type: ignore[arg-type]
        self.change(rows=rows)

    def rechain(self) -> None:
        """Recomputes every hash, as a forger would."""
        link, rows = bytes(32), []
        for row in self.tenant.rows:
            link = row.link(self.tenant.id, link)
            rows.append(replace(row, chain_hash=link))
        self.change(rows=rows, tip=link, head=len(rows))

    def broken(self) -> set[str]:
        """The promises the oracle sees broken."""
        return judge_logs(self.tenants, self.journal, since={}, capacities=CAPACITIES).broken


@pytest.fixture(scope="module")
def spell(
    services: Services, template: str, master_key: bytes, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[UUID, Tenant]]:
    """The journals and the logs of a calm spell."""
    folder = tmp_path_factory.mktemp("calm")
    with fresh_database(services, template) as url:
        outcome = rage(url, master_key, folder, seed=3, weather=CALM)
        assert outcome.verdict.is_green, str(outcome)
        tenants = {sent.tenant_id for sent in outcome.journal.commands.values()}
        with psycopg.connect(url, autocommit=True) as superuser:
            return folder, {tenant_id: read_tenant(superuser, tenant_id) for tenant_id in sorted(tenants)}


@pytest.fixture
def evidence(spell: tuple[Path, dict[UUID, Tenant]]) -> Evidence:
    folder, tenants = spell
    return Evidence(read_journals(folder), dict(tenants))


def lose_the_last_event(evidence: Evidence) -> None:
    evidence.change(rows=evidence.tenant.rows[:-1])
    evidence.rechain()


def cut_a_hole(evidence: Evidence) -> None:
    evidence.change(rows=[*evidence.tenant.rows[:3], *evidence.tenant.rows[4:]])


def flip_a_bit(evidence: Evidence) -> None:
    evidence.change_row(2, state=evidence.tenant.rows[2].state.replace(b"1", b"2", 1) + b" ")


def cut_the_tip(evidence: Evidence) -> None:
    evidence.change(tip=bytes(32))


def jump_a_version(evidence: Evidence) -> None:
    rows = evidence.tenant.rows
    evidence.change_row(len(rows) - 1, version=rows[-1].version + 1)
    evidence.rechain()


def repeat_an_event(evidence: Evidence) -> None:
    """The same command once more, under other ids, at the end of its stream."""
    row = evidence.tenant.rows[0]
    evidence.change(rows=[*evidence.tenant.rows, at_the_end(evidence, row)])
    evidence.rechain()


def slip_one_in(evidence: Evidence) -> None:
    row = at_the_end(evidence, evidence.tenant.rows[0])
    evidence.change(rows=[*evidence.tenant.rows, caused_by(row, command=uuid4())])
    evidence.rechain()


def slip_one_in_as_an_undeclared_process(evidence: Evidence) -> None:
    cause = evidence.tenant.rows[0]
    command_id = uuid5(uuid5(PROCESSES, "nobody-declared-this"), f"{cause.event_id}:0")
    row = caused_by(at_the_end(evidence, cause), command=command_id, causation=cause.event_id)
    evidence.change(rows=[*evidence.tenant.rows, row])
    evidence.rechain()


def refuse_what_was_done(evidence: Evidence) -> None:
    sent = done(evidence)
    sent.answers = [Answer("refused", sent.sent_ns[-1] + 1, code="rule_broken")]


def leave_somebody_waiting(evidence: Evidence) -> None:
    done(evidence).answers = []


def tell_another_version(evidence: Evidence) -> None:
    sent = done(evidence)
    sent.answers = [replace(answer, version=(answer.version or 0) + 1_000) for answer in sent.answers]


def acknowledge_before_it_was_overtaken(evidence: Evidence) -> None:
    """Whoever got the highest version of a stream was told so before the one below was sent."""
    sent = done(evidence)
    last = sent.first_ok
    assert last is not None
    before = min(other.sent_ns[0] for other in evidence.journal.commands.values())
    sent.sent_ns = [before - 2]
    sent.answers = [replace(last, at_ns=before - 1)]


def hold_more_than_there_is(evidence: Evidence) -> None:
    claim = evidence.tenant.claims[0]
    other = next(row for row in evidence.tenant.rows if row.stream_id != claim.holder)
    rival = replace(claim, holder=other.stream_id, position=other.position)
    evidence.change(claims=[*evidence.tenant.claims, rival])


def hold_without_an_event(evidence: Evidence) -> None:
    claim = replace(evidence.tenant.claims[0], key="nobody's", holder=uuid4())
    evidence.change(claims=[*evidence.tenant.claims, claim])


def show_a_neighbour(evidence: Evidence) -> None:
    one, other = evidence.tenants.values()
    evidence.journal.seen.append((one.id, other.rows[0].stream_id))


DAMAGES: list[tuple[Callable[[Evidence], None], set[str]]] = [
    (lose_the_last_event, {"I1"}),
    (cut_a_hole, {"RB-12", "I12", "I1"}),
    (flip_a_bit, {"I12"}),
    (cut_the_tip, {"I12"}),
    (jump_a_version, {"I4"}),
    (repeat_an_event, {"I2"}),
    (slip_one_in, {"I3"}),
    (slip_one_in_as_an_undeclared_process, {"I3"}),
    (refuse_what_was_done, {"I6"}),
    (leave_somebody_waiting, {"RB-07"}),
    (tell_another_version, {"I1"}),
    (acknowledge_before_it_was_overtaken, {"I5"}),
    (hold_more_than_there_is, {"I10"}),
    (hold_without_an_event, {"I10"}),
    (show_a_neighbour, {"I11"}),
]


def test_what_is_sound_is_green(evidence: Evidence) -> None:
    assert evidence.broken() == set()


@pytest.mark.parametrize(("damage", "named"), DAMAGES, ids=lambda each: getattr(each, "__name__", ""))
def test_every_damage_is_named(
    evidence: Evidence, damage: Callable[[Evidence], None], named: set[str]
) -> None:
    damage(evidence)
    assert named <= evidence.broken()


def test_a_step_of_a_declared_process_is_no_phantom(evidence: Evidence) -> None:
    cause = evidence.tenant.rows[0]
    command_id = uuid5(uuid5(PROCESSES, "erasure"), f"{cause.event_id}:0")
    row = caused_by(at_the_end(evidence, cause), command=command_id, causation=cause.event_id)
    evidence.change(rows=[*evidence.tenant.rows, row])
    evidence.rechain()
    assert evidence.broken() == set()


def test_a_holder_never_conflicts_with_itself(evidence: Evidence) -> None:
    claim = evidence.tenant.claims[0]
    again = replace(claim, starts_s=claim.starts_s + 1)
    evidence.change(claims=[*evidence.tenant.claims, again])
    assert evidence.broken() == set()


def done(evidence: Evidence) -> journals.Sent:
    """The command that got the highest version of the busiest stream."""
    row = max(evidence.tenant.rows, key=lambda each: each.version)
    assert row.command_id is not None
    return evidence.journal.commands[row.command_id]


def at_the_end(evidence: Evidence, row: Row) -> Row:
    """The event once more, as the last of the log and of its stream."""
    version = max(each.version for each in evidence.tenant.rows if each.stream_id == row.stream_id)
    return replace(row, position=len(evidence.tenant.rows) + 1, version=version + 1, event_id=uuid4())


def caused_by(row: Row, **causes: UUID) -> Row:
    """The event with another cause."""
    meta = {**row.meta, **{name: str(value) for name, value in causes.items()}}
    return replace(row, meta_text=json.dumps(meta))


class TestIndependence:
    @pytest.mark.parametrize("module", [oracle, logs, journals, read_models])
    def test_nothing_of_the_product_is_imported(self, module: object) -> None:
        tree = ast.parse(Path(str(getattr(module, "__file__", ""))).read_text())
        imported = {
            name.partition(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        ours = {f"tests.reliability.{name}" for name in ("journal", "log", "oracle", "read_models")}
        from_tests = {
            node.module
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests")
        }
        assert imported & FOREIGN == set()
        assert from_tests <= ours

    def test_the_declared_processes_are_those_of_the_house(self) -> None:
        assert {process.name for process in catalog.PROCESSES} == set(oracle.DECLARED)


WRITER = """
import sys, os, signal
from pathlib import Path
from uuid import UUID
from tests.reliability.journal import Journal
journal = Journal(Path(sys.argv[1]), seed=11)
journal.sent(UUID(int=1), tenant_id=UUID(int=9), operation="Put", key="a wish", arguments={"amount": 1})
journal.ok(UUID(int=1), aggregate_id=UUID(int=5), version=3, position=7)
journal.sent(UUID(int=2), tenant_id=UUID(int=9), operation="Put")
os.write(journal._file, b'{"line":"ok","at_ns":')
os.kill(os.getpid(), signal.SIGKILL)
"""


class TestTheJournal:
    def test_of_a_killed_writer_can_be_read(self, tmp_path: Path) -> None:
        file = tmp_path / "killed.ndjson"
        ended = subprocess.run([sys.executable, "-c", WRITER, str(file)], check=False)
        assert ended.returncode == -signal.SIGKILL

        read = read_journals(tmp_path)

        told, waiting = read.commands[UUID(int=1)], read.commands[UUID(int=2)]
        assert (told.key, told.arguments, told.seed, told.is_unknown) == ("a wish", {"amount": 1}, 11, False)
        assert told.first_ok is not None
        assert (told.first_ok.version, told.first_ok.position) == (3, 7)
        assert waiting.is_unknown

    def test_keeps_asking_and_answering_in_order(self, tmp_path: Path) -> None:
        command_id, tenant_id = uuid4(), uuid4()
        with Journal(tmp_path / "client.ndjson", seed=1) as journal:
            journal.sent(command_id, tenant_id=tenant_id, operation="Put")
            journal.unknown(command_id, "OperationalError")
            journal.sent(command_id, tenant_id=tenant_id, operation="Put")
            assert [sent.command_id for sent in read_journals(tmp_path).unknown] == [command_id]
            journal.refused(command_id, "capacity_taken")

        sent = read_journals(tmp_path).commands[command_id]
        assert [answer.verdict for answer in sent.answers] == ["unknown", "refused"]
        assert sent.last is not None
        assert (sent.last.code, sent.is_unknown) == ("capacity_taken", False)
