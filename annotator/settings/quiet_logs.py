"""The schedule looks after things several times a minute: that it did is no news, that it failed is."""

import logging

HOUSEKEEPING = ("lineup.tag.recover_lost_work", "lineup.hook.tell", "lineup.hook.check_alerts")
TOLD_BY = ("celery.beat", "celery.worker.strategy", "celery.app.trace")
# Beat names a task by its place in the schedule, too.
SCHEDULED = ("recover-lost-work", "tell-webhooks", "check-alerts")


class NoHousekeeping(logging.Filter):
    """Leaves out that such a task was sent, received and done; warnings and errors stay."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno > logging.INFO or record.name not in TOLD_BY:
            return True
        message = record.getMessage()
        return not any(name in message for name in (*HOUSEKEEPING, *SCHEDULED))
