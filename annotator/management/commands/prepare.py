"""`manage.py prepare`: what every release needs once, before web and workers start."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.supervisor.errors import DeskError
from annotator.supervisor.first_start import prepare_database


class Command(BaseCommand):
    help = "Migrates the database and registers the built-in model. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            prepare_database(verbosity=options["verbosity"])
        except DeskError as error:
            raise CommandError(str(error)) from error
