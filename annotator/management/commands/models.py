"""The life of model versions from the shell."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator import jobs, taggers
from annotator.domain import model_versions
from annotator.domain.gate import compare_with_active
from annotator.domain.promotion import remove_version
from annotator.exceptions import LineupDeskError
from annotator.management.comparison_text import comparison_lines
from annotator.models import ModelVersion


class Command(BaseCommand):
    help = "Lists, adds, pulls, compares, promotes, rolls back and deletes model versions."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="all versions, newest first")
        add = actions.add_parser("add", help="a checkpoint directory of this machine")
        add.add_argument("directory", type=Path)
        pull = actions.add_parser("pull", help="a repository of the model hub")
        pull.add_argument("repository")
        for action in (add, pull):
            _new_version_options(action)
        promote = actions.add_parser("promote", help="makes a version the active one")
        promote.add_argument("name")
        promote.add_argument("--note", default="", help="why it may go live although it has not passed the gate")
        compare = actions.add_parser("compare", help="reads the frozen gold with a version and with the active one")
        compare.add_argument("name")
        delete = actions.add_parser("delete", help="a version that nothing depends on, with its files")
        delete.add_argument("name")
        actions.add_parser("rollback", help="makes the version active that was so before")

    def handle(self, *, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(options)
        except LineupDeskError as error:
            raise CommandError(f"{error.message} [{error.code}]") from error

    def _list(self, options: dict) -> None:
        for version in ModelVersion.objects.all():
            calibrated = "calibrated" if version.calibrated else "not calibrated"
            self.stdout.write(
                f"{version.name}\t{version.state}\t{version.origin}\t{calibrated}\t{version.created_at:%Y-%m-%d}"
            )

    def _add(self, options: dict) -> None:
        self._offer(model_versions.add_checkpoint(options["directory"], name=options["name"]), options)

    def _pull(self, options: dict) -> None:
        self._offer(model_versions.pull_checkpoint(options["repository"], name=options["name"]), options)

    def _promote(self, options: dict) -> None:
        self._tell(jobs.make_live(model_versions.find_version(options["name"]), actor=None, note=options["note"]))

    def _compare(self, options: dict) -> None:
        version = model_versions.find_version(options["name"])
        comparison = compare_with_active(version, load=taggers.load_directory)
        if comparison is None:
            raise CommandError("There is no other active version to compare with.")
        self.stdout.write(comparison_lines(comparison))

    def _delete(self, options: dict) -> None:
        version = model_versions.find_version(options["name"])
        remove_version(version, actor=None)
        self.stdout.write(f"{options['name']} is deleted")

    def _rollback(self, options: dict) -> None:
        self._tell(jobs.make_former_live(actor=None))

    def _offer(self, version: ModelVersion, options: dict) -> None:
        self._tell(jobs.make_live(version, actor=None) if options["promote"] else version)

    def _tell(self, version: ModelVersion) -> None:
        self.stdout.write(f"{version.name} is {version.get_state_display()}")


def _new_version_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--name", default="", help="what to call it; by default the name in its manifest, else its directory's"
    )
    parser.add_argument("--promote", action="store_true", help="make it the active version at once")
