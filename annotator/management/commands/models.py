"""The life of model versions from the shell."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.domain import model_versions
from annotator.exceptions import LineupDeskError
from annotator.models import ModelVersion


class Command(BaseCommand):
    help = "Lists, adds, pulls, promotes and rolls back model versions."

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
        self._tell(model_versions.promote_model(model_versions.find_version(options["name"])))

    def _rollback(self, options: dict) -> None:
        self._tell(model_versions.rollback_model())

    def _offer(self, version: ModelVersion, options: dict) -> None:
        self._tell(model_versions.promote_model(version) if options["promote"] else version)

    def _tell(self, version: ModelVersion) -> None:
        self.stdout.write(f"{version.name} is {version.get_state_display()}")


def _new_version_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--name", default="", help="what to call it; by default the name in its manifest, else its directory's"
    )
    parser.add_argument("--promote", action="store_true", help="make it the active version at once")
