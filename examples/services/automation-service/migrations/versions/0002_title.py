"""title beside name: the expansion

Services that know only `name` and those that know only `title` read what the other has written: a trigger keeps both
equal until revision 0003 drops `name`.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
compatible = True


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD COLUMN title text")
    op.execute("UPDATE jobs SET title = name")
    op.execute("ALTER TABLE jobs ALTER COLUMN name DROP NOT NULL")
    op.execute("""
        CREATE FUNCTION jobs_name_and_title() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND NEW.name IS DISTINCT FROM OLD.name THEN
                NEW.title := NEW.name;
            ELSE
                NEW.title := coalesce(NEW.title, NEW.name);
                NEW.name := NEW.title;
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER jobs_name_and_title BEFORE INSERT OR UPDATE ON jobs"
        " FOR EACH ROW EXECUTE FUNCTION jobs_name_and_title()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER jobs_name_and_title ON jobs")
    op.execute("DROP FUNCTION jobs_name_and_title()")
    op.execute("ALTER TABLE jobs ALTER COLUMN name SET NOT NULL")
    op.execute("ALTER TABLE jobs DROP COLUMN title")
