"""What machines watch: alive whatever is away, ready only when all is well, figures that parse."""

import re

import pytest
import redis
from django.db import InterfaceError, OperationalError, connection

from backoffice import health

SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[a-z_]+"(,[a-z]+="[a-z_]+")*\})? -?\d+(\.\d+)?')


@pytest.fixture(params=[OperationalError, InterfaceError])
def no_database(request, monkeypatch):
    """A database that answers nobody."""

    def away(*_args, **_kwargs):
        raise request.param("server closed the connection unexpectedly")

    monkeypatch.setattr(connection, "cursor", away)


def _with_session(client):
    client.cookies["sessionid"] = "x" * 32
    return client


def test_without_a_database_the_process_is_alive_but_not_ready(client, no_database):
    client = _with_session(client)
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["database"] in {"OperationalError", "InterfaceError"}
    assert client.get("/metrics").status_code == 503


@pytest.mark.django_db
def test_without_a_broker_the_house_is_not_ready(client, monkeypatch):
    def away():
        raise redis.TimeoutError

    monkeypatch.setattr(health, "_broker", away)
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["broker"]) == (503, "TimeoutError")


@pytest.mark.django_db
def test_all_is_well(client):
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)


@pytest.mark.django_db
def test_the_figures_parse_as_prometheus_text(client):
    lines = client.get("/metrics").content.decode().splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert samples
    assert all(SAMPLE.fullmatch(line) for line in samples), samples
