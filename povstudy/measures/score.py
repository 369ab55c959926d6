"""A score around the line that decides on help: do people crowd beside it, and who stands where.

The density tests are those of the package rddensity, of those who made the method.
"""

import io
import warnings
from contextlib import redirect_stdout

import numpy as np
import pandas as pd

from ..base.checks import need_between, need_positive, need_share
from ..base.errors import DataError, DesignError
from ..base.optional import optional
from ..base.status import handed_on
from ..survey.linear import refuse_odd
from ..survey.shares import reach_of
from ..survey.survey import Survey
from .sums import mean

COLUMNS = ["term", "estimate", "std_error", "ci_low", "ci_high", "n", "df", "method", "p_value", "n_left",
           "n_right", "h_left", "h_right"]  # fmt: skip
_LEAST = 20  # rows: of fewer, the packages choose no bandwidth
_STEPS = 5  # in a bandwidth


def crowding(table, score, cutoff, *, level=0.95):
    """Test whether the density of a score jumps at a line: do people crowd on one side of it?

    Parameters
    ----------
    table : DataFrame or Survey
        A row for each who was scored. Weights and clusters do not count; rows of a survey that
        weigh nothing are left out.
    score : str
        Column of numbers.
    cutoff : float
        The line. A score that equals it is on the right, above.
    level : float
        Of intervals, which are normal.

    Returns
    -------
    DataFrame
        ``term estimate std_error ci_low ci_high n df method p_value n_left n_right h_left
        h_right data_status``: the term ``density``, that above the line minus that below it, per
        unit of the score, by ``method``: unrestricted, restricted and, of scores that repeat,
        each score once. ``n`` are rows within the bandwidths h. ``attrs`` hold how many
        ``distinct`` scores are within the wider bandwidth of the first two, and the share of
        rows there whose score is ``repeated``.

    Raises
    ------
    SetupError
        If rddensity is not there.
    DataError
        If the score is no number or missing, the line lies outside of the scores, fewer than 20
        of them differ, or there are too few on a side.

    Notes
    -----
    Local quadratic fits to the distribution function, errors by the jackknife. *unrestricted*
    fits each side by itself, and is the default of the package; *restricted* gives both sides
    one shape and so looks further. A heap (a score that many share) beside the line weighs the
    more the less far a test looks. *each score once* is the unrestricted test without heaps;
    but crowding on one value goes with them too. A jump is a reason to ask how scores came
    about, and no proof that they were chosen.

    References
    ----------
    Cattaneo, M., Jansson, M., Ma, X. (2020), Simple local polynomial density estimators,
    Journal of the American Statistical Association 115. McCrary, J. (2008), Manipulation of the
    running variable in the regression discontinuity design, Journal of Econometrics 142.

    Examples
    --------
    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"score": np.r_[np.linspace(-1, 0, 400), np.linspace(0.01, 1, 200)]})
    >>> found = ps.crowding(table, "score", 0)
    >>> found[["method", "estimate"]].round(1).values.tolist()
    [['unrestricted', -0.3], ['restricted', -0.3]]
    """
    with optional("rddensity", "A density test at a line", extra="rd"):
        import rddensity
    need_share("level", level, 0.95)
    svy = (table if isinstance(table, Survey) else Survey(table)).in_memory([score])
    good = svy.rows.good([score], svy.missing == "refuse")
    values = svy.rows[score][slice(None) if good is None else good]
    if not len(values):
        raise DataError("There is no score.", where=f"column {score}", remedy="a column of numbers")
    need_between("cutoff", cutoff, values.min(), values.max(), float(np.median(values)))
    once, made = np.unique(values), []
    if len(once) < _LEAST:
        raise DataError(f"Fewer than {_LEAST} different scores tell nothing of what is near a line.",
                        where=f"column {score}", found=f"{len(once)} in {len(values):,} rows",
                        remedy="the finer score that these were made of, of all who have one")  # fmt: skip
    tests = [("unrestricted", values), ("restricted", values), ("each score once", once)]
    for method, x in tests[: 2 + (len(once) < len(values))]:
        way = "restricted" if method == "restricted" else "unrestricted"
        fit = quietly(rddensity.rddensity, x, c=cutoff, fitselect=way, bino_flag=False)
        n = fit.n[["eff_left", "eff_right"]].astype(int).tolist()
        refuse_unknown(rddensity.rddensity, fit.hat["diff"], fit.sd_jk["diff"])
        made.append(("density", fit.hat["diff"], fit.sd_jk["diff"], np.nan, np.nan, sum(n), np.inf,
                     method, fit.test["p_jk"], *n, *fit.h))  # fmt: skip
    made = with_ends(pd.DataFrame(made, columns=COLUMNS), level)
    near = np.abs(values - cutoff) <= made[["h_left", "h_right"]].iloc[:2].max(axis=None)
    counts = np.unique(values[near], return_counts=True)[1]
    repeated = counts[counts > 1].sum() / near.sum()
    made.attrs |= {"level": level, "distinct": len(counts), "repeated": repeated}
    return handed_on(made.assign(data_status=svy.status), svy)


def with_ends(made, level):
    """The table of estimates with the ends of normal intervals."""
    reach = reach_of(level, np.inf) * made["std_error"]
    return made.assign(ci_low=made["estimate"] - reach, ci_high=made["estimate"] + reach)


def quietly(function, *given, **options):
    """Call a function of a package that prints and warns; what it refuses is told as ours."""
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            return function(*given, **options)
    except Exception as error:  # the packages raise nothing that tells more
        refuse_unknown(function, np.nan, found=str(error)[:300])


def refuse_unknown(function, *values, found="no estimate, or no error"):
    """Refuse what a package could not find."""
    if not np.isfinite(values).all():
        raise DataError(
            f"The package {function.__name__} cannot fit these rows.", found=found,
            remedy="a wider bandwidth, or more rows with different scores near the line",
        ) from None  # fmt: skip


def known_rows(svy, names, cutoff, bandwidth):
    """Rows with an outcome, a score and all else; refused where no jump can be looked for.

    Parameters
    ----------
    svy : Survey
        In memory.
    names : list of str
        Columns that are needed, first the outcome, then the score.
    cutoff : float
        The line.
    bandwidth : float or None
        How far from it rows count, if that was set.

    Returns
    -------
    ndarray of bool
    """
    if svy.replicates is not None:
        raise DesignError("A jump has no errors by replicate weights.", found=repr(svy),
                          remedy="a Survey with weight= and psu=")  # fmt: skip
    twice = [one for one in names if names.count(one) > 1]
    if twice:
        raise DataError("A column is the outcome, the score, the take-up or a covariate, and once.",
                        where=f"column {twice[0]}", found=f"{len(twice)} times",
                        remedy="covariates= columns from before the help, each once")  # fmt: skip
    good = svy.rows.good(names, svy.missing == "refuse")
    good = np.ones(len(svy), bool) if good is None else good
    for name in names[:2]:
        if not good.any() or np.ptp(svy.rows[name][good]) == 0:
            raise DataError("This column is the same for all: there is no jump to look for.",
                            where=f"column {name}",
                            remedy="name a column that differs between households")  # fmt: skip
    x = svy.rows[names[1]][good]
    need_between("cutoff", cutoff, x.min(), x.max(), float(np.median(x)))
    if bandwidth is not None:
        need_positive("bandwidth", bandwidth, 1)
    elif len(x) < _LEAST:
        raise DataError(f"Fewer than {_LEAST} rows choose no bandwidth.", found=len(x),
                        remedy="bandwidth= set in advance, or more rows")  # fmt: skip
    return good


def is_sharp(svy, treated, taken, right, helped):
    """Whether take-up is the side of the line; refused where it is not higher ``helped`` it."""
    refuse_odd(svy, [treated], ("helped", "not helped"))
    jump = taken[right].mean() - taken[~right].mean()
    if (jump if helped == "above" else -jump) <= 0:
        other = "below" if helped == "above" else "above"
        raise DesignError(
            f"Take-up is not higher {helped} the line.", where=f"column {treated}",
            found=f"{taken[right].mean():.3g} above, {taken[~right].mean():.3g} below",
            remedy=f"helped={other!r}  # if that side is helped",
        )  # fmt: skip
    return abs(jump) == 1


def around(table, name, score, cutoff, fit, level):
    """Means of an outcome in steps of a score, none across the line, and the lines of a fit.

    Parameters
    ----------
    table : DataFrame
        The outcome, ``w`` (weights) and ``psu`` (sampling units).
    name : str
        Column of the outcome.
    score : ndarray of float
        Of each row.
    cutoff : float
        The line.
    fit : object
        What rdrobust found: ``bws``, ``beta_p_l``, ``beta_p_r``.
    level : float
        Of the intervals of the means.

    Returns
    -------
    DataFrame
        ``kind side at estimate ...``; steps are a fifth of a bandwidth, up to two of them.
    int
        Units within the bandwidth on the side with fewer.
    """
    right, h = score >= cutoff, np.asarray(fit.bws)[0]
    far = (score - cutoff) / np.where(right, h[1], h[0])
    table = table.assign(bin=np.floor(far * _STEPS).astype(int))
    shown = table[(far >= -2) & (far < 2)]
    bins = mean(Survey(shown, weight="w", psu="psu", lonely="center"), name, by="bin").tidy(level)
    above, middle = bins["bin"] >= 0, (bins.pop("bin") + 0.5) / _STEPS
    bins = bins.assign(kind="bin", side=np.where(above, "above", "below"),
                       at=cutoff + middle * np.where(above, h[1], h[0]))  # fmt: skip
    lines = [
        {"kind": "fit", "side": side, "at": cutoff + end, "estimate": line[0, 0] + end * line[1, 0]}
        for side, line, width in (("below", fit.beta_p_l, -h[0]), ("above", fit.beta_p_r, h[1]))
        for end in (0, width)
    ]
    inside = [
        table.loc[(np.abs(far) < 1) & (right == one), "psu"].nunique() for one in (False, True)
    ]
    return pd.concat([bins, pd.DataFrame(lines)], ignore_index=True), min(inside)
