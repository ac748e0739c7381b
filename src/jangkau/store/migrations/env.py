"""Run by Alembic inside the transaction that `jangkau.store.database` opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
