"""The record of state changes can only grow."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION workflow_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'workflow_statechange is append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER workflow_statechange_append_only
    BEFORE UPDATE OR DELETE ON workflow_statechange
    FOR EACH ROW EXECUTE FUNCTION workflow_refuse_change();
CREATE TRIGGER workflow_statechange_no_truncate
    BEFORE TRUNCATE ON workflow_statechange
    FOR EACH STATEMENT EXECUTE FUNCTION workflow_refuse_change();
"""
BACKWARD = """
DROP TRIGGER workflow_statechange_no_truncate ON workflow_statechange;
DROP TRIGGER workflow_statechange_append_only ON workflow_statechange;
DROP FUNCTION workflow_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("workflow", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
