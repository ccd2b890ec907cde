"""Triggers that refuse to change or remove what the audit log tells."""

from django.db import migrations

SQLITE = [
    f"""CREATE TRIGGER IF NOT EXISTS audit_no_{what} BEFORE {what.upper()} ON annotator_auditentry BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END"""
    for what in ("update", "delete")
]
POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$""",
    """CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON annotator_auditentry
FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
]
UNDO = {
    "sqlite": ["DROP TRIGGER IF EXISTS audit_no_update", "DROP TRIGGER IF EXISTS audit_no_delete"],
    "postgresql": [
        "DROP TRIGGER IF EXISTS audit_no_change ON annotator_auditentry",
        "DROP FUNCTION IF EXISTS audit_refuse()",
    ],
}


def guard(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


def unguard(apps, schema_editor):
    for statement in UNDO.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("annotator", "0018_audit_log"),
    ]

    operations = [migrations.RunPython(guard, unguard)]
