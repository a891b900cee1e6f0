"""body beside text: the expansion; a trigger keeps both equal"""

from alembic import op

revision = "0002"
down_revision = "0001"
compatible = True


def upgrade() -> None:
    op.execute("ALTER TABLE templates ADD COLUMN body text")
    op.execute("UPDATE templates SET body = text")
    op.execute("ALTER TABLE templates ALTER COLUMN text DROP NOT NULL")
    op.execute("""
        CREATE FUNCTION templates_text_and_body() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND NEW.text IS DISTINCT FROM OLD.text THEN
                NEW.body := NEW.text;
            ELSE
                NEW.body := coalesce(NEW.body, NEW.text);
                NEW.text := NEW.body;
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER templates_text_and_body BEFORE INSERT OR UPDATE ON templates"
        " FOR EACH ROW EXECUTE FUNCTION templates_text_and_body()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER templates_text_and_body ON templates")
    op.execute("DROP FUNCTION templates_text_and_body()")
    op.execute("ALTER TABLE templates ALTER COLUMN text SET NOT NULL")
    op.execute("ALTER TABLE templates DROP COLUMN body")
