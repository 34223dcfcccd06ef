"""The small market that trades are captured in."""

import pytest

from tests.settlement import desk


@pytest.fixture
def furnished(system, at):
    desk.furnish(actor=system, at=at)


@pytest.fixture
def take(system, at):
    return lambda *drafts: desk.capture(*drafts, actor=system, at=at).ids
