"""Which queued obligations settle together now, and proof of how good that set is."""

from settlement.resolving.model import Mode, Objective, Problem, Resolution
from settlement.resolving.reading import parse_queue, problem_of, read_queue
from settlement.resolving.rendering import as_document, as_lines
from settlement.resolving.resolution import resolve

__all__ = [
    "Mode",
    "Objective",
    "Problem",
    "Resolution",
    "as_document",
    "as_lines",
    "parse_queue",
    "problem_of",
    "read_queue",
    "resolve",
]
