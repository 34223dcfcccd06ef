"""Django-aware bases: append-only tables, audit, idempotency, problem+json, cursors, admin."""
