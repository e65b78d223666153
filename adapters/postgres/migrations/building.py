"""How does a revision build its tables, on plain PostgreSQL and on Citus alike?

`alembic -x citus=1` leaves out native partitions and distributes every table by
`tenant_id`; `-x simulation=1` allows a virtual clock, which production refuses.
"""

from collections.abc import Iterable
from pathlib import Path

from alembic import context, op

SQL_FOLDER = Path(__file__).parent / "sql"
EVENT_PARTITIONS = 16

# The one predicate of the house. No tenant in context means no rows, never an error.
TENANT_ONLY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"

# People with SQL are known by the name they signed in with: a setting is typed in a second, a name is not.
# The group itself is named after no tenant, so it sees no rows.
ANALYST_ONLY = "tenant_id = substring(current_user::text from '^an_([0-9a-f]{32})_[0-9a-z]{1,24}$')::uuid"


def option(name: str) -> bool:
    """Is the switch set, on the command line (`-x name=1`) or by the caller's configuration?"""
    given = {**context.config.attributes.get("x", {}), **context.get_x_argument(as_dictionary=True)}
    return given.get(name) == "1"


def run_sql(name: str) -> None:
    """Executes one file of statements as it stands, except for the two marked choices."""
    text = (SQL_FOLDER / name).read_text()
    if not option("citus"):
        text = text.replace("/*PARTITION*/", "partition by hash (tenant_id)")
    if option("simulation"):
        text = text.replace("/*SIMULATION*/false", "true")
    execute(text)


def execute(statement: str) -> None:
    """Sends SQL as it stands: no parameter syntax is read into it."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(statement)


def partition_events() -> None:
    """A fixed number of HASH partitions; nothing is ever granted on them, and each has its own lock."""
    if option("citus"):
        return
    for part in range(EVENT_PARTITIONS):
        execute(
            f"create table es.event_{part:02} partition of es.event"
            f" for values with (modulus {EVENT_PARTITIONS}, remainder {part})"
        )
        execute(f"alter table es.event_{part:02} owner to escale_owner")
        execute(f"alter table es.event_{part:02} enable row level security")
        execute(f"alter table es.event_{part:02} force row level security")


def protect(table: str, *, tenant_roles: Iterable[str]) -> None:
    """Row-level security, forced, with one policy for all commands of the service roles."""
    roles = ", ".join(("escale_owner", *tenant_roles))
    execute(f"alter table {table} owner to escale_owner")
    execute(f"alter table {table} enable row level security")
    execute(f"alter table {table} force row level security")
    execute(
        f"create policy tenant_rows on {table} to {roles} using ({TENANT_ONLY}) with check ({TENANT_ONLY})"
    )


def let_see_all(table: str, role: str) -> None:
    """A cross-tenant reader, named and for SELECT only."""
    execute(f"create policy all_tenants_{role} on {table} for select to {role} using (true)")


def let_analysts_see(table: str) -> None:
    """Analysts see their own tenant's rows of a table, through the views that are made of it."""
    execute(f"create policy analyst_rows on {table} for select to es_analyst using ({ANALYST_ONLY})")


def publish(view: str) -> None:
    """A view of schema `analytics`, with `security_invoker`, for whoever may read such views."""
    execute(f"alter view {view} owner to escale_owner")
    execute(f"grant select on {view} to es_analyst, escale_app, escale_auditor")


def distribute(tables: Iterable[str]) -> None:
    """On Citus every table is sharded by tenant, beside the tenant's head."""
    if not option("citus"):
        return
    for table in tables:
        beside = "" if table == "es.tenant_head" else ", colocate_with => 'es.tenant_head'"
        execute(f"select create_distributed_table('{table}', 'tenant_id'{beside})")


def delegate(signature: str) -> None:
    """On Citus the function runs on the node that holds the tenant."""
    if option("citus"):
        execute(
            f"select create_distributed_function('{signature}', 'p_tenant', colocate_with => 'es.tenant_head')"
        )
