"""The triggers of 0019 again: SQLite wrote the table anew in 0022, without them."""

from importlib import import_module

from django.db import migrations

guard = import_module("annotator.migrations.0019_audit_log_is_append_only").guard


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("annotator", "0022_words_of_the_audit_log"),
    ]

    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
