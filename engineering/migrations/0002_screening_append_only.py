"""A screening stays as it was run."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION engineering_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'engineering_screening is append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER engineering_screening_append_only
    BEFORE UPDATE OR DELETE ON engineering_screening
    FOR EACH ROW EXECUTE FUNCTION engineering_refuse_change();
"""
BACKWARD = """
DROP TRIGGER engineering_screening_append_only ON engineering_screening;
DROP FUNCTION engineering_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("engineering", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
