"""From the tariff book's JSON to a rule's frozen parameters, refusing what does not fit."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, get_type_hints

Params = TypeVar("Params")
Words = tuple[str, ...]


class RuleError(ValueError):
    """The tariff book names a rule that does not exist, or lacks or misstates a field of one."""


def build_params(params_class: type[Params], given: Mapping[str, Any]) -> Params:
    """The frozen params of a rule, or RuleError that names the field."""
    _refuse_misnamed(params_class, given)
    hints = get_type_hints(params_class)
    values = {name: _read(name, hints[name], value) for name, value in given.items()}
    return params_class(**values)


def require_known(field: str, values: Iterable[str], known: Collection[str]) -> None:
    """RuleError if a value is not one of the known ones; for ``__post_init__``."""
    for value in values:
        if value not in known:
            raise RuleError(f"field {field!r} has {value!r}; known are {', '.join(known)}")


def _refuse_misnamed(params_class: type[Any], given: Mapping[str, Any]) -> None:
    known = {field.name: field.default is MISSING for field in fields(params_class)}
    takes = ", ".join(known) or "no fields"
    for name in given:
        if name not in known:
            raise RuleError(f"field {name!r} is unknown; this rule takes {takes}")
    for name, is_required in known.items():
        if is_required and name not in given:
            raise RuleError(f"field {name!r} is missing")


def _read(name: str, hint: Any, value: Any) -> Any:
    try:
        return READERS[hint](value)
    except (ValueError, ArithmeticError, TypeError, AttributeError) as error:
        raise RuleError(f"field {name!r} does not take {value!r}") from error


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise TypeError
    number = Decimal(str(value))
    if not number.is_finite() or number < 0:
        raise ValueError
    return number


def _optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _words(value: Any) -> Words:
    if not isinstance(value, list | tuple) or not value:
        raise TypeError
    return tuple(_word(item) for item in value)


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _numbers(value: Any) -> dict[str, Decimal]:
    if not isinstance(value, Mapping):
        raise TypeError
    return {_word(key): _number(item) for key, item in value.items()}


def _records(value: Any) -> tuple[dict[str, str], ...]:
    if not isinstance(value, list | tuple) or not value:
        raise TypeError
    return tuple({_word(key): _word(text) for key, text in item.items()} for item in value)


READERS: dict[Any, Callable[[Any], Any]] = {
    Decimal: _number,
    Decimal | None: _optional(_number),
    Words: _words,
    Words | None: _optional(_words),
    str: _word,
    str | None: _optional(_word),
    bool: _flag,
    date: date.fromisoformat,
    dict[str, Decimal]: _numbers,
    dict[str, Decimal] | None: _optional(_numbers),
    tuple[dict[str, str], ...]: _records,
}
