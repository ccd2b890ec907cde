"""Nothing on the way up. On the way down the triggers of 0019 again: going back from 0022, SQLite wrote the table anew, without them."""

from importlib import import_module

from django.db import migrations

guard = import_module("annotator.migrations.0019_audit_log_is_append_only").guard


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("annotator", "0020_webhooks_and_alerts"),
    ]

    operations = [migrations.RunPython(migrations.RunPython.noop, guard)]
