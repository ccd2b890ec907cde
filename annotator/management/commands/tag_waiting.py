"""`manage.py tag_waiting`: tags what is still new, without worker or broker."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotator import taggers
from annotator.domain.tagging import find_new_title_ids, tag_titles
from annotator.enums import TitleState
from annotator.exceptions import ModelUnavailable
from annotator.models import Title


class Command(BaseCommand):
    help = "Tags the titles that are still new, here and now. Needs no worker and no broker; workers may run beside it."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tagged = self._tag()
        except ModelUnavailable as error:
            raise CommandError(error.message) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. The same command goes on where it was.", returncode=130) from error
        self.stdout.write(f"{tagged} titles tagged.")

    def _tag(self) -> int:
        tagged = last = 0
        new = Title.objects.filter(state=TitleState.NEW).count()
        with tqdm(total=new, unit="title", desc="tagging", file=sys.stderr) as bar:
            while ids := find_new_title_ids(limit=settings.TAG_CHUNK, after=last):
                tagger, model_version = taggers.active_tagger()
                tagged += tag_titles(ids, tagger=tagger, model_version=model_version).tagged
                last = ids[-1]
                bar.update(len(ids))
        return tagged
