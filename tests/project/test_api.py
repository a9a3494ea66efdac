"""The public names: which there are, how they are called, and what they say of themselves."""

import ast
import inspect
import pickle
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

import feedkit
from feedkit.build.options import DEFAULTS

SIGNATURES = {
    "build": "(source, out, config, *, now, **options)",
    "load_config": "(path)",
    "make_feed": "(articles, site, *, path, title=None, description='', language='', images=(), "
    "home='', limit=None, related='links', now=None, on_problem=None)",
    "ping": "(report, out, config, *, cache=True, timeout=10, total=60)",
    "plan": "(source, out, config, *, now, **options)",
    "read_articles": "(source, config=None, *, on_problem=None)",
    "render": "(feed, format)",
    "select_feeds": "(articles, config, *, now, on_problem=None, published=())",
    "to_feedgen": "(feed)",
    "update": "(out, config, *, now, changed=(), removed=(), **options)",
}
#: The options of `build`, `plan` and `update`, and what each is if it is left out.
OPTIONS = {
    "prepare": None,
    "prepare_version": "",
    "jobs": 1,
    "wait": 0,
    "prune": False,
    "strict": False,
    "allow_resurface": False,
    "allow_shrink": False,
    "previous": None,
    "previous_timeout": 600,
    "cache": True,
}
METHODS = {
    "Article.from_record": "(record, *, name='', config=None)",
    "Document.not_modified": "(self, headers)",
    "Config.about": "(self, kind, slug)",
    "Config.about_provider": "(self, provider)",
    "Config.feed_url": "(self, path, format)",
    "Config.find_owner": "(self, kind, folder)",
    "Config.find_place": "(self, path)",
    "Config.find_slug": "(self, provider)",
    "Config.is_publisher": "(self, provider)",
    "Config.place_slug": "(self, kind, slug)",
    "FeedSettings.list_names": "(self, format)",
    "FeedSettings.path_of": "(self, kind, slug='')",
    "FeedSettings.related_of": "(self, kind)",
    "Plan.publish": "(self)",
    "Site.feed_id": "(self, path)",
    "Site.page_url": "(self, path)",
}
ARTICLE = (
    *("url", "title", "published", "id", "updated", "summary", "body", "featured", "provider"),
    *("topics", "images", "related", "enclosures", "language", "amp_url", "quality", "heat"),
    *("state", "available", "expires", "extensions"),
)
#: What a program that imports feedkit does not wait for until it renders, or runs the command.
LATER = (
    "feedgen",
    "lxml",
    "nh3",
    "markdown_it",
    "jinja2",
    "markupsafe",
    "rich",
    "click",
    "dateutil",
)
OWN = ("self", "cls")
SAID_IN_ONE_LINE: tuple[str, ...] = ()
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def public_functions() -> dict[str, Callable[..., object]]:
    """Return every function that is public, and every public method of a public class."""
    found: dict[str, Callable[..., object]] = {}
    for name in feedkit.__all__:
        value = getattr(feedkit, name)
        if inspect.isfunction(value):
            found[name] = value
        for key, member in vars(value).items() if inspect.isclass(value) else ():
            function = getattr(member, "__func__", member)  # of a class method
            if inspect.isfunction(function) and not key.startswith("_"):
                found[f"{value.__name__}.{key}"] = function
    return found


FUNCTIONS = public_functions()
CLASSES = [name for name in feedkit.__all__ if inspect.isclass(getattr(feedkit, name))]
STRUCTS = [name for name in CLASSES if hasattr(getattr(feedkit, name), "__struct_fields__")]


def describe(function: Callable[..., object]) -> str:
    """Return a signature without types; a default that is a function is an ellipsis."""
    signature = inspect.signature(function)
    parameters = [
        each.replace(
            annotation=each.empty,
            default=... if inspect.isfunction(each.default) else each.default,
        )
        for each in signature.parameters.values()
        if each.name != "cls"
    ]
    return str(signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


def find_section(function: Callable[..., object], name: str) -> list[str]:
    """Return what a section of a docstring in Google's style names."""
    text = inspect.cleandoc(function.__doc__ or "")
    section = re.search(rf"^{name}:\n((?:    .*\n?|\n)*)", text, re.MULTILINE)
    return re.findall(r"^    (\w+):", section[1], re.MULTILINE) if section else []


def find_raised(function: Callable[..., object]) -> set[str]:
    """Return the names of what a function itself raises."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    made = [node.func for node in raised if isinstance(node, ast.Call)]
    return {node.id for node in made if isinstance(node, ast.Name)}


def test_what_is_public_is_listed_and_in_order() -> None:
    names = {name for name, value in vars(feedkit).items() if not isinstance(value, ModuleType)}
    assert {name for name in names if not name.startswith("_")} == set(feedkit.__all__)

    def rank(name: str) -> tuple[int, str]:  # constants, classes, functions
        return (0 if name.isupper() else 1 if name[0].isupper() else 2), name

    assert feedkit.__all__ == sorted(feedkit.__all__, key=rank)


def test_functions_are_called_as_ever() -> None:
    called = {name: describe(function) for name, function in FUNCTIONS.items()}
    assert called == {**SIGNATURES, **METHODS}


def test_options_have_their_defaults_and_are_documented_once() -> None:
    fields = feedkit.BuildOptions.__optional_keys__
    assert {**DEFAULTS, "on_progress": ...} == {**OPTIONS, "on_progress": ...}
    assert fields == DEFAULTS.keys()
    named = re.findall(
        r"^    (\w+): ", inspect.cleandoc(feedkit.BuildOptions.__doc__ or ""), re.MULTILINE
    )
    assert named == list(DEFAULTS)


@pytest.mark.parametrize("name", ["build", "plan", "update"])
def test_an_option_that_does_not_exist_is_a_type_error(name: str, tmp_path: Path) -> None:
    site = feedkit.Site(title="A", url="https://a.example/")
    arguments = (tmp_path / "out", site) if name == "update" else (tmp_path, tmp_path / "out", site)
    said = rf"^{name}\(\) got an unexpected keyword argument 'pruned'$"
    with pytest.raises(TypeError, match=said):
        getattr(feedkit, name)(*arguments, now=NOW, pruned=True)


def test_an_article_has_its_fields_and_needs_three() -> None:
    assert feedkit.Article.__struct_fields__ == ARTICLE
    article = feedkit.Article(url="https://a.example/", title="A", published=NOW)
    assert (article.state, article.related, article.extensions) == ("published", (), {})
    with pytest.raises(TypeError, match="Missing required argument 'title'"):
        feedkit.Article(url="https://a.example/", published=NOW)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", STRUCTS)
def test_values_are_frozen(name: str) -> None:
    assert getattr(feedkit, name).__struct_config__.frozen


@pytest.mark.parametrize("name", [*CLASSES, *FUNCTIONS])
def test_every_public_name_says_what_it_is(name: str) -> None:
    value = FUNCTIONS.get(name) or getattr(feedkit, name)
    text = inspect.cleandoc(value.__doc__ or "")
    assert re.match(r"[A-Z`].*[.;:]", text, re.DOTALL)
    # The text that every struct would inherit says nothing.
    assert not inspect.isclass(value) or "__doc__" in vars(value)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_docstring_names_every_parameter_or_there_is_but_one(name: str) -> None:
    parameters = [each for each in inspect.signature(FUNCTIONS[name]).parameters if each not in OWN]
    named = find_section(FUNCTIONS[name], "Args")
    assert named == parameters or (not named and len(parameters) == 1) or name in SAID_IN_ONE_LINE


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_docstring_names_what_is_raised(name: str) -> None:
    assert find_raised(FUNCTIONS[name]) <= set(find_section(FUNCTIONS[name], "Raises"))


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(feedkit.__file__).parent / "py.typed").is_file()


def test_importing_feedkit_loads_nothing_that_only_rendering_needs() -> None:
    code = "import sys, feedkit; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "feedkit" in loaded
    assert loaded.isdisjoint(LATER)


@pytest.mark.parametrize("name", [name for name in CLASSES if name.endswith("Error")])
def test_errors_are_of_one_family(name: str) -> None:
    assert issubclass(getattr(feedkit, name), feedkit.FeedkitError)


@pytest.mark.parametrize("kind", [feedkit.RecordError, feedkit.ConfigError])
def test_an_error_says_where_what_and_what_instead_also_after_a_journey(
    kind: type[feedkit.RecordError],
) -> None:
    error = pickle.loads(pickle.dumps(kind("a.md", 4, "date", "'soon'", "a date")))
    assert (type(error), str(error)) == (kind, "a.md:4: date: expected a date, got 'soon'")
    assert (error.name, error.line, error.field) == ("a.md", 4, "date")
    assert (error.found, error.wanted) == ("'soon'", "a date")


def test_an_unknown_format_is_refused() -> None:
    site = feedkit.Site(title="T", url="https://feeds.example.org/")
    article = feedkit.Article(url="https://a.example/", title="A", published=NOW)
    feed = feedkit.make_feed([article], site, title="T", path="t")
    with pytest.raises(ValueError, match="expected one of atom, rss, json, got 'xml'"):
        feedkit.render(feed, "xml")  # type: ignore[arg-type]
