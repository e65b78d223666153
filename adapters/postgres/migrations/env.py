"""Runs the revisions on one connection, one transaction each."""

from alembic import context
from sqlalchemy import create_engine, pool

config = context.config


def run() -> None:
    """Connects with the URL of the caller's configuration; the lock time-out spares a busy database."""
    url = config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    if url is None:
        raise SystemExit("Name the database: alembic -x url=postgresql+psycopg://... upgrade head")
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("set lock_timeout = '5s'")
        connection.commit()
        context.configure(
            connection=connection, transaction_per_migration=True, version_table="escale_migration"
        )
        with context.begin_transaction():
            context.run_migrations()


run()
