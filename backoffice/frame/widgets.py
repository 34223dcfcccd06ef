"""Fields of the desk's forms that the theme does not have."""

from datetime import date
from typing import Any

from unfold.widgets import UnfoldAdminTextInputWidget


class DayInput(UnfoldAdminTextInputWidget):
    """The browser's own date field: a calendar in the reader's language, without a script.

    The theme's field gets its calendar from a script when the page loads, so in a dialog, which
    comes later, it had none.
    """

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "off"})

    def format_value(self, value: Any) -> str | None:
        """The day as the field wants it."""
        return value.isoformat() if isinstance(value, date) else value
