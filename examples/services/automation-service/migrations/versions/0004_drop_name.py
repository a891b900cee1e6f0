"""name goes: the contraction

No service reads `name` any more. One that does cannot be rolled back to once this has run.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
compatible = False


def upgrade() -> None:
    op.execute("DROP TRIGGER jobs_name_and_title ON jobs")
    op.execute("DROP FUNCTION jobs_name_and_title()")
    op.execute("ALTER TABLE jobs DROP COLUMN name")
    op.execute("ALTER TABLE jobs ALTER COLUMN title SET NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE jobs ADD COLUMN name text")
    op.execute("UPDATE jobs SET name = title")
    op.execute("""
        CREATE FUNCTION jobs_name_and_title() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.title := coalesce(NEW.title, NEW.name);
            NEW.name := NEW.title;
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER jobs_name_and_title BEFORE INSERT OR UPDATE ON jobs"
        " FOR EACH ROW EXECUTE FUNCTION jobs_name_and_title()"
    )
    op.execute("ALTER TABLE jobs ALTER COLUMN title DROP NOT NULL")
