from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class AnnotatorConfig(AppConfig):
    name = "annotator"
    verbose_name = _("Lineup Desk")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from annotator import checks  # noqa: F401, PLC0415  registering needs the app registry
        from annotator.domain.name_index import make_name_index  # noqa: PLC0415  the same
        from annotator.domain.title_index import make_title_index  # noqa: PLC0415  the same
        from annotator.migration_locks import limit_lock_wait, unlimit_lock_wait  # noqa: PLC0415  the same
        from annotator.settings.error_reports import report_errors_to  # noqa: PLC0415  the same

        report_errors_to(settings.SENTRY_DSN, release=settings.REVISION)
        pre_migrate.connect(limit_lock_wait, sender=self)
        post_migrate.connect(unlimit_lock_wait, sender=self)
        post_migrate.connect(make_name_index, sender=self)
        post_migrate.connect(make_title_index, sender=self)
