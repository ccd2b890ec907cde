"""How often beat sends a task."""

from datetime import datetime

from celery.schedules import schedstate, schedule


class Every(schedule):
    """Every so many seconds, also after the clock was set back: Celery would send nothing until it is where it was."""

    def is_due(self, last_run_at: datetime) -> schedstate:
        return super().is_due(last_run_at) if last_run_at <= self.now() else schedstate(is_due=True, next=self.seconds)
