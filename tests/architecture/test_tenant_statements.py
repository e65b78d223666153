"""Does every statement of the log's functions touch one tenant only, in its text and in its plan?

Row-level security would hide a forgotten condition; the planner would not: it would visit every
partition, and on a cluster every node.
"""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

SQL = Path(__file__).resolve().parents[2] / "adapters" / "postgres" / "migrations" / "sql"
FUNCTION = re.compile(
    r"create (?:or replace )?function (?P<name>es\.\w+)\((?P<arguments>.*?)\)\s*returns.*?as (?P<quote>\$\w*\$)"
    r"(?P<body>.*?)(?P=quote);",
    re.DOTALL,
)
COMMENT = re.compile(r"--[^\n]*")
# `from es.event e`, `update es.claim_total t`, `delete from es.claim c`, `join es.claim as c`
USE = re.compile(r"\b(?:from|join|update|using)\s+(es\.\w+)\b(?!\s*\()(?:\s+(?:as\s+)?(\w+))?")
INSERT = re.compile(
    r"\binsert into (es\.\w+)(?:\s+as\s+\w+)?\s*\(\s*(\w+)[^)]*\)\s*(?:values\s*\(|select)\s*(\w+)"
)
MENTION = re.compile(r"\bes\.\w+\b(?![(%])")  # a table, neither a function nor a row type
BOUND = ("tenant_id", "p_tenant")  # the first column of an insert, and its value
# One says how the database was drawn; the other ends a role of the server, after its callers looked at the tenant.
WITHOUT_TENANT = {"es.simulation_allowed", "es.end_login"}
KEYWORDS = {"where", "set", "on", "for", "order", "group", "limit", "as"}


def functions() -> dict[str, str]:
    """Every function of the log that is about one tenant, with its body."""
    found = {}
    # Numbered files replace functions of earlier ones; the one without a number is the first of all.
    for file in sorted(SQL.glob("*.sql"), key=lambda file: (file.name[0].isdigit(), file.name)):
        for match in FUNCTION.finditer(COMMENT.sub("", file.read_text())):
            if match["name"] not in WITHOUT_TENANT:
                assert re.match(r"\s*p_tenant uuid\b", match["arguments"]), match["name"]
                found[match["name"]] = match["body"]
    return found


def unbound(body: str) -> list[str]:
    """The uses of a table of the log that nothing binds to p_tenant."""
    problems = []
    for statement in body.split(";"):
        text = " ".join(statement.split())
        conditions = re.findall(r"(?:\b(\w+)\.)?tenant_id = p_tenant\b", text)
        for table, alias in USE.findall(text):
            wanted = "" if alias in KEYWORDS else alias
            if wanted in conditions:
                conditions.remove(wanted)
            else:
                problems.append(f"{table} in {text[:200]!r}")
        inserts = INSERT.findall(text)
        if len(MENTION.findall(text)) != len(USE.findall(text)) + len(inserts):
            problems.append(f"a use of a table that is not understood in {text[:200]!r}")
        problems += [
            f"{table} in {text[:200]!r}" for table, column, value in inserts if (column, value) != BOUND
        ]
    return problems


class TestTheText:
    def test_names_the_functions_there_are(self) -> None:
        assert set(functions()) == {
            "es.append_events",
            "es.append_event",
            "es.amount_taken",
            "es.claim_holder",
            "es.claim_holders",
            "es.moved_since",
            "es.busy_of",
            "es.amounts_taken",
            "es.holders_of",
            "es.enter_tenant",
            "es.find_command",
            "es.open_head",
            "es.read_feed",
            "es.read_snapshots",
            "es.read_stream",
            "es.load_stream",
            "es.standing",
            "es.create_analyst",
            "es.drop_analyst",
            "es.refuse_foreign_login",
            "es.tend_analysts",
        }

    @pytest.mark.parametrize("name", sorted(functions()))
    def test_binds_every_statement_to_the_tenant(self, name: str) -> None:
        assert unbound(functions()[name]) == []

    @pytest.mark.parametrize(
        "statement",
        [
            "select * from es.event e where e.position > p_after",
            "select * from es.event e where e.tenant_id = p_other",
            "select * from es.event e join es.claim c on c.key = e.topic where e.tenant_id = p_tenant",
            "select * from es.event e, es.claim c where e.tenant_id = p_tenant and c.tenant_id = p_tenant",
            "select * from (table es.event) as e where e.tenant_id = p_tenant",
            "update es.claim_total t set units = 0 where t.kind = 'a'",
            "update es.tenant_head set position = 1",
            "delete from es.claim c where c.kind = 'a'",
            "insert into es.event (tenant_id, position) values (v_tenant, 1)",
            "insert into es.event (position, tenant_id) select p_position, p_tenant",
            "insert into es.event values (p_tenant, 1)",
            "if exists (select from es.event e where e.originator_id = p_stream) then",
        ],
    )
    def test_of_a_wrong_statement_is_noticed(self, statement: str) -> None:
        assert unbound(statement)


class TestThePlan:
    """Under the generic plan the functions ask for, of the very statement in the function's body."""

    @pytest.mark.parametrize(
        ("function", "values"),
        [
            ("read_feed(uuid,bigint,bigint,int)", "'{tenant}', 0, 100, 10"),
            ("read_stream(uuid,uuid,bigint,bigint)", "'{tenant}', '{tenant}', 0, 100"),
        ],
    )
    def test_of_a_read_visits_one_partition(self, database_url: str, function: str, values: str) -> None:
        with psycopg.connect(database_url) as connection:
            partitions = self.visited(connection, function, values.format(tenant=uuid4()))
            connection.rollback()
        assert len(partitions) == 1
        assert re.fullmatch(r"event_\d\d", partitions.pop())

    def visited(self, connection: psycopg.Connection[Any], function: str, values: str) -> set[str]:
        row = connection.execute(
            "select prosrc from pg_proc where oid = %s::regprocedure", (f"es.{function}",)
        )
        (body,) = row.fetchone() or ("",)
        statement = body.partition("return query")[2].partition(";")[0]
        arguments = list(dict.fromkeys(re.findall(r"p_\w+", statement)))
        types = function[function.index("(") + 1 : -1]
        assert len(arguments) == len(types.split(","))
        for number, argument in enumerate(arguments, 1):
            statement = re.sub(rf"\b{argument}\b", f"${number}", statement)
        connection.execute("set local plan_cache_mode = force_generic_plan")
        connection.execute("set local enable_seqscan = off")
        connection.execute(f"prepare looked_at ({types}) as {statement}".encode())
        plan = connection.execute(f"explain (costs off) execute looked_at ({values})".encode()).fetchall()
        text = "\n".join(line for (line,) in plan)
        assert "Subplans Removed: 15" in text
        return set(re.findall(r"\bon (event_\d\d)\b", text))
