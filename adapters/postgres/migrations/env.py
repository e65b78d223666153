"""Runs the revisions on one connection, one transaction each."""

from alembic import context
from sqlalchemy import create_engine, pool

config = context.config


def run() -> None:
    """Connects with the URL of the caller's configuration; the lock time-out spares a busy database."""
    engine = create_engine(config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("set lock_timeout = '5s'")
        connection.commit()
        context.configure(
            connection=connection, transaction_per_migration=True, version_table="escale_migration"
        )
        with context.begin_transaction():
            context.run_migrations()


run()
