"""index on state, made without keeping writers out"""

from alembic import op

revision = "0003"
down_revision = "0002"
compatible = True


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # A run that was killed half-way leaves an index that is not valid.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS jobs_state")
        op.execute("CREATE INDEX CONCURRENTLY jobs_state ON jobs (state)")


def downgrade() -> None:
    op.execute("DROP INDEX jobs_state")
