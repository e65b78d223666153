"""Emission factors as versioned reference data, with the set this release came with."""

import csv
from hashlib import sha256
from importlib.resources import files

from alembic import op

from adapters.postgres.migrations.building import option, run_sql

revision = "0017"
down_revision = "0016"

# The first set never changes: a later publication is another file, and a set of its own.
FILE = "data/emission_factors.csv"
SHA256 = "90bae8544e6ea676051050cad8b2cc0579e17d344e3c821117cae69e69cbd7e1"
COLUMNS = (
    *("publisher", "year", "factor_id", "source", "scope", "category", "activity", "variant", "unit"),
    *("kg_co2e_per_unit", "verification", "note"),
)


def upgrade() -> None:
    run_sql("0017_emission_factors.sql")
    if option("citus"):
        for table in ("ref.factor_set", "ref.emission_factor"):
            op.execute(f"select create_reference_table('{table}')")
    content = files("adapters.factors").joinpath(FILE).read_bytes()
    if sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{FILE} is not the file of the first set")
    rows = list(csv.DictReader(content.decode("utf-8").splitlines()))
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor:
        # No row-level security here, so rows copied by a migration arrive.
        with cursor.copy(f"copy ref.emission_factor (factor_set, {', '.join(COLUMNS)}) from stdin") as copy:
            for row in rows:
                copy.write_row((1, *(row["row_id" if name == "factor_id" else name] for name in COLUMNS)))
        with cursor.copy("copy ref.factor_set from stdin") as copy:
            title = "DESNZ 2024 to 2026, ADEME 2025, Ember 2022 to 2025, jet fuel of TIM and ICAO"
            copy.write_row((1, title, SHA256, 2025, len(rows), 0, "2026-11-21 00:00:00+00"))
