"""Runs in an environment of doccano's own, see test_consumers.py: imports a JSONL file as its server does, and exports it again.

    python run_doccano.py titles.jsonl DIRECTORY

DIRECTORY then holds imported.json, {"titles": [[text, [[start, end, label], ...], meta], ...], "errors": [line, ...]}, and all.jsonl.
"""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path


def main(source: str, directory: Path) -> None:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings.base", "DATABASE_URL": f"sqlite:///{directory}/db"}
    sys.path.insert(0, next(iter(find_spec("backend").submodule_search_locations)))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    project, errors = import_file(source)
    (directory / "imported.json").write_text(json.dumps({"titles": titles(project), "errors": errors}))
    export(project, directory)


def import_file(source: str) -> tuple:
    """With the encoding that its form offers first."""
    from data_import.datasets import load_dataset
    from data_import.pipeline.catalog import create_file_format
    from data_import.pipeline.readers import FileName
    from django.contrib.auth.models import User
    from projects.models import SequenceLabelingProject

    user = User.objects.create(username="rosa")
    project = SequenceLabelingProject.objects.create(name="p", created_by=user, project_type="SequenceLabeling")
    options = {"encoding": "Auto", "column_data": "text", "column_label": "label"}
    file = FileName(source, "titles.jsonl", "titles.jsonl")
    dataset = load_dataset("SequenceLabeling", create_file_format("JSONL"), [file], project, **options)
    dataset.save(user)
    return project, [error.line_num for error in dataset.errors]


def titles(project: object) -> list:
    from examples.models import Example

    return [
        [
            example.text,
            sorted([span.start_offset, span.end_offset, span.label.text] for span in example.spans.all()),
            example.meta["meta"],
        ]
        for example in Example.objects.filter(project=project).order_by("id")
    ]


def export(project: object, directory: Path) -> None:
    from data_export.celery_tasks import create_collaborative_dataset
    from data_export.pipeline.factories import create_formatter, create_writer

    formatters, writer = create_formatter(project, "JSONL"), create_writer("JSONL")
    create_collaborative_dataset(project, str(directory), confirmed_only=False, formatters=formatters, writer=writer)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
