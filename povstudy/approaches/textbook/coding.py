"""Who is treated and which waves are post, in 0 and 1: read as starts of help."""

from collections.abc import Mapping

import numpy as np

from ...base.checks import listed
from ...base.errors import DataError
from ...base.lots import two_arms


def arms_by_marks(starts, treat, post):
    """For each arm its column of 0 and 1; refused where only half is said, or starts too."""
    if treat is None or post is None or starts is not None:
        raise DataError(
            "Help is told by starts=, or by treat= (who) and post= (when) together.",
            found=f"starts={starts!r}, treat={treat!r}, post={post!r}"[:120],
            remedy='treat="treated", post="post"  # both, and no starts=',
        )  # fmt: skip
    return dict(treat) if isinstance(treat, Mapping) else {one: one for one in listed(treat)}


def starts_by_marks(rows, asked, time, unit, first):
    """When each help started, for each unit: in the first wave that is post, or never.

    Parameters
    ----------
    rows : Rows
    asked : Columns
        ``starts``: for each arm a column of 0 and 1; ``post``.
    time, unit, first : ndarray
        Time and unit of each row, and the first row of each unit.

    Returns
    -------
    ndarray, units x arms
    """
    after = _marks(rows, asked.post)
    times, wave = np.unique(time, return_inverse=True)
    share = np.bincount(wave, after) / np.bincount(wave)
    column, who = asked.post, next(iter(asked.starts.values()))
    mixed = (share > 0) & (share < 1)
    if mixed.any():
        raise DataError(
            f"{column} differs within a wave: it does not say which waves are after.",
            where=f"column {column}, {asked.time} {times[mixed][0]:g}",
            found=f"{100 * share[mixed][0]:.0f} percent of rows are 1",
            remedy=f'table["on"] = (table[{who!r}] * table[{column!r}] == 1) * 1'
            f"  # then starts={{{who!r}: 'on'}} in place of treat= and post=: help that starts when it does",
        )  # fmt: skip
    if (np.diff(share) < 0).any() or share[0] == 1 or share[-1] == 0:
        ever = [*times[1:][share[1:] == 1], times[-1]]
        raise DataError(
            f"{column} does not part the waves into before (0) and after (1).",
            where=f"column {column}", found=", ".join(
                f"{one:g}: {mark:g}" for one, mark in zip(times[:9], share[:9], strict=True)),
            remedy=f"table[{column!r}] = (table[{asked.time!r}] >= {ever[0]:g})"
            " * 1  # the first wave after help began",
        )  # fmt: skip
    made = []
    for name in asked.starts.values():
        treated = _marks(rows, name)
        moved = treated != treated[first][unit]
        if moved.any():
            raise DataError(
                f"{len(np.unique(unit[moved])):,} households are treated in one wave and not in "
                f"another: {name} says when help is on, not who gets it.",
                where=f"column {name}, {rows.place(moved.argmax())}",
                remedy=f"starts={{{name!r}: {name!r}}}",
            )  # fmt: skip
        made.append(np.where(treated[first], times[share == 1][0], np.inf))
    return np.column_stack(made)


def _marks(rows, name):
    """A column as true and false; refused where it is neither."""
    values = rows[name]
    odd = ~np.isin(values, (0, 1))
    if odd.any():
        at = int(odd.argmax())
        if np.isnan(values[at]):
            raise DataError(
                f"{np.isnan(values).sum():,} rows have no {name}.", where=f"column {name}, {rows.place(at)}",
                remedy=f"table[{name!r}] = (table[{name!r}] == 1).fillna(False)  # if it is 0 there",
            )  # fmt: skip
        raise DataError("Marks are 1 and 0.", where=f"column {name}, {rows.place(at)}",
                        found=f"{values[at]:g}", remedy=two_arms(name, values))  # fmt: skip
    return values == 1


def refuse_who(name, asked):
    """Refuse a mark that says who is helped where one is asked for that says when."""
    raise DataError(
        "This column says who is helped, not when: it is the same at all times.",
        where=f"column {name}", found="nobody's help starts while the panel is watched",
        remedy=f'treat={name!r}, post="post"  # in place of starts=; post: a column of 1 in the waves '
        "after help began, 0 before",
    )  # fmt: skip
