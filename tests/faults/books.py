"""Everything that the house keeps, row by row, without surrogate keys and clock times.

Two runs are equal when these are equal. A foreign key stands as the natural content of the row it
points to, so a run that gave other numbers to the same rows is the same run.
"""

from typing import Any

from django.apps import apps
from django.db import models

APPS = ("accounting", "settlement", "records", "compliance", "reference", "outbox", "frame")
# Rows that are named by their number, without a foreign key.
NAMED_BY_NUMBER = {"window_id": "settlement.Window"}


def snapshot() -> dict[str, list[Any]]:
    """Table → sorted rows, for every table of the departments and the floors below them."""
    found: dict[str, list[Any]] = {}
    natural: dict[type[models.Model], dict[Any, Any]] = {}
    for model in apps.get_models():
        if model._meta.app_label in APPS and not model._meta.proxy:
            rows = _rows(model, natural).values()
            found[model._meta.db_table] = sorted(rows, key=repr)
    return found


def _rows(model: type[models.Model], natural: dict[type[models.Model], dict[Any, Any]]):
    if model in natural:
        return natural[model]
    natural[model] = {}
    fields = [f for f in model._meta.concrete_fields if not _is_surrogate(f)]
    names = [f.attname for f in fields]
    for pk, *values in model._default_manager.values_list("pk", *names):
        row = tuple(
            (field.name, _natural(field, value, model, natural))
            for field, value in zip(fields, values, strict=True)
        )
        natural[model][pk] = row
    return natural[model]


def _natural(field, value, model, natural):
    if value is not None and field.name in NAMED_BY_NUMBER:
        return _rows(apps.get_model(NAMED_BY_NUMBER[field.name]), natural)[value]
    if value is None or not field.is_relation:
        return _without_surrogates(field.name, value)
    target = field.related_model
    if target is model or value == 0:
        # A row of the same table (a reversal, a later version): its own content tells enough.
        return bool(value)
    return _rows(target, natural).get(value, value)


def _without_surrogates(name: str, value: Any) -> Any:
    """Texts and JSON that name a row by its number lose that number."""
    if isinstance(value, memoryview):
        return bytes(value).hex()
    if name == "subject_id" and str(value).isdigit():
        return "a number"
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if not f"_{key}".endswith("_id")}
    return value


def _is_surrogate(field: models.Field) -> bool:
    if isinstance(field, models.DateTimeField):
        return True
    return field.primary_key and isinstance(field, models.AutoField | models.BigAutoField)
