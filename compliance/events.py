"""Facts of compliance."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartiesOnboarded:
    """Parties were entered; `status` is "onboarding" (a second person must decide) or "active"."""

    party_ids: list[int]
    codes: list[str]
    status: str


@dataclass(frozen=True, slots=True)
class PartyActivated:
    """A party may be dealt with from now on."""

    party_id: int
    code: str


@dataclass(frozen=True, slots=True)
class PartyBlocked:
    """A party may no longer be dealt with; a hold stands on it."""

    party_id: int
    code: str
    hold_id: int


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """Nothing of this subject moves from now on. The reason stays with compliance."""

    hold_id: int
    subject_kind: str
    subject_ref: str


@dataclass(frozen=True, slots=True)
class HoldReleased:
    """One hold of this subject ended; `still_held` tells whether others stand."""

    hold_id: int
    subject_kind: str
    subject_ref: str
    still_held: bool
