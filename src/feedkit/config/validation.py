"""Type checks of settings that are made in Python, as strict as those of feedkit.toml. Pure.

msgspec checks what it decodes, but no arguments of constructors. Each table of the settings calls
`check_fields` when it is made, which converts its values by the types of its fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, get_args

import msgspec

from ..errors import ConfigError, show
from ..limits import DESCRIPTION_CHARACTERS, SETTING_CHARACTERS, URL_CHARACTERS
from ..syntax import explain, list_words, name_unknown

#: Texts that may be longer than others, by the names of their fields.
_LONG = {
    "description": DESCRIPTION_CHARACTERS,
    **dict.fromkeys(("url", "home", "hub"), URL_CHARACTERS),
}
_PACKAGE = __name__.rpartition(".")[0] + "."
#: Levels of lists and mappings in the value of a setting; the schema has two.
_DEEPEST = 4


def check_fields(settings: msgspec.Struct, section: str) -> None:
    """Raise a ConfigError for a value that no feedkit.toml may hold; complete all others.

    Args:
        settings: A table, while it is made.
        section: What feedkit.toml calls it, empty for all of it.
    """
    unsure = _list_unsure(settings)
    if not unsure or _convert_exact(settings, unsure):  # all types would take a millisecond
        return
    fields = _list_fields(type(settings))
    values = {field.name: getattr(settings, field.name) for field in fields}
    prefix = f"{section}." if section else ""
    for field in fields:
        if table := _find_table(field.type):
            _check_tables(prefix + field.name, values[field.name], field.type, table)
        else:
            values[field.name] = _lower(values[field.name])
    try:
        found = msgspec.convert(values, _find_loose(type(settings)))
    except (msgspec.ValidationError, UnicodeEncodeError):  # the latter of a key
        raise _find_fault(prefix, fields, values) from None
    for field in fields:
        msgspec.structs.force_setattr(settings, field.name, getattr(found, field.name))


def _list_unsure(settings: msgspec.Struct) -> list[str]:
    """Return the fields that need a look at their types.

    None needs it that has its default, any text or truth value, or a table that was checked.
    """
    kind = type(settings)
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    annotations = kind.__annotations__
    missing = (msgspec.NODEFAULT,) * (len(names) - len(defaults))
    unsure = []
    for name, default in zip(names, missing + defaults, strict=True):
        value = getattr(settings, name)
        found, wanted = type(value), annotations.get(name, "")
        # A default that is made anew for each table is stored as what makes it.
        is_empty = found is dict and not value and getattr(default, "factory", None) is dict
        if value is default or is_empty:
            continue
        if found in (str, bool) and wanted == found.__name__:
            continue
        is_table = hasattr(found, "__post_init__") and found.__module__.startswith(_PACKAGE)
        if not is_table or found.__name__ != wanted:
            unsure.append(name)
    return unsure


def _convert_exact(settings: msgspec.Struct, names: list[str]) -> bool:
    """Convert the values of some fields if all are as a decoder of TOML gives them.

    Returns:
        False if one is not, or is not what its field wants; then nothing was changed.
    """
    kind = type(settings)
    values = [getattr(settings, name) for name in names]
    if not all(map(_is_exact, values)):
        return False
    wanted = [_find_type(kind, name) for name in names]
    if any(_find_table(one) for one in wanted):
        return False
    try:
        found = [msgspec.convert(*pair) for pair in zip(values, wanted, strict=True)]
    except (msgspec.ValidationError, UnicodeEncodeError):
        return False
    for name, value in zip(names, found, strict=True):
        msgspec.structs.force_setattr(settings, name, value)
    return True


def _is_exact(value: object, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        return False
    if type(value) in (list, tuple):
        return all(_is_exact(one, depth + 1) for one in value)  # type: ignore[attr-defined]
    if type(value) is dict:
        return all(type(key) is str and _is_exact(value[key], depth + 1) for key in value)
    return type(value) in (str, int, bool, float)


@lru_cache
def _find_type(kind: type[msgspec.Struct], name: str) -> Any:
    """Return the type of one field, without those of all others."""
    owner: Any = next(one for one in kind.__mro__ if name in one.__annotations__)
    return eval(owner.__annotations__[name], owner.__post_init__.__globals__)  # noqa: S307


def _find_table(kind: Any) -> type[msgspec.Struct] | None:
    """Return the class of the table, or tables, that a type of a field names."""
    kinds = [one for one in (kind, *get_args(kind)) if isinstance(one, type)]
    tables = [one for one in kinds if issubclass(one, msgspec.Struct)]
    return tables[0] if tables and hasattr(tables[0], "__post_init__") else None


def check_lengths(settings: msgspec.Struct, section: str) -> None:
    """Raise a ConfigError for a text of a table that is too long."""
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if type(value) is str:
            check_length(f"{section}.{name}", value, _LONG.get(name, SETTING_CHARACTERS))


def check_length(key: str, text: str, most: int) -> None:
    """Raise a ConfigError if the value of `key` has more than `most` characters."""
    if len(text) > most:
        found = f"{len(text):,} characters"
        raise ConfigError("", 0, key, found, f"at most {most:,} characters")


@lru_cache
def _list_fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


@lru_cache
def _find_loose(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return a struct of the same fields that checks nothing else; other tables are any value."""
    fields = [(field.name, _find_loose_type(field)) for field in _list_fields(kind)]
    return msgspec.defstruct(kind.__name__, fields, kw_only=True)


def _find_loose_type(field: msgspec.structs.FieldInfo) -> Any:
    return Any if _find_table(field.type) else field.type


def _check_tables(key: str, value: object, kind: object, table: type[msgspec.Struct]) -> None:
    """Raise a ConfigError if a value is no table, or no mapping of names to tables.

    Args:
        key: The key in feedkit.toml.
        value: The value as it was given.
        kind: The type of the field.
        table: As `_find_table` returns it for that type.
    """
    wanted = f"a feedkit.{table.__name__}"
    if kind is table:
        if not isinstance(value, table):
            raise ConfigError("", 0, key, show(value), wanted)
        return
    if not isinstance(value, Mapping):
        raise ConfigError("", 0, key, show(value), f"a mapping of names to {wanted[2:]}")
    try:
        items = list(value.items())
    except Exception as error:
        raise ConfigError("", 0, key, show(value), f"a mapping of names to {wanted[2:]}") from error
    for name, one in items:
        if not isinstance(name, str) or not isinstance(one, table):
            raise ConfigError("", 0, f"{key}.{_show_name(name)}", show(one), wanted)


def _show_name(name: object) -> str:
    return f'"{str.__str__(name)}"' if isinstance(name, str) else show(name)


def _lower(value: object) -> object:
    """Return a value as a decoder of TOML would give it; sets, which have no order, stay unfit."""
    from ..syntax import make_plain  # which settings that are read from a file hardly need

    return _mark_sets(make_plain(value))


def _mark_sets(value: object) -> object:
    if isinstance(value, list):
        return [_mark_sets(one) for one in value]
    if isinstance(value, dict):
        return {key: _mark_sets(one) for key, one in value.items()}
    return _Unordered() if isinstance(value, set | frozenset) else value


class _Unordered:
    def __repr__(self) -> str:
        return "a set"


def _find_fault(
    prefix: str, fields: tuple[msgspec.structs.FieldInfo, ...], values: dict[str, Any]
) -> ConfigError:
    for field in fields:
        kind, value = _find_loose_type(field), values[field.name]
        for key, one in _split_value(value):
            try:
                msgspec.convert(one, kind)
            except UnicodeEncodeError:
                return ConfigError("", 0, prefix + field.name, show(value), "whole characters")
            except msgspec.ValidationError as error:
                return _explain_fault(prefix + field.name, key, value, field.type, str(error))
    return ConfigError("", 0, prefix.rstrip("."), show(values))


def _split_value(value: object) -> Iterator[tuple[str, object]]:
    """Yield the members of a mapping apart, and any other value as it is."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield f".{key}" if isinstance(key, str) else f".{show(key)}", {key: one}
    else:
        yield "", value


def _explain_fault(setting: str, key: str, value: Any, kind: object, reason: str) -> ConfigError:
    """Return the error of a decoder's complaint about one value.

    Args:
        setting: The key in feedkit.toml.
        key: The key of the member, if the value is a mapping.
        value: The value as it was given.
        kind: What it should be.
        reason: The complaint.
    """
    if named := re.match(r"Invalid enum value '(.*)' - at `key`", reason):
        return ConfigError("", 0, *name_unknown(setting, named[1], [*list_words(kind, "key")]))
    where, found, wanted = explain(re.sub(r"got `_?[A-Z]\w*`", "got `object`", reason))
    inner = where.removeprefix("[...]")
    if re.match("Invalid enum value ", found):
        place = "member" if key or inner else ""
        wanted = f"one of {', '.join(map(repr, list_words(kind, place)))}"
    shown = value[key[1:]] if key and key[1:] in value else value
    for place in re.findall(r"\[(\d+)\]", inner):
        shown = shown[int(place)]
    is_whole = re.fullmatch(r"(\[\d+\])*", inner)
    return ConfigError("", 0, setting + key + inner, show(shown) if is_whole else found, wanted)
