"""Incomes below zero, which count as they stand and are told; columns elsewhere, looked at for codes."""

import numpy as np

from ..base.checks import listed
from ..base.codes import BELOW, SHARE
from ..base.errors import tell
from .cells import Layout, Rows

_BELOW = list(map(float, BELOW))


def tell_below_zero(svy, columns):
    """Refuse codes of no answer among incomes, and warn of losses, once a call.

    Losses of a business are incomes: nothing is left out, and it is told how many rows are below
    zero. Columns of which the survey knows the codes are not told.

    Parameters
    ----------
    svy : Survey
        Whose rows are looked at; replicates of it are not looked at again.
    columns : str or list of str
        Incomes.

    Raises
    ------
    DataError
        If they hold what stands for no answer: see `povstudy.base.codes.suspects`.

    Warns
    -----
    DataWarning
    """
    columns = listed(columns)
    svy.rows.need(columns)
    svy.rows.refuse_codes(columns, income=True)
    if svy.layout.signed:
        return
    for name, (least, _) in svy.rows.ends(columns).items():
        if not least < 0 or svy.rows.missing_codes(name)[1]:
            continue
        looked = svy.rows.looked(name)
        count = looked.rows(least, 0) - looked.rows(0, 0)
        tell(
            f"{count:,} rows are below zero in {name}, and count as they stand.",
            where=f"column {name}", found=f"from {least:.15g}",
            remedy=f"look at these rows: are they losses? Then codes={{{name!r}: []}} of ps.Survey "
            "says so; or codes= the numbers that stand for no answer",
        )  # fmt: skip


def tell_codes(table, columns, name="table"):
    """Warn of codes of no answer in columns of a plain table, which count as they stand."""
    if len(table):
        Rows(table, Layout()).tell_codes(columns, name)


class There:
    """A column of numbers of an engine, as `suspects` looks at it."""

    def __init__(self, rows, name):
        """Keep what is asked."""
        self.held, self.name = rows, name

    def _where(self, condition):
        return self.held.frame.filter(self.held._counted(condition))

    def _one(self, rows, **asked):
        return self.held._fetch(rows.select(**asked)).iloc[0]

    def rows(self, low=-np.inf, high=np.inf):
        """Number of values from a low to a high one, both of them included."""
        y = self.held[self.name]
        rows = self._where((y >= low) & (y <= high) & ~y.is_nan())
        return int(self._one(rows, n=y.count())["n"])

    def below(self):
        """Rows of each code below zero."""
        y, nw = self.held[self.name], self.held.nw
        found = self._where(y.is_in(_BELOW)).select(y=y).group_by("y").agg(n=nw.len())
        found = self.held._fetch(found).sort_values("y")
        return dict(zip(found["y"], found["n"], strict=True))

    def near(self, code):
        """Rows that hold values of the size of a code which are no codes, and how many values."""
        y = self.held[self.name]
        some = (y > 10 * code) & (y < code / 10) & ~y.is_in(_BELOW)
        found = self._one(self._where(some), n=y.count(), values=y.n_unique()).fillna(0)
        return int(found["n"]), int(found["values"])

    def nines(self, most):
        """Whether 999, 9999, ... are as many rows as codes are; where they were counted already."""
        return self.held._nines.get(self.name, 0) >= SHARE
