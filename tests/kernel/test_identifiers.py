from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel import identifiers as ids

AT = datetime(2026, 11, 23, 9, 30, 0, 123_456, tzinfo=UTC)
NAIVE = AT.replace(tzinfo=None)
moments = st.datetimes(
    min_value=NAIVE.replace(year=1970), max_value=NAIVE.replace(year=9998), timezones=st.just(UTC)
)


@given(moments, st.integers(0, 2**74 - 1))
def test_ids_are_version_7_and_carry_their_time(at, randomness):
    made = ids.time_ordered_id(at=at, randomness=randomness)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert timedelta(0) <= at - ids.moment_of(made) < timedelta(milliseconds=1)
    assert made == ids.time_ordered_id(at=at, randomness=randomness)


@given(moments, moments, st.integers(0, 2**74 - 1))
def test_ids_sort_by_time(first, second, randomness):
    one = ids.time_ordered_id(at=first, randomness=randomness)
    other = ids.time_ordered_id(at=second, randomness=2**74 - 1 - randomness)
    if second - first >= timedelta(milliseconds=1):
        assert one < other
        assert str(one) < str(other)


def test_the_example_of_rfc_9562():
    at = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    made = ids.time_ordered_id(at=at, randomness=0xCC3 << 62 | 0x18C4DC0C0C07398F)
    assert str(made) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_fresh_ids_differ():
    assert len({ids.new_id(at=AT) for _ in range(100)}) == 100


@pytest.mark.parametrize(("at", "randomness"), [(NAIVE, 1), (AT, 2**74), (AT, -1)])
def test_bad_arguments(at, randomness):
    with pytest.raises(ValueError, match="must"):
        ids.time_ordered_id(at=at, randomness=randomness)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (ids.require_isin, "TH0001010014", ["TH0001010015", "th0001010014", "", "TH000101001๔"]),
        (ids.require_lei, "5493001KJTIIGC8Y1R12", ["5493001KJTIIGC8Y1R13", "5493 001KJTIIGC8Y1"]),
        (ids.require_bic, "BKKBTHBK", ["BKKBTHB", "bkkbthbk", "BKKBTHBKXX", "BKKBTHBK\n"]),
        (ids.require_iban, "GB82WEST12345698765432", ["GB82WEST12345698765433", "GB82 WEST", ""]),
        (ids.require_thai_tax_id, "0994000617721", ["0994000617722", "๐๙๙๔๐๐๐๖๑๗๗๒๑"]),
    ],
)  # fmt: skip
def test_check_digits(check, good, bad):
    assert check(good) == good
    for text in bad:
        with pytest.raises(ids.IdentifierRefused):
            check(text)


def test_thai_tax_id_is_compacted():
    assert ids.require_thai_tax_id("0-9940-00617-72-1") == "0994000617721"
