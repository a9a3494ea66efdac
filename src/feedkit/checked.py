"""Settings made in Python, held to the types that feedkit.toml is held to. Pure.

msgspec checks what it decodes and nothing that a constructor is given. Each table of the settings
calls `check_fields` when it is made, which converts its values by the types of its fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, get_args

import msgspec

from .errors import ConfigError, show
from .explain import explain, list_words, name_unknown
from .limits import DESCRIPTION_CHARACTERS, SETTING_CHARACTERS, URL_CHARACTERS

#: Texts that may be longer than others, by the names of their fields.
_LONG = {
    "description": DESCRIPTION_CHARACTERS,
    **dict.fromkeys(("url", "home", "hub"), URL_CHARACTERS),
}


class _Empty(msgspec.Struct):
    table: dict[str, str] = {}


_PACKAGE = __name__.rpartition(".")[0] + "."
#: What msgspec keeps of a default that is made anew for each struct.
_MADE = type(_Empty.__struct_defaults__[0])


class _Field(NamedTuple):
    name: str
    type: Any
    default: object
    #: The class of a table, or of each of several tables by name.
    table: type[msgspec.Struct] | None
    is_several: bool


def check_fields(settings: msgspec.Struct, section: str) -> None:
    """Raise a ConfigError for a value that no feedkit.toml may hold; complete all others.

    Args:
        settings: A table, while it is made.
        section: What feedkit.toml calls it, empty for all of it.
    """
    if _is_plainly_right(settings):  # looking at all types would take a millisecond
        return
    fields = _list_fields(type(settings))
    values = {field.name: getattr(settings, field.name) for field in fields}
    if all(_is_plain(values[field.name], field) for field in fields):
        return
    prefix = f"{section}." if section else ""
    for field in fields:
        if field.table:
            _check_tables(prefix + field.name, values[field.name], field)
        else:
            values[field.name] = _lower(values[field.name])
    try:
        found = msgspec.convert(values, _find_loose(type(settings)))
    except (msgspec.ValidationError, UnicodeEncodeError):  # the latter of a key
        raise _find_fault(prefix, fields, values) from None
    for field in fields:
        msgspec.structs.force_setattr(settings, field.name, getattr(found, field.name))


def _is_plainly_right(settings: msgspec.Struct) -> bool:
    """Return whether every field has its default, any text or truth value, or a checked table."""
    kind = type(settings)
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    annotations = kind.__annotations__
    missing = (_MADE,) * (len(names) - len(defaults))
    for name, default in zip(names, missing + defaults, strict=True):
        value = getattr(settings, name)
        found, wanted = type(value), annotations.get(name, "")
        if value is default or (value == {} and found is dict and type(default) is _MADE):
            continue
        if found in (str, bool) and wanted == found.__name__:
            continue
        is_table = hasattr(found, "__post_init__") and found.__module__.startswith(_PACKAGE)
        if not is_table or found.__name__ != wanted:
            return False
    return True


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
def _list_fields(kind: type[msgspec.Struct]) -> tuple[_Field, ...]:
    return tuple([_describe_field(field) for field in msgspec.structs.fields(kind)])


def _describe_field(field: msgspec.structs.FieldInfo) -> _Field:
    kinds = [one for one in (field.type, *get_args(field.type)) if isinstance(one, type)]
    tables = [one for one in kinds if issubclass(one, msgspec.Struct)]
    table = tables[0] if tables and hasattr(tables[0], "__post_init__") else None
    is_several = table is not None and table is not field.type
    return _Field(field.name, field.type, field.default, table, is_several)


@lru_cache
def _find_loose(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return a struct of the same fields that checks nothing else; other tables are any value."""
    fields = [(field.name, Any if field.table else field.type) for field in _list_fields(kind)]
    return msgspec.defstruct(kind.__name__, fields, kw_only=True)


def _is_plain(value: object, field: _Field) -> bool:
    """Return whether a value needs no look: it is the default, or a text that may be any."""
    return value is field.default or (type(value) is field.type and field.type in (str, bool))


def _check_tables(key: str, value: object, field: _Field) -> None:
    wanted = f"a feedkit.{field.table.__name__}" if field.table else ""
    if not field.is_several:
        if not isinstance(value, field.table or object):
            raise ConfigError("", 0, key, show(value), wanted)
        return
    if not isinstance(value, Mapping):
        raise ConfigError("", 0, key, show(value), f"a mapping of names to {wanted[2:]}")
    for name, one in value.items():
        if not isinstance(name, str) or not isinstance(one, field.table or object):
            raise ConfigError("", 0, f"{key}.{_show_name(name)}", show(one), wanted)


def _show_name(name: object) -> str:
    return f'"{str.__str__(name)}"' if isinstance(name, str) else show(name)


def _lower(value: object) -> object:
    """Return a value as a decoder of TOML would give it; sets, which have no order, stay unfit."""
    from .plain import make_plain  # which settings that are read from a file hardly need

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


def _find_fault(prefix: str, fields: tuple[_Field, ...], values: dict[str, Any]) -> ConfigError:
    for field in fields:
        kind, value = (Any if field.table else field.type), values[field.name]
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
        key: Of the member, where the value is a mapping.
        value: As it was given.
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
