"""`manage.py person export|erase USERNAME`: what is kept about somebody of the staff."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.domain.people import erase_person, person_records
from annotator.exceptions import NotAllowed
from annotator.models import User


class Command(BaseCommand):
    help = "Prints all that is kept about a person, one JSON object a line, or takes out who it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["export", "erase"], help="print what is kept, or take out who it was")
        parser.add_argument("username", metavar="USERNAME", help="the name of the account")
        parser.add_argument("--yes", action="store_true", help="erase: do not ask for the name again")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no account “{options['username']}”.")
        if options["what"] == "export":
            for row in person_records(user):
                self.stdout.write(json.dumps(row, ensure_ascii=False))
            return
        if not options["yes"] and input("This cannot be undone. Type the name again: ") != user.username:
            raise CommandError("Nothing was changed.")
        try:
            name = erase_person(user, actor=None)
        except NotAllowed as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"The account is closed and called {name} now. Its verdicts stay.")
