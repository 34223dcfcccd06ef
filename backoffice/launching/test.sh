#!/bin/sh
# The whole suite on embedded servers of its own; they are stopped afterwards, whatever came out,
# unless another run of tests still uses them.
trap : INT TERM # pytest ends in its own way first
.venv/bin/python -m pytest "$@"
code=$?
.venv/bin/python -m backoffice.launching stop-tests || code=1
exit $code
