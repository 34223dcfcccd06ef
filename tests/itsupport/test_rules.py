"""Pure rules of the helpdesk."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsupport import rules

levels = st.integers(1, 3)
moments = st.datetimes(
    min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
)


@given(levels, levels, levels)
def test_more_impact_or_urgency_is_never_less_priority(impact, urgency, other):
    if other <= impact:
        assert rules.priority(other, urgency) <= rules.priority(impact, urgency)
    assert rules.priority(impact, urgency) == rules.priority(urgency, impact)


def test_the_corners_of_the_matrix():
    corners = [
        rules.priority(1, 1),
        rules.priority(1, 3),
        rules.priority(2, 2),
        rules.priority(3, 3),
    ]
    assert corners == [1, 3, 3, 4]


@given(moments, st.integers(1, 3))
def test_the_more_urgent_is_promised_sooner(opened_at, level):
    response, resolution = rules.due_times(opened_at, level)
    later_response, later_resolution = rules.due_times(opened_at, level + 1)
    assert opened_at < response < resolution
    assert response < later_response
    assert resolution < later_resolution


@given(st.lists(st.sampled_from(sorted(rules.ACTS)), max_size=12))
def test_no_walk_leaves_the_known_states_and_close_follows_resolve(acts):
    state, walked = "new", []
    for act in acts:
        try:
            state = rules.state_after(act, state, ticket="IT-1")
        except rules.WrongState:
            continue
        walked.append(act)
        assert state in rules.STATES
        if act == "close":
            assert walked[-2] == "resolve"


@given(st.text(max_size=400))
def test_a_title_is_one_line_and_stays_as_it_is(text):
    try:
        found = rules.title(text)
    except rules.BadTicket:
        assert not text.strip()
        return
    assert len(found) <= 200
    assert rules.title(found) == found


def test_a_refused_act_names_the_ticket_in_both_languages():
    with pytest.raises(rules.WrongState) as refused:
        rules.state_after("close", "new", ticket="IT-000007")
    assert "IT-000007" in refused.value.text("en")
    assert "IT-000007" in refused.value.text("th")
