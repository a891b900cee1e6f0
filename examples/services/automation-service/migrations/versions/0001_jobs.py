"""jobs"""

from alembic import op

revision = "0001"
down_revision = None
compatible = True


def upgrade() -> None:
    op.execute("""
        CREATE TABLE jobs (
            id bigserial PRIMARY KEY,
            name text NOT NULL,
            steps jsonb NOT NULL DEFAULT '[]',
            state text NOT NULL DEFAULT 'created',
            log jsonb NOT NULL DEFAULT '[]',
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE jobs")
