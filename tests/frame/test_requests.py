"""One id a request: taken when well formed, made otherwise, and gone when the request is."""

import pytest
from structlog.contextvars import get_contextvars


def test_a_well_formed_id_is_taken(client):
    assert (
        client.get("/healthz", headers={"x-request-id": "abc-12345"})["X-Request-ID"] == "abc-12345"
    )


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "spaces in it", "ไทยไทยไทย"])
def test_another_is_replaced(client, given):
    answered = client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"]
    assert answered != given
    assert len(answered) == 32


def test_nothing_of_it_stays_in_the_thread(client):
    client.get("/healthz")
    assert "request_id" not in get_contextvars()
