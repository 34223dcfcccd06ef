"""Column types of the ledger."""

from typing import Any

from django.core.checks import CheckMessage
from django.db import models


class AmountField(models.DecimalField):  # type: ignore[type-arg]
    """A decimal of any size: PostgreSQL's plain `numeric`, which keeps each amount's own scale.

    The currency says how many decimals an amount has (THB 2, KWD 3, a commodity its own), so the
    column must not pad or cut.
    """

    description = "amount"

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Field checks, without DecimalField's demand for a fixed number of digits."""
        return models.Field.check(self, **kwargs)

    def db_type(self, connection: Any) -> str:  # noqa: ARG002  (Django's signature)
        """Plain `numeric`."""
        return "numeric"
