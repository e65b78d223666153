"""What does PostgreSQL's catalogue say against the rules of the house? One check per rule, one sentence per finding."""

from collections.abc import Callable, Iterator
from typing import Any

from psycopg import Connection

from tests.architecture.rights import (
    BYPASSES_ROWS,
    COLUMN_RIGHTS,
    DEFINERS,
    FUNCTIONS,
    LOGIN_DEFINERS,
    LOGIN_FUNCTIONS,
    MAKES_LOGINS,
    NEVER_SIGN_IN,
    PUBLISHED,
    RIGHTS,
    ROLES,
    SCHEMAS,
    SEES_ALL,
    VIEW_READERS,
)

Check = Callable[[Connection[Any]], Iterator[str]]

LETTERS = {
    "r": "SELECT",
    "a": "INSERT",
    "w": "UPDATE",
    "d": "DELETE",
    "D": "TRUNCATE",
    "x": "REFERENCES",
    "t": "TRIGGER",
    "m": "MAINTAIN",
}
TENANT_ONLY = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)"

ANALYST = "es_analyst"
LOGIN_ONLY = (
    "(tenant_id = (\"substring\"((CURRENT_USER)::text, '^an_([0-9a-f]{32})_[0-9a-z]{1,24}$'::text))::uuid)"
)

TABLES = """
select c.oid, n.nspname || '.' || c.relname as name, c.relispartition as is_partition, c.relrowsecurity as has_rls,
       c.relforcerowsecurity as is_forced, pg_get_userbyid(c.relowner) as owner
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p')
order by name
"""
HELD = """
select n.nspname || '.' || c.relname, c.relispartition, role, "right", has_table_privilege(role::name, c.oid, "right")
from pg_class c join pg_namespace n on n.oid = c.relnamespace
cross join unnest(%(roles)s::text[]) as role cross join unnest(%(rights)s::text[]) as "right"
where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p')
order by 1, 3, 4
"""
RELATIONS = """
select n.nspname || '.' || c.relname, c.relkind::text, coalesce(c.reloptions, '{}')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname not like 'pg\\_%%' and n.nspname <> 'information_schema' and c.relkind = any(%(kinds)s)
order by 1
"""
POLICIES = """
select schemaname || '.' || tablename, policyname, permissive, roles::text[], cmd, qual, with_check
from pg_policies order by 1, 2
"""
INDEXES = """
select i.indexrelid::regclass::text, i.indrelid::regclass::text, i.indisunique, a.attname
from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
where n.nspname = any(%(schemas)s)
order by 1
"""
KEY_TEXTS = """
select i.indexrelid::regclass::text, a.attname, l.collname
from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
cross join lateral unnest(i.indkey::int2[], i.indcollation::oid[]) as k (attnum, collated)
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
join pg_collation l on l.oid = k.collated
where n.nspname = any(%(schemas)s) and l.collname <> 'C'
order by 1
"""
LEAKING = """
select distinct i.indexrelid::regclass::text, o.oid::regoperator::text
from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
cross join lateral unnest(i.indclass::oid[]) as k (opclass)
join pg_opclass s on s.oid = k.opclass
join pg_amop m on m.amopfamily = s.opcfamily and m.amoplefttype = s.opcintype and m.amoprighttype = s.opcintype
join pg_operator o on o.oid = m.amopopr
join pg_proc p on p.oid = o.oprcode
where n.nspname = any(%(schemas)s) and not p.proleakproof
order by 1
"""
FOREIGN_KEYS = """
select conrelid::regclass::text, conname, a.attname, b.attname
from pg_constraint f
join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
join pg_attribute b on b.attrelid = f.confrelid and b.attnum = f.confkey[1]
where f.contype = 'f' order by 1
"""
ROUTINES = """
select n.nspname || '.' || p.proname, p.oid, p.prosecdef, coalesce(p.proconfig, '{}'), pg_get_userbyid(p.proowner),
       coalesce(p.proargnames[1], '')
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname not like 'pg\\_%%' and n.nspname <> 'information_schema'
order by 1
"""


def ask(connection: Connection[Any], statement: str, **values: Any) -> list[Any]:
    """The rows of a question to the catalogue."""
    return connection.execute(statement, {"schemas": list(SCHEMAS), **values}).fetchall()


def tables_not_listed(connection: Connection[Any]) -> Iterator[str]:
    """Every table is in RIGHTS, and every line of RIGHTS is a table."""
    found = {name for _, name, is_partition, *_ in ask(connection, TABLES) if not is_partition}
    for name in sorted(found - set(RIGHTS)):
        yield f"{name} is in no list: say in tests/architecture/rights.py who may do what with it"
    for name in sorted(set(RIGHTS) - found):
        yield f"{name} is listed in tests/architecture/rights.py and does not exist"


def unexpected_rights(connection: Connection[Any]) -> Iterator[str]:
    """Table x role x right is exactly what RIGHTS says, however it was granted."""
    letters = {right: letter for letter, right in LETTERS.items()}
    if connection.info.server_version < 170_000:
        del letters["MAINTAIN"]
    held = ask(connection, HELD, roles=list(ROLES), rights=list(letters))
    for name, is_partition, role, right, has in held:
        expected = "" if is_partition else RIGHTS.get(name, {}).get(role, "")
        if has != (letters[right] in expected):
            yield f"{role} {'has' if has else 'lacks'} {right} on {name}"


def unexpected_column_rights(connection: Connection[Any]) -> Iterator[str]:
    """Rights on single columns are exactly what COLUMN_RIGHTS says."""
    granted: dict[tuple[str, str, str], set[str]] = {}
    for table, column, role, right in ask(
        connection,
        "select a.attrelid::regclass::text, a.attname, coalesce(r.rolname, 'public'), g.privilege_type"
        " from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace"
        " cross join lateral aclexplode(a.attacl) g left join pg_roles r on r.oid = g.grantee"
        " where n.nspname = any(%(schemas)s)",
    ):
        granted.setdefault((table, role, right), set()).add(column)
    for key in sorted(granted.keys() | COLUMN_RIGHTS.keys()):
        if granted.get(key, set()) != COLUMN_RIGHTS.get(key, set()):
            table, role, right = key
            yield f"{role} may {right} the columns {sorted(granted.get(key, set()))} of {table}"


def unprotected_tables(connection: Connection[Any]) -> Iterator[str]:
    """Row-level security is enabled and forced on every table and partition."""
    for _, name, _, has_rls, is_forced, _ in ask(connection, TABLES):
        if not (has_rls and is_forced):
            yield f"{name} has no forced row-level security: call protect() on it in its revision"


def wrong_policies(connection: Connection[Any]) -> Iterator[str]:
    """One policy per table for all commands, the same everywhere, and the named readers of all tenants."""
    found: dict[str, set[str]] = {}
    for table, name, permissive, roles, command, using, check in ask(connection, POLICIES):
        everyone = SEES_ALL.get(table, set())
        if (permissive, command, using, check) == ("PERMISSIVE", "ALL", TENANT_ONLY, TENANT_ONLY):
            found.setdefault(table, set()).update(roles)
            # A setting must never open a row to somebody who types SQL.
            for role in set(roles) - {"escale_owner"} - (
                set(RIGHTS.get(table, {})) | column_readers(table)
            ) | ({ANALYST} & set(roles)):
                yield f"the policy {name} of {table} is for {role}, who has no right on the table"
        elif (permissive, command, using, check, roles) == (
            "PERMISSIVE",
            "SELECT",
            LOGIN_ONLY,
            None,
            [ANALYST],
        ):
            found.setdefault(table, set()).add(ANALYST)
        elif (using, roles) == (PUBLISHED.get(table), ["escale_public"]) and command == "SELECT":
            found.setdefault(table, set()).add("all:escale_public")
        elif (permissive, command, using, check) != ("PERMISSIVE", "SELECT", "true", None) or not (
            set(roles) <= everyone
        ):
            yield f"{table} has the policy {name} for {command} to {roles}, using {using}, check {check}"
        else:
            found.setdefault(table, set()).update(f"all:{role}" for role in roles)
    for table, rights in RIGHTS.items():
        known = found.get(table, set())
        bound = (set(rights) | column_readers(table)) - BYPASSES_ROWS
        everyone = {role.removeprefix("all:") for role in known if role.startswith("all:")}
        if everyone != SEES_ALL.get(table, set()):
            yield f"{table} shows all tenants to {sorted(everyone)}"
        if not bound - everyone <= known or "escale_owner" not in known:
            yield f"{table} lacks a tenant policy for {sorted((bound | {'escale_owner'}) - everyone - known)}"


def column_readers(table: str) -> set[str]:
    """Who has rights on single columns of a table."""
    return {role for one, role, _ in COLUMN_RIGHTS if one == table}


def subqueries_in_policies(connection: Connection[Any]) -> Iterator[str]:
    """A policy looks at its row and the setting, nowhere else."""
    for table, name, _, _, _, using, check in ask(connection, POLICIES):
        if "select" in f"{using} {check}".lower():
            yield f"the policy {name} of {table} has a sub-query"


def foreign_owners(connection: Connection[Any]) -> Iterator[str]:
    """Everything belongs to the owner role, whom nobody signs in as."""
    for _, name, _, _, _, owner in ask(connection, TABLES):
        if owner != "escale_owner":
            yield f"{name} belongs to {owner} instead of escale_owner"
    for name, _, _, _, owner, _ in ask(connection, ROUTINES):
        expected = "escale_logins" if name in LOGIN_FUNCTIONS else "escale_owner"
        if name.split(".")[0] in SCHEMAS and owner != expected:
            yield f"the function {name} belongs to {owner} instead of {expected}"


def open_views(connection: Connection[Any]) -> Iterator[str]:
    """Views run as their caller; materialized views, which know no row-level security, do not exist."""
    for name, kind, options in ask(connection, RELATIONS, kinds=["v", "m"]):
        if kind == "m":
            yield f"{name} is a materialized view; row-level security does not reach it"
        elif "security_invoker=true" not in options and "security_invoker=on" not in options:
            yield f"the view {name} lacks security_invoker"


def views_for_others(connection: Connection[Any]) -> Iterator[str]:
    """Views stand in schema analytics alone, belong to the owner and are read by the listed roles."""
    for name, _, _ in ask(connection, RELATIONS, kinds=["v"]):
        statement = (
            "select pg_get_userbyid(relowner), array(select role from unnest(%(roles)s::text[]) as role"
            " where has_table_privilege(role::name, oid, 'select')) from pg_class where oid = %(view)s::regclass"
        )
        ((owner, readers),) = ask(connection, statement, view=name, roles=list(ROLES))
        if name.split(".")[0] != "analytics" or owner != "escale_owner":
            yield f"the view {name} of {owner} stands outside analytics or belongs to somebody else"
        elif set(readers) != VIEW_READERS:
            yield f"the view {name} is read by {sorted(readers)}"


def schemas_of_analysts(connection: Connection[Any]) -> Iterator[str]:
    """An analyst can name schema analytics, and create nothing anywhere."""
    statement = (
        "select nspname, has_schema_privilege('es_analyst', oid, 'usage'), has_schema_privilege('es_analyst', oid,"
        " 'create') from pg_namespace where nspname not like 'pg\\_%%' and nspname <> 'information_schema'"
    )
    for schema, uses, creates in ask(connection, statement):
        if creates or uses != (schema == "analytics"):
            yield f"es_analyst {'may create in' if creates else 'uses' if uses else 'lacks'} schema {schema}"


def powerful_functions(connection: Connection[Any]) -> Iterator[str]:
    """Only the listed functions run as the owner; every one that takes a tenant pins its search path."""
    for name, _, is_definer, config, owner, first_argument in ask(connection, ROUTINES):
        if is_definer and name not in DEFINERS | LOGIN_DEFINERS:
            yield f"{name} is SECURITY DEFINER and not listed in tests/architecture/rights.py"
        if is_definer and owner != ("escale_logins" if name in LOGIN_DEFINERS else "escale_owner"):
            yield f"{name} runs as {owner}"
        if (is_definer or first_argument == "p_tenant") and "search_path=pg_catalog, pg_temp" not in config:
            yield f"{name} does not pin its search_path to pg_catalog, pg_temp"
        if is_definer and first_argument != "p_tenant":
            yield f"{name} runs as its owner and does not take the tenant as its first argument"


def unexpected_callers(connection: Connection[Any]) -> Iterator[str]:
    """Function x role is exactly what FUNCTIONS says."""
    for name, oid, *_ in ask(connection, ROUTINES):
        if name.split(".")[0] not in SCHEMAS:
            continue
        if name not in FUNCTIONS:
            yield f"{name}() is in no list: say in tests/architecture/rights.py who may call it"
            continue
        for role in ROLES:
            statement = "select has_function_privilege(%(role)s::name, %(oid)s::oid, 'execute')"
            ((has,),) = ask(connection, statement, role=role, oid=oid)
            if has != (role in FUNCTIONS[name]):
                yield f"{role} {'may' if has else 'may not'} call {name}"


def keys_without_tenant(connection: Connection[Any]) -> Iterator[str]:
    """Every key, index and foreign key starts with the tenant: no oracle, and Citus can shard it."""
    for index, table, is_unique, first in ask(connection, INDEXES):
        if first != "tenant_id":
            kind = "unique index" if is_unique else "index"
            yield f"the {kind} {index} of {table} starts with {first} instead of tenant_id"
    for table, name, column, referenced in ask(connection, FOREIGN_KEYS):
        if (column, referenced) != ("tenant_id", "tenant_id"):
            yield f"the foreign key {name} of {table} does not start with tenant_id on both sides"


def tables_without_tenant(connection: Connection[Any]) -> Iterator[str]:
    """Every table has a tenant on every row."""
    for oid, name, *_ in ask(connection, TABLES):
        column = ask(
            connection,
            "select attnotnull, atttypid::regtype::text from pg_attribute"
            " where attrelid = %(oid)s and attname = 'tenant_id'",
            oid=oid,
        )
        if column != [(True, "uuid")]:
            yield f"{name} has no column tenant_id uuid not null"


def keys_by_language(connection: Connection[Any]) -> Iterator[str]:
    """Text in a key compares byte by byte: COLLATE "C"."""
    for index, column, collation in ask(connection, KEY_TEXTS):
        yield f'the column {column} in {index} has collation {collation} instead of "C"'


def leaking_operators(connection: Connection[Any]) -> Iterator[str]:
    """Under row-level security only leakproof operators reach an index."""
    for index, operator in ask(connection, LEAKING):
        yield f"{index} compares with {operator}, which is not leakproof and never reaches the index"


def forbidden_machinery(connection: Connection[Any]) -> Iterator[str]:
    """No trigger, identity column, sequence, exclusion constraint, or extension beyond plpgsql."""
    for table, name in ask(
        connection, "select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal"
    ):
        yield f"{table} has the trigger {name}"
    for table, name in ask(
        connection, "select attrelid::regclass::text, attname from pg_attribute where attidentity <> ''"
    ):
        yield f"{table}.{name} is an identity column"
    for name, _, _ in ask(connection, RELATIONS, kinds=["S"]):
        yield f"{name} is a sequence; positions are per tenant and gapless"
    for table, name in ask(
        connection, "select conrelid::regclass::text, conname from pg_constraint where contype = 'x'"
    ):
        yield f"{table} has the exclusion constraint {name}; claims decide"
    for (name,) in ask(connection, "select extname from pg_extension where extname <> 'plpgsql'"):
        yield f"the extension {name} is installed; the embedded server has none"


def powerful_roles(connection: Connection[Any]) -> Iterator[str]:
    """Service roles are no owner, no superuser, bypass nothing and are members of nothing."""
    known = {*ROLES, *MAKES_LOGINS, "escale_owner"}
    roles = ask(
        connection,
        "select rolname, rolsuper or rolcreatedb or rolcreaterole or rolreplication, rolbypassrls, rolcanlogin"
        " from pg_roles where rolname like 'escale\\_%%' and rolname <> session_user",
    )
    for name, is_powerful, bypasses, signs_in in roles:
        if name not in known:
            yield f"the role {name} is in no list: add it to tests/architecture/rights.py"
        if is_powerful and name not in MAKES_LOGINS:
            yield f"{name} may create roles or databases, replicate or is a superuser"
        if bypasses and name not in BYPASSES_ROWS:
            yield f"{name} bypasses row-level security"
        if signs_in and name in NEVER_SIGN_IN:
            yield f"{name} can sign in"
    for member, group in ask(
        connection,
        "select m.rolname, g.rolname from pg_auth_members a join pg_roles m on m.oid = a.member"
        " join pg_roles g on g.oid = a.roleid where m.rolname like 'escale\\_%%' and m.rolname <> session_user",
    ):
        if not (member in MAKES_LOGINS and (group == ANALYST or group.startswith("an_"))):
            yield f"{member} is a member of {group}"


CHECKS: tuple[Check, ...] = (
    tables_not_listed,
    unexpected_rights,
    unexpected_column_rights,
    unprotected_tables,
    wrong_policies,
    subqueries_in_policies,
    foreign_owners,
    open_views,
    views_for_others,
    schemas_of_analysts,
    powerful_functions,
    unexpected_callers,
    keys_without_tenant,
    tables_without_tenant,
    keys_by_language,
    leaking_operators,
    forbidden_machinery,
    powerful_roles,
)
