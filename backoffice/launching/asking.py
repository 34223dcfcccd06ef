"""What the network says: is the port free, is the house ready."""

import json
import socket
import urllib.error
import urllib.request

from backoffice.launching.failures import PortTaken


def refuse_taken_port(host: str, port: int) -> None:
    """Raise PortTaken when the web server could not listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            other = port + 1 if port < 65535 else 8000
            reason = error.strerror
            raise PortTaken(host=host, port=port, other=other, reason=reason) from error


def ask_readiness(host: str, port: int) -> tuple[bool, str]:
    """Whether /readyz answers 200, and what it says otherwise."""
    near = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - asked, not listened on
    url = f"http://[{near}]:{port}/readyz" if ":" in near else f"http://{near}:{port}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - http to ourselves
            return answer.status == 200, ""
    except urllib.error.HTTPError as error:
        return False, _short(error.read())
    except (OSError, ValueError) as error:
        return False, str(error)


def _short(body: bytes) -> str:
    try:
        said: dict[str, object] = json.loads(body)
    except ValueError:
        return body[:200].decode(errors="replace")
    return ", ".join(f"{name}: {state}" for name, state in said.items() if state != "ok")
