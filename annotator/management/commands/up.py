"""`manage.py up`: the whole desk with one command; what `make run` calls."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotator.supervisor.address import Address
from annotator.supervisor.desk import run_desk
from annotator.supervisor.errors import DeskError
from annotator.supervisor.log import Console


class Command(BaseCommand):
    help = "Prepares the database and runs broker, worker and web server until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", help="where to listen (default: the host in BIND, 127.0.0.1)")
        parser.add_argument("--port", type=int, help="port to listen on (default: the port in BIND, 8000)")
        parser.add_argument(
            "--grace", type=float, default=5.0, metavar="SECONDS", help="time for running tasks to end (default: 5)"
        )
        parser.add_argument("--no-demo", action="store_true", help="do not load the demo titles on the first start")
        parser.add_argument(
            "--with-parent", action="store_true", help="stop when the process that started this one is gone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sys.stdout.reconfigure(errors="backslashreplace")  # no title may stop the log of a terminal without Unicode
        try:
            bound = Address.parse(settings.BIND)
            address = Address(options["host"] or bound.host, options["port"] or bound.port)
            run_desk(
                address=address,
                grace=options["grace"],
                demo=not options["no_demo"],
                with_parent=options["with_parent"],
                console=Console(),
            )
        except DeskError as error:
            raise CommandError(str(error)) from error
