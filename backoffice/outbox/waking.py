"""Wake a worker. The message is a hint: without it, beat and the reconciler find the row."""

from contextvars import copy_context
from threading import Thread
from typing import Any

import structlog
from celery import Celery, current_app
from kombu.exceptions import OperationalError

# How long a person at the counter may wait for a broker that does not answer, in seconds.
PATIENCE = 0.5
log = structlog.get_logger(__name__)


class _Messenger(Thread):
    """Carries one hint. Who sends it does not wait for a broker that is slow or frozen."""

    # The messenger that was not back in time; while it is away no other is sent.
    late: "_Messenger | None" = None

    def __init__(self, task: str, arguments: dict[str, str]) -> None:
        super().__init__(name=f"wake {task}", daemon=True)
        self.delivered = False
        # Taken here: application and request id belong to the thread that asks.
        app: Any = current_app
        self._app: Celery = app._get_current_object()  # noqa: SLF001
        self._context = copy_context()
        self._task, self._arguments = task, arguments

    def run(self) -> None:
        self._context.run(self._carry)

    def _carry(self) -> None:
        try:
            self._app.send_task(self._task, kwargs=self._arguments, retry=False, ignore_result=True)
            self.delivered = True
        except (OperationalError, OSError, TimeoutError) as error:
            log.warning(
                "broker away, the reconciler will drive the row", task=self._task, error=str(error)
            )


def wake(task: str, **arguments: str) -> bool:
    """Send a hint for `task`; True when the broker took it within `PATIENCE`.

    Never raises for a broker's fault, and never waits longer: a frozen broker keeps a connection
    open for many seconds. The first to meet it waits, those who come meanwhile do not.
    """
    if _Messenger.late is not None and _Messenger.late.is_alive():
        return False
    messenger = _Messenger(task, arguments)
    messenger.start()
    messenger.join(PATIENCE)
    _Messenger.late = messenger if messenger.is_alive() else None
    return messenger.delivered
