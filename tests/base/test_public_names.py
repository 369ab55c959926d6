"""What users write stays: public names, their arguments and defaults, as `public_names.txt` holds them.

`python tests/base/test_public_names.py` adds to that file what is new, and takes nothing away.
"""

import inspect
from importlib import import_module
from math import inf
from pathlib import Path

import pytest

import povstudy as ps

HELD = Path(__file__).with_name("public_names.txt")
ADD = "python tests/base/test_public_names.py"
GOES = (
    "A name, an argument or a default that users may have written changes: {}.\n"
    "Let the old one work for a release, with a DeprecationWarning that tells the new one, and a line "
    "in CHANGELOG.md.\nIn the release after, take it out of tests/base/public_names.txt by hand."
)


def public():
    """``room.name``, and methods of classes as ``room.Class.method``, each with its arguments."""
    found = {}
    for room in ps._ROOMS:
        place = import_module(f"povstudy.{room}")
        for name in place.__all__:
            made = getattr(place, name)
            found[f"{room}.{name}"] = _told(made)
            for kind in reversed(made.__mro__ if isinstance(made, type) else ()):
                if kind.__module__.startswith("povstudy."):
                    for one in vars(kind):
                        if not one.startswith("_"):
                            found[f"{room}.{name}.{one}"] = _told(getattr(made, one, None))
    return found


def _told(made):
    """Arguments as they are written, without types; a default that is no plain value is `...`."""
    if not callable(made):
        return ""
    try:
        arguments = inspect.signature(made).parameters.values()
    except ValueError:  # of C
        return ""
    plain = (int, float, str, tuple, type(None))
    return str(inspect.Signature([
        one.replace(annotation=one.empty, default=one.default if one.default is one.empty
                    or isinstance(one.default, plain) else ...) for one in arguments
    ])).replace("=Ellipsis", "=...")  # fmt: skip


def held():
    """The file, a name in a line."""
    lines = HELD.read_text("utf-8").splitlines()
    names = [line.partition("(")[0] for line in lines]
    return {name: line[len(name) :] for name, line in zip(names, lines, strict=True)}


def keeps(old, new):
    """Whether calls with the old arguments mean the same with the new ones."""
    old, new = (
        list(inspect.signature(eval(f"lambda {one[1:-1]}: 0", {"inf": inf})).parameters.values())
        for one in (old, new)
    )
    by_place = [one for one in old if one.kind is one.POSITIONAL_OR_KEYWORD]
    more = [one for one in new if one.name not in {other.name for other in old}]
    named = {one.name: one for one in new}
    return (
        [one.name for one in by_place]
        == [one.name for one in new if one.kind is one.POSITIONAL_OR_KEYWORD][: len(by_place)]
        and all(one.name in named and one.default in (named[one.name].default, one.empty) for one in old)
        and all(one.default is not one.empty or one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
                for one in more)
    )  # fmt: skip


def gone(before, now):
    """What a user's line may have, and no longer means."""
    return [
        name for name, arguments in before.items()
        if name not in now or not keeps(arguments or "()", now[name] or "()")
    ]  # fmt: skip


def test_no_public_name_goes_without_a_release_of_warning():
    lost = gone(held(), public())
    assert not lost, GOES.format(", ".join(lost))


def test_new_names_are_written_down():
    before, now = held(), public()
    new = [name for name in now if before.get(name) != now[name]]
    assert not new, f"New, or with more arguments: {', '.join(new)}. Write them down: {ADD}"
    assert list(before) == sorted(before)


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("(a, b=1)", "(a, b=1, c=None, *, d=2)", True),
        ("(a, *, b=1)", "(a, b=1)", True),
        ("(a, b)", "(a, b=None)", True),
        ("(a, b=1)", "(a, *, b=1)", False),
        ("(a, b=1)", "(a, b=2)", False),
        ("(a, b=1)", "(b=1, a=1)", False),
        ("(a, *, b=1)", "(a)", False),
        ("(a)", "(a, b)", False),
        ("(a, **more)", "(a)", False),
    ],
)
def test_what_keeps_a_call(old, new, kept):
    assert keeps(old, new) is kept
    assert gone({"x": old}, {"x": new}) == ([] if kept else ["x"])
    assert gone({"x": old}, {}) == ["x"]


if __name__ == "__main__":
    before, now = held() if HELD.exists() else {}, public()
    kept = {name: before[name] for name in gone(before, now)}
    lines = [name + arguments for name, arguments in sorted({**now, **kept}.items())]
    HELD.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
