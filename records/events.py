"""Facts of record-keeping."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentFiled:
    """A document stands in the records; `supersedes` is the id of the version before, or None."""

    document_id: int
    number: str
    record_class: str
    source_key: str
    sha256: str
    supersedes: int | None


@dataclass(frozen=True, slots=True)
class ContentDamaged:
    """A stored content no longer has the hash that it was filed with."""

    document_id: int
    number: str
    expected_sha256: str
    found_sha256: str
