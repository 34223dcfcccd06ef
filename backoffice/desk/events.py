"""Facts of the desk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkItemClosed:
    """An item was answered, approved, rejected or cancelled."""

    item_id: int
    kind: str
    subject_kind: str
    subject_ref: str
    state: str
    requested_by: int | None
