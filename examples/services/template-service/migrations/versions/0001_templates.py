"""templates"""

from alembic import op

revision = "0001"
down_revision = None
compatible = True


def upgrade() -> None:
    op.execute("CREATE TABLE templates (name text PRIMARY KEY, text text NOT NULL)")
    op.execute("INSERT INTO templates VALUES ('greeting', 'Hello $name, welcome to $place.')")


def downgrade() -> None:
    op.execute("DROP TABLE templates")
