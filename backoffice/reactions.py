"""Who hears what: every subscription, decision and job of the house on one page.

SUBSCRIPTIONS  event class → functions(event=, at=), run by the outbox, each once.
DECISIONS      work item kind → function(payload=, approved=, actor=, at=), run when a checker
               decides, in the same transaction.
JOBS           job kind → function(claim=, clock=), run by a worker that holds the claim.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

SUBSCRIPTIONS: Mapping[type[Any], Sequence[Callable[..., None]]] = {}

DECISIONS: Mapping[str, Callable[..., None]] = {}

JOBS: Mapping[str, Callable[..., None]] = {}
