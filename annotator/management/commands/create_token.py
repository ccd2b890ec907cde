"""`manage.py create_token NAME`: a token for the API."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.domain.api_tokens import create_client_token, create_own_token
from annotator.enums import Area
from annotator.exceptions import LineupDeskError
from annotator.models import ApiToken, User

MAX_DAYS = 36_500


class Command(BaseCommand):
    help = "Makes a token for the API and prints it, once: only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "name", metavar="NAME", type=token_name, help="whom the token is for, e.g. the service's name"
        )
        parser.add_argument(
            "--user", metavar="USERNAME", help="act as this lead (default: an account of the client service's own)"
        )
        parser.add_argument(
            "--scope",
            metavar="SCOPE",
            action="append",
            choices=Area.values,
            default=[],
            help=f"what it may be used for, one of {', '.join(Area.values)}; may be repeated (default: all that the account may)",
        )
        parser.add_argument("--expires", metavar="DAYS", type=days, help="so long it is valid (default: until revoked)")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {"name": options["name"], "lifetime": options["expires"], "scopes": options["scope"]}
        try:
            if options["user"]:
                token, secret = create_own_token(actor=find_user(options["user"]), **wanted)
            else:
                token, secret = create_client_token(actor=None, **wanted)
        except LineupDeskError as error:
            raise CommandError(error.message) from error
        self.stderr.write(f"A token that acts as {token.user.username}. It is shown this once:")
        self.stdout.write(secret)


def find_user(username: str) -> User:
    try:
        return User.objects.get(username=username, is_active=True)
    except User.DoesNotExist:
        raise CommandError(f"There is no active user named {username}.") from None


def token_name(value: str) -> str:
    limit = ApiToken._meta.get_field("name").max_length  # noqa: SLF001  Django's documented way in
    if not value.isprintable() or not 0 < len(value) <= limit:
        message = f"a name has 1 to {limit} printable characters"
        raise ArgumentTypeError(message)
    return value


def days(value: str) -> timedelta:
    if not value.isdecimal() or not 1 <= int(value) <= MAX_DAYS:
        message = f"a whole number of days from 1 to {MAX_DAYS}"
        raise ArgumentTypeError(message)
    return timedelta(days=int(value))
