"""feedkit.toml read to a Config; errors name the key and the line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import ConfigError, show
from ..files import read_file
from ..limits import DATA_BYTES, SETTINGS_BYTES
from ..syntax import LESS, explain, list_words, name_unknown
from . import Config
from .feed_info import About, DataSettings
from .ids import Ids, check_given

if TYPE_CHECKING:
    from ..syntax import Path as Keys


def load_config(path: str | Path) -> Config:
    """Return the settings of a feedkit.toml.

    Raises:
        ConfigError: The file cannot be read, is no TOML, or has an unknown key or value.
    """
    name, tables = str(path), dict[str, Any]()
    try:
        text = _read_text(path)
        tables = tomllib.loads(text)
        _check_names(tables)
        folder = Path(path).parent
        config = msgspec.convert(tables, Config)
        if config.data != DataSettings():
            from .taxonomy import add_known  # with all that reads records

            config = add_known(config, tables, folder)
        given = _read_ids(folder, config.ids)
        ids = msgspec.structs.replace(config.ids)
        msgspec.structs.force_setattr(ids, "given", given)
        msgspec.structs.force_setattr(config, "ids", ids)
        return config
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(name, 0, "", reason) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\(at line (\d+)", str(error))
        raise ConfigError(name, int(line[1]) if line else 0, "", str(error)) from error
    except RecursionError as error:
        raise ConfigError(name, 0, "", "nested too deep") from error
    except msgspec.ValidationError as error:
        key, found, wanted = _explain(_name_keys(str(error), tables))
        if found == LESS:
            found = str(_look_up(tables, key))
        raise ConfigError(name, _find_line(text, key), key, found, wanted) from error
    except ConfigError as error:
        if error.name:  # the file of ids, or a data file
            raise
        line_number = _find_line(text, error.field)
        raise ConfigError(name, line_number, error.field, error.found, error.wanted) from error
    except ValueError as error:  # more digits than Python reads
        raise ConfigError(name, 0, "", str(error)) from error


def list_own_names(path: str | Path, config: Config) -> dict[str, list[str]]:
    """Return the topics and providers that a feedkit.toml names, and no data file knows.

    Args:
        path: The file.
        config: What `load_config` made of it.

    Raises:
        ConfigError: It, or a data file, can no longer be read.
    """
    from .taxonomy import list_own

    try:
        tables = tomllib.loads(_read_text(path))
        return list_own(config, tables, Path(path).parent)
    except (OSError, ValueError) as error:  # it was replaced since
        raise ConfigError(str(path), 0, "", str(error)) from error


def _read_text(path: str | Path) -> str:
    text = read_file(path, SETTINGS_BYTES).decode("utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _name_keys(reason: str, tables: dict[str, Any]) -> str:
    """Return a decoder's complaint with the names of the keys that it calls ``[...]``."""
    start, mark, where = reason.rpartition(" - at `$")
    first, *rest = where.split("[...]")
    above = _read_path(first)
    for part in rest:
        name = next(iter(_find_guilty(reason, tables, above)), None)
        if name is None:
            break
        first += f".{name}" if above[0] in ("feeds", "records") else f'."{name}"'
        tables = _replace(tables, above, {name: _get(tables, above)[name]})
        first, above = first + part, (*above, name, *_read_path(part))
    else:
        return start + mark + first
    return reason


def _find_line(text: str, key: str) -> int:
    from ..syntax.lines import find_line  # which only errors need

    return find_line(text, key)


def _find_guilty(reason: str, tables: dict[str, Any], above: Keys) -> Iterator[str]:
    """Yield the keys of the table at `above` that alone cause the same error."""
    for name, value in _get(tables, above).items():
        try:
            msgspec.convert(_replace(tables, above, {name: value}), Config)
        except msgspec.ValidationError as error:
            if str(error) == reason:
                yield name
        except ConfigError:
            pass


def _read_path(where: str) -> Keys:
    return tuple(int(part) if part.isdigit() else part for part in re.findall(r"\w+", where))


def _get(tables: Any, path: Keys) -> Any:
    for part in path:
        tables = tables[part]
    return tables


def _replace(tables: Any, path: Keys, value: object) -> Any:
    """Return a copy of `tables` with another value at `path`."""
    if not path:
        return value
    changed = dict(enumerate(tables)) if isinstance(tables, list) else dict(tables)
    changed[path[0]] = _replace(changed[path[0]], path[1:], value)
    return [*changed.values()] if isinstance(tables, list) else changed


def _look_up(tables: Any, key: str) -> object:
    """Return the value at a key, as ``feeds.limit``."""
    for name in key.split("."):
        tables = tables[name]
    return tables


def _explain(reason: str) -> tuple[str, str, str]:
    """Return the key, what was found and what was expected, from a decoder's error."""
    if named := re.fullmatch(r"Invalid enum value '(.*)' - at `key` in `\$\.(.*)`", reason):
        return name_unknown(named[2], named[1], _list_choices(named[2], "key"))
    key, found, wanted = explain(reason)
    if unknown := re.fullmatch("Object contains unknown field `(.*)`", found):
        return name_unknown(key, unknown[1], _list_keys(key))
    if invalid := re.fullmatch("Invalid enum value (.*)", found):
        where, place = key.partition("[")[0], "member" if "[" in key else ""
        choices = _list_choices(where, place) or _list_choices(where.rpartition(".")[0], "member")
        return key, invalid[1], f"one of {', '.join(map(repr, choices))}"
    return key, found, wanted


def _list_choices(key: str, place: str) -> list[str]:
    """Return the values that are allowed at `key`, as its value, key or member."""
    section, _, name = key.rpartition(".")
    kinds = {field.name: field.type for field in _list_fields(_find_kind(section))}
    return [*list_words(kinds.get(name), place)]


def _check_names(tables: dict[str, Any]) -> None:
    known = _list_keys("")
    for name in tables:
        if name not in known:
            raise ConfigError("", 0, *name_unknown("", name, known))


def _list_keys(section: str) -> list[str]:
    """Return the keys of a section such as ``feeds``; none if any key is allowed."""
    return [field.name for field in _list_fields(_find_kind(section))]


def _find_kind(section: str) -> object:
    is_about = re.fullmatch(r'(topics|providers)\.".*"', section)
    kind: object = About if is_about else Config
    for name in section.split(".") if section and not is_about else ():
        known = {field.name: field.type for field in _list_fields(kind)}
        kind = known.get(name)
    return kind


def _list_fields(kind: object) -> tuple[msgspec.structs.FieldInfo, ...]:
    is_struct = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    return msgspec.structs.fields(kind) if is_struct else ()  # type: ignore[arg-type]


def _read_ids(folder: Path, ids: Ids) -> dict[str, str]:
    """Return the ids of feedkit.toml and of the file of ids, which may be missing."""
    file = ids.file
    path = folder / (file or "ids.json")
    name, text = str(path), ""
    try:
        text = read_file(path, DATA_BYTES).decode("utf-8-sig")
        entries = json.loads(text, object_pairs_hook=_Entries)
        if not isinstance(entries, _Entries):
            raise ConfigError("", 0, "", show(entries), "an object: ids by URL")
        return check_given(entries, said=ids.given)
    except FileNotFoundError as error:
        if not file:
            return ids.given
        found = f"{show(file)} ({error.strerror})"
        raise ConfigError("", 0, "ids.file", found, "a file beside feedkit.toml") from error
    except ConfigError as error:
        if error.name:  # it is no file
            raise
        line = _find_entry(text, error.field)
        raise ConfigError(name, line, error.field, error.found, error.wanted) from error
    except json.JSONDecodeError as error:
        raise ConfigError(name, error.lineno, "", error.msg) from error
    except RecursionError as error:
        raise ConfigError(name, 0, "", "nested too deep") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(name, 0, "", reason) from error


class _Entries(list[tuple[str, object]]):
    """The members of a JSON object in order, repeated ones included."""

    def __repr__(self) -> str:
        return "an object"


def _find_entry(text: str, entry: str) -> int:
    """Return the line of the last use of a quoted key, 0 if it is spelt otherwise."""
    places = [match.start() for match in re.finditer(rf"{re.escape(entry)}\s*:", text)]
    return text.count("\n", 0, places[-1]) + 1 if entry and places else 0
