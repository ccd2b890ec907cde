"""Two things at the same moment, each on its own database connection."""

import threading
from collections.abc import Callable

from django.db import connection

KEY_LOCKS = int(connection.vendor == "postgresql")  # the query by which domain.artists holds names there


def run_at_once(*functions: Callable[[], object]) -> list[object]:
    """Starts each function in its own thread behind one barrier; returns what each returned or raised, in order."""
    answers: list[object] = [None] * len(functions)
    barrier = threading.Barrier(len(functions))

    def run(index: int, function: Callable[[], object]) -> None:
        barrier.wait()
        try:
            answers[index] = function()
        except Exception as error:  # noqa: BLE001  the test looks at it
            answers[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers
