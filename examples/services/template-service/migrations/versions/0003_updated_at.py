"""when a template was last stored"""

from alembic import op

revision = "0003"
down_revision = "0002"
compatible = True


def upgrade() -> None:
    op.execute("ALTER TABLE templates ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now()")


def downgrade() -> None:
    op.execute("ALTER TABLE templates DROP COLUMN updated_at")
