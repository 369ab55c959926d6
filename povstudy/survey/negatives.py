"""Incomes below zero, which count as they stand and are told; columns elsewhere, looked at for codes."""

import numpy as np

from ..base.checks import listed
from ..base.codes import BELOW
from ..base.errors import tell


def tell_below_zero(svy, columns):
    """Refuse codes of no answer among incomes, and warn of losses, once a call.

    Losses of a business are incomes: nothing is left out, and it is told how many rows are below
    zero and which values recur. Columns of which the survey knows the codes are not told.

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
        recur = ", ".join(f"{one:.15g} ({count:,})" for one, count in looked.often().items())
        tell(
            f"{looked.rows(least, 0) - looked.rows(0, 0):,} rows are below zero in {name}, and count as "
            "they stand.",
            where=f"column {name}",
            found=f"from {least:.15g}" + (f"; more than once {recur}" if recur else ""),
            remedy=f"look at these rows: are they losses? Then codes={{{name!r}: []}} of ps.Survey "
            "says so; or codes= the numbers that stand for no answer",
        )


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
        return self._counts(self.held[self.name].is_in(list(map(float, BELOW))))

    def near(self, code):
        """Rows that a value of the size of a code has on average, if it is no code."""
        y = self.held[self.name]
        some = (y > 10 * code) & (y < code / 10) & ~y.is_in(list(map(float, BELOW)))
        found = self._one(self._where(some), n=y.count(), values=y.n_unique())
        return found["n"] / max(found["values"], 1)

    def often(self):
        """Values below zero that several rows have, and how many: the most frequent six."""
        return self._counts(self.held[self.name] < 0, least=2)

    def _counts(self, condition, least=1):
        y, of = self.held[self.name], self.held.nw
        found = self._where(condition).select(y=y).group_by("y").agg(n=of.len())
        found = found.filter(of.col("n") >= least).sort("n", "y", descending=[True, False])
        found = self.held._fetch(found.head(6 if least > 1 else len(BELOW)))
        return dict(zip(found["y"], found["n"], strict=True))

    def nines(self, most):
        """Whether there are several of 999, 9999, ...; they were counted with the ends."""
        return self.held._nines[self.name] > 2
