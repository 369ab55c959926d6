"""Help by a line: does the outcome jump where the score passes the line that decides?

Estimates are those of the packages rdrobust and rddensity, of those who made the methods. What
is here sets them side by side, with the words that a reader needs.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..base.checks import listed, need_share
from ..base.errors import DataError
from ..base.language import in_words
from ..base.optional import optional
from ..base.results import Result
from ..base.status import handed_on
from ..measures.score import (
    COLUMNS,
    around,
    crowding,
    is_sharp,
    known_rows,
    quietly,
    refuse_unknown,
    with_ends,
)
from ..survey.models.leastsquares import refuse_repeating
from ..survey.weights.pieces import need_units
from .balances import surveyed

_FEW = 10  # clusters on a side of the line, within the bandwidth


@dataclass(frozen=True, repr=False)
class AtTheLine(Result):
    """Jumps at a line, and whether scores crowd on one side of it.

    Attributes
    ----------
    table : DataFrame
        What `tidy` gives. ``attrs``: ``distinct`` scores within the wider bandwidth of the
        first two density tests, the share of rows there whose score is ``repeated``, and
        ``clusters`` within the bandwidth on the side with fewer of them.
    points : DataFrame
        For `figures.at_the_line`: ``kind`` (``bin``: mean of the outcome; ``fit``: ends of the
        local-linear lines; ``jump``: the robust one), ``side`` (above, below; of the jump that
        whose value is first), ``at`` (score), ``estimate std_error ci_low ci_high n method
        data_status``.
    outcome, score : str
        Names of the columns.
    cutoff : float
        The line, in units of the score.
    helped : {"above", "below"}
        The side whose value is first in every difference.
    """

    table: pd.DataFrame
    points: pd.DataFrame
    outcome: str
    score: str
    cutoff: float
    helped: str
    _figures = {"at_the_line": "points"}  # noqa: RUF012

    def _look(self):
        return {"outcome": self.outcome, "score": self.score}

    def tidy(self):
        """Table of the jumps and of the density tests.

        Returns
        -------
        DataFrame
            ``term estimate std_error ci_low ci_high n df method p_value n_left n_right h_left
            h_right b_left b_right data_status``. Terms: ``jump`` of the outcome; of a fuzzy
            design ``first stage``, the jump of take-up, and ``effect of help``, the one over
            the other; ``density``, the difference of the densities of the score at the line.
            ``method`` is conventional or robust; unrestricted, restricted or, of scores that
            repeat, each score once. ``n`` are rows within the bandwidths h (b: of the bias); df
            are infinite, as quantiles are normal.
        """
        return self.table.copy()

    def summary(self, lang="en"):
        """Say in plain words what jumps, whether scores crowd, and what is assumed.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say, jump, facts = in_words("at_the_line", lang), self.table.iloc[1], self.table.attrs
        known = "no_jump" if jump["ci_low"] <= 0 <= jump["ci_high"] else "jumps"
        lines = [say[known].format(**vars(self)), say[self.helped]]
        lines += [say["row"].format(say[row["term"]], say[row["method"]], **row)
                  for _, row in self.table.iterrows()]  # fmt: skip
        lines.append(say["heaps"].format(facts["distinct"], 100 * facts["repeated"]))
        lines += [say["few"].format(facts["clusters"])] * (facts["clusters"] < _FEW)
        return "\n".join([*lines, say["assumed"]])


def at_the_line(data, outcome, score, cutoff, *, treated=None, helped="above", cluster=None,
                covariates=(), scores=None, bandwidth=None, level=0.95):  # fmt: skip
    """Estimate how an outcome jumps where a score passes the line that decides on help.

    Parameters
    ----------
    data : DataFrame or Survey
        A row for each household or person. Weights of a survey count in the jumps, not in the
        density tests; its sampling units are clusters; its strata are not used.
    outcome, score : str
        Columns of numbers.
    cutoff : float
        The line. A score that equals it is on the right, above.
    treated : str, optional
        Column of 1 (or true) and 0, who took the help up, where not all on the one side did and
        none on the other (a fuzzy design).
    helped : {"above", "below"}
        The side that is offered help. Differences are that side minus the other: by default
        right minus left.
    cluster : str, optional
        Column of clusters of a table.
    covariates : str or list of str
        Columns of numbers from before the help. They make errors smaller, and right nothing.
    scores : DataFrame or Survey, optional
        All who were scored, with the same column: density tests look at them. By default at
        the rows of ``data``.
    bandwidth : float, optional
        How far from the line rows count, on both sides; that of the bias is the same then. By
        default both are those of least mean squared error.
    level : float
        Of intervals.

    Returns
    -------
    AtTheLine

    Raises
    ------
    SetupError
        If rdrobust or rddensity is not there.
    DataError
        If a column holds no numbers, the score or the outcome does not vary, the line lies
        outside the scores, or there are too few different scores near it.
    DesignError
        If take-up is higher on the other side than ``helped`` says, or does not vary; for
        replicate weights.

    Notes
    -----
    Local-linear regression on each side, weights falling in a triangle with the distance from the
    line (Hahn, Todd and Van der Klaauw 2001). *conventional*
    leaves out its bias; *robust* takes the bias off and counts that it was estimated (Calonico,
    Cattaneo and Titiunik 2014): read this interval. Errors are by nearest neighbours; with
    clusters bias-reduced (CR2), each side by itself: a cluster on both sides counts as two,
    which is on the safe side where neighbours are alike. Density tests are those
    of `crowding`. What is found holds at the line alone.

    References
    ----------
    Hahn, J., Todd, P., Van der Klaauw, W. (2001), Identification and estimation of treatment
    effects with a regression-discontinuity design, Econometrica 69. Calonico, S., Cattaneo, M.,
    Titiunik, R. (2014), Robust nonparametric confidence intervals for regression-discontinuity
    designs, Econometrica 82.

    Examples
    --------
    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> score = np.linspace(-1, 1, 400)
    >>> table = pd.DataFrame({"score": score, "income": 5 + score + (score < 0)
    ...                       + np.sin(np.arange(400.0)) / 9})
    >>> found = ps.at_the_line(table, "income", "score", 0, helped="below")
    >>> found.tidy()["estimate"].round(1).tolist()[:2]
    [1.0, 1.0]
    """
    with optional("rdrobust", "A jump at the line", extra="rd"):
        import rdrobust
    names = [outcome, score, *listed(covariates), *listed(treated)]
    need_share("level", level, 0.95)
    if helped not in ("above", "below"):
        raise DataError("Help is given above the line or below it.", found=helped,
                        remedy='helped="below"')  # fmt: skip
    svy = surveyed(data, cluster).in_memory(names)
    need_units(svy)
    good = known_rows(svy, names, cutoff, bandwidth)
    y, x, *more = (svy.rows[name][good] for name in names)
    unit, weights = svy.rows.unit_codes[good] if svy.layout.psu else None, svy.weights[good]
    covs = np.column_stack([np.ones(len(y)), *more[: len(listed(covariates))]])
    refuse_repeating(covs, ["the constant", *listed(covariates)])
    crowd = crowding(
        pd.DataFrame({score: x}) if scores is None else scores, score, cutoff, level=level
    )

    def fitted(h=bandwidth, b=bandwidth, fuzzy=None):
        return quietly(
            rdrobust.rdrobust, y, x, cutoff, fuzzy, h=h, b=b, cluster=unit,
            vce="nn" if unit is None else "cr2", covs=covs[:, 1:] if covs.shape[1] > 1 else None,
            weights=weights if svy.layout.weights else None,
        )  # fmt: skip

    turn, parts = 1 if helped == "above" else -1, ("coef", "se", "pv")
    if treated is None or is_sharp(svy, treated, more[-1], x >= cutoff, helped):
        fit, found = fitted(), []
    else:
        ratio = fitted(fuzzy=more[-1])
        fit = fitted(*ratio.bws.to_numpy().tolist())
        found = [("first stage", ratio, turn, ("tau_T", "se_T", "pv_T")),
                 ("effect of help", ratio, 1, parts)]  # fmt: skip
    rows, n, widths = [], [int(one) for one in fit.N_h], np.ravel(fit.bws)
    for term, of, sign, names in [("jump", fit, turn, parts), *found]:
        value, error, p = (np.ravel(getattr(of, one)) for one in names)
        refuse_unknown(rdrobust.rdrobust, *value, *error)
        rows += [(term, sign * value[i], error[i], *[np.nan] * 2, sum(n), np.inf, method, p[i], *n, *widths)
                 for i, method in ((0, "conventional"), (2, "robust"))]  # fmt: skip
    made = pd.DataFrame(rows, columns=[*COLUMNS, "b_left", "b_right"])
    crowd["estimate"] *= turn
    made = with_ends(pd.concat([made, crowd.drop(columns="data_status")], ignore_index=True), level)
    made = made.assign(data_status=svy.status)
    frame = pd.DataFrame({outcome: y}).assign(
        w=weights, psu=np.arange(len(y)) if unit is None else unit
    )
    points, clusters = around(frame, outcome, x, cutoff, fit, level)
    points = pd.concat([points, made.iloc[[1]].assign(kind="jump", side=helped, at=cutoff)])
    points = points[["kind", "side", "at", *COLUMNS[1:6], "method"]].assign(data_status=svy.status)
    made.attrs, points.attrs = {**crowd.attrs, "clusters": clusters}, {"level": level}
    points = handed_on(points.reset_index(drop=True), svy)
    return AtTheLine(handed_on(made, svy), points, outcome, score, cutoff, helped)
