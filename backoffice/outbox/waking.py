"""Wake a worker. The message is a hint: without it, beat and the reconciler find the row."""

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def wake(task: str, **arguments: str) -> bool:
    """Send a hint for `task`; True when the broker took it. Never raises for a broker's fault."""
    try:
        current_app.send_task(task, kwargs=arguments, retry=False, ignore_result=True)
    except (OperationalError, OSError, TimeoutError) as error:
        log.warning("broker away, the reconciler will drive the row", task=task, error=str(error))
        return False
    return True
