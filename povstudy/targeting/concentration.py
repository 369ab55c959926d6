"""Who has the benefits, from the poorest to the richest; and how well a score finds the poor.

What depends on ranks has the rows in order, or points in their place where the table is past
memory; each measure comes with the influence of every row on it, so that its error respects the
design.
"""

import numpy as np
import pandas as pd

from ..base.checks import listed
from ..base.errors import DataError
from ..measures.inorder import InOrder
from ..measures.order import TENTHS, within
from ..survey.cells import place_of
from ..survey.estimates import by_replicates, refuse_no_survey
from ..survey.linear import counted, domain_names, estimates, labelled, refuse_odd, share_term

_WORDS = ("poor", "not poor")
_BENEFIT = "benefit"


# Who has the benefits -----------------------------------------------------------------


@by_replicates
def concentration_curve(svy, benefit, income, shares=TENTHS, by=None):
    """Estimate ordinates of the concentration curve: what the poorest have of a benefit.

    Parameters
    ----------
    svy : Survey
        With its design.
    benefit : str
        Column of the benefit: yuan, or 1 for who is listed and 0 for who is not.
    income : str
        Column by which people are ranked, the poorest first; best income before the benefit.
    shares : float or sequence of float
        Shares of the population, between 0 and 1.
    by : str or list of str, optional
        Columns of domains.

    Returns
    -------
    Estimates
        A term ``concentration(p)`` for each share p: the share of the benefit that goes to
        the poorest share p. ``.band()`` gives intervals that hold for the whole curve.

    Raises
    ------
    DataError
        If the benefit of a domain does not add up to more than zero, or a share does not lie
        between 0 and 1.

    Notes
    -----
    A curve above the diagonal is pro-poor. People of one income share the rank: the curve is
    linear there. Its error hangs on the mean benefit at the income that is cut at, which is
    estimated by a Gaussian kernel over ranks (width by Silverman's rule for a uniform
    variable, with the effective number of rows).

    References
    ----------
    O'Donnell, O. et al. (2008), Analyzing Health Equity Using Household Survey Data, World
    Bank, chapter 7. Davidson, R., Duclos, J.-Y. (1997), Statistical inference for the
    measurement of the incidence of taxes and transfers, Econometrica 65.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0], "aid": [50, 30, 20, 0]})
    >>> ps.concentration_curve(ps.Survey(table), "aid", "income", 0.5).tidy()["estimate"].tolist()
    [0.8]
    """
    shares = within(shares)
    rows = _ranked(svy, benefit, income, by, shares)
    made = {f"concentration({p:.12g})": _ordinate(rows, p) for p in shares}
    return rows.parts(made, benefit)


@by_replicates
def concentration_index(svy, benefit, income, by=None):
    """Estimate the concentration index of a benefit.

    Parameters
    ----------
    svy, benefit, income, by
        As for `concentration_curve`.

    Returns
    -------
    Estimates
        The term ``concentration index``, from -1 (the poorest has all) to 1 (the richest).

    Raises
    ------
    DataError
        If the benefit of a domain does not add up to more than zero.

    Notes
    -----
    Twice the covariance of the benefit and the rank over the mean benefit, people of one
    income at the middle of their ranks: twice the area between the diagonal and the
    concentration curve. Of a mark of 0 and 1 with mean m it lies between m - 1 and 1 - m
    (Wagstaff 2005): compare it where about as many are listed.

    References
    ----------
    Kakwani, N., Wagstaff, A., van Doorslaer, E. (1997), Socioeconomic inequalities in health:
    measurement, computation, and statistical inference, Journal of Econometrics 77. Wagstaff,
    A. (2005), The bounds of the concentration index when the variable of interest is binary,
    Health Economics 14. Deville, J.-C. (1999), Variance estimation for complex statistics and
    estimators, Survey Methodology 25.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0], "aid": [50, 30, 20, 0]})
    >>> ps.concentration_index(ps.Survey(table), "aid", "income").tidy()["estimate"].round(3).tolist()
    [-0.4]
    """
    rows = _ranked(svy, benefit, income, by)
    return rows.estimates({"concentration index": rows.concentration(_BENEFIT)})


@by_replicates
def share_to_poorest(svy, benefit, income, shares=0.4, by=None):
    """Estimate the share of a benefit that goes to the poorest, and how it compares with theirs.

    Parameters
    ----------
    svy, benefit, income, by
        As for `concentration_curve`.
    shares : float or sequence of float
        Which share of people are the poorest; 0.4 are the poorest 40 percent.

    Returns
    -------
    Estimates
        For each share p the terms ``share to poorest(p)``, the ordinate of the concentration
        curve, and ``targeting ratio(p)``, this over p: the Coady-Grosh-Hoddinott ratio, 1 if
        the benefit is spread evenly, 1 / p if all of it goes to the poorest.

    Raises
    ------
    DataError
        As `concentration_curve`.

    References
    ----------
    Coady, D., Grosh, M., Hoddinott, J. (2004), Targeting of Transfers in Developing Countries,
    World Bank.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0], "aid": [50, 30, 20, 0]})
    >>> found = ps.share_to_poorest(ps.Survey(table), "aid", "income", 0.5)
    >>> found.tidy()[["term", "estimate"]].values.tolist()
    [['share to poorest(0.5)', 0.8], ['targeting ratio(0.5)', 1.6]]
    """
    made, shares = {}, list(dict.fromkeys(within(shares)))
    rows = _ranked(svy, benefit, income, by, shares)
    for p in shares:
        share, influence = _ordinate(rows, p)
        made[f"share to poorest({p:.12g})"] = share, influence
        ratio = {part: x / p for part, x in influence.items()}
        made[f"targeting ratio({p:.12g})"] = share / p, ratio
    return rows.parts(made, benefit, [most for p in shares for most in (1.0, 1 / p)])


# How well a score finds the poor ------------------------------------------------------


def roc_curve(svy, score, poor="poor", cutoffs=None, by=None):
    """Estimate what a list by a score would catch, at each cut-off: the ROC curve.

    Parameters
    ----------
    svy : Survey
        With its design.
    score : str
        Column of the score: the higher, the poorer (of predicted income, take minus that).
    poor : str
        Column of 1 (or true) for who is truly poor, else 0.
    cutoffs : sequence of float, optional
        Listed is score >= cut-off. Without it the tenths of the score of the poor, and those
        of the others, in the whole survey, by its full weights.
    by : str or list of str, optional
        Columns of domains; the cut-offs are the same for all.

    Returns
    -------
    Estimates
        Terms ``sensitivity``, P(listed | poor), and ``false positive rate``,
        P(listed | not poor), with a column ``cutoff``; 1 minus the sensitivity is the exclusion
        error of the poor. Missing where nobody is poor, or everybody.

    Raises
    ------
    DataError
        If a mark is not 0 or 1, or a score is missing (see ``missing`` of `Survey`).

    Notes
    -----
    Cut-offs are taken as fixed: errors are those of two ratios of sums at each. `auc` is the
    area under the whole curve.

    References
    ----------
    Wodon, Q. (1997), Targeting the poor using ROC curves, World Development 25.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"score": [9, 7, 5, 4, 2, 1], "poor": [1, 1, 0, 1, 0, 0]})
    >>> found = ps.roc_curve(ps.Survey(table), "score", cutoffs=[4, 7])
    >>> found.tidy()[["term", "cutoff", "estimate"]].round(3).values.tolist()
    [['sensitivity', 4.0, 1.0], ['false positive rate', 4.0, 0.333],
     ['sensitivity', 7.0, 0.667], ['false positive rate', 7.0, 0.0]]
    """
    refuse_no_survey(svy)
    svy.rows.need([score, poor])
    if cutoffs is None:
        refuse_odd(svy, [poor], _WORDS)
        cutoffs = svy.rows.quantiles(score, list(TENTHS), [poor], svy.missing == "refuse").ravel()
    cutoffs = sorted({float(one) for one in listed(cutoffs)})
    if not (cutoffs and np.isfinite(cutoffs).all()):
        raise DataError("Cut-offs are numbers.", where="argument cutoffs", found=cutoffs,
                        remedy="cutoffs=[0.3, 0.5]")  # fmt: skip
    return _roc(svy, score, poor, cutoffs, domain_names(by, ("cutoff",)))


@by_replicates
def _roc(svy, score, poor, cutoffs, by):
    def terms(row):
        x, p = row[score], row[poor]
        made = {"poor": p, "others": 1 - p}
        for c in cutoffs:
            made["poor", c] = row.where(x >= c, p, 0.0)
            made["others", c] = row.where(x >= c, 1 - p, 0.0)
        return made

    found = counted(svy, by, [poor], terms, [score], _WORDS)
    labels = {"sensitivity": "poor", "false positive rate": "others"}
    names = [(name, c) for c in cutoffs for name in labels]
    parts = [share_term(name, found, (labels[name], c), labels[name]) for name, c in names]
    made = estimates(svy, found, parts)
    return labelled(made, pd.DataFrame(names, columns=["term", "cutoff"]))


@by_replicates
def auc(svy, score, poor="poor", by=None):
    """Estimate the area under the ROC curve of a score.

    Parameters
    ----------
    svy, score, poor
        As for `roc_curve`.
    by : str or list of str, optional
        Columns of domains.

    Returns
    -------
    Estimates
        The term ``auc``: the chance that of one who is poor and one who is not, drawn by
        their weights, the poor one has the higher score (ties count half). 0.5 is no better
        than a coin. Missing where nobody is poor, or everybody.

    Raises
    ------
    DataError
        As `roc_curve`.

    Notes
    -----
    Past memory the order of unlike scores within one of some 260,000 bins is not known, which moves
    the area by less than 1e-7; scores of few values (points, hundredths) have bins of their own.

    References
    ----------
    Hanley, J., McNeil, B. (1982), The meaning and use of the area under a receiver operating
    characteristic (ROC) curve, Radiology 143. DeLong, E., DeLong, D., Clarke-Pearson, D.
    (1988), Comparing the areas under two or more correlated receiver operating characteristic
    curves: a nonparametric approach, Biometrics 44.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"score": [9, 7, 5, 4, 2, 1], "poor": [1, 1, 0, 1, 0, 0]})
    >>> ps.auc(ps.Survey(table), "score").tidy()["estimate"].round(3).tolist()
    [0.889]
    """
    by = listed(by)
    svy.rows.need([score, poor, *by])
    refuse_odd(svy, [poor], _WORDS)
    rows = InOrder(svy, score, by, needed=[score, poor], beside={"poor": poor})
    value, own, others = _area(rows.ranked, rows.beside["poor"])
    made = {"auc": (value, {"poor": own - others, "": others})}
    return rows.estimates(made, lambda row: {"poor": row[poor], "others": 1 - row[poor]})


def area(r, p):
    """Area under the ROC curve of each domain, and the influence of each row.

    Parameters
    ----------
    r : Ranked
        Rows in the order of their score.
    p : ndarray
        Marks of 0 and 1, in that order.

    Returns
    -------
    value, influence : ndarray
        By domain; by row, in that order.
    """
    value, own, others = _area(r, p)
    return value, p * own + (1 - p) * others


def _area(r, p):
    """The area of each domain, and what a row that is poor moves it by, and another."""
    some, others = (np.bincount(r.code, r.w * x, minlength=r.count) for x in (p, 1 - p))
    some, others = (np.where(x > 0, x, np.nan) for x in (some, others))
    beaten = r.middle(r.w * (1 - p)) / others[r.code]
    beating = 1 - r.middle(r.w * p) / some[r.code]
    value = np.bincount(r.code, r.w * p * beaten, minlength=r.count) / some
    own = (beaten - value[r.code]) / some[r.code]
    return value, own, (beating - value[r.code]) / others[r.code]


# Rows in order ------------------------------------------------------------------------


def _ranked(svy, benefit, income, by, cuts=()):
    """Rows in the order of income, the benefit beside it."""
    by = listed(by)
    svy.rows.need([benefit, income, *by])
    beside = {_BENEFIT: benefit}
    rows = InOrder(svy, income, by, needed=[income, benefit], cuts=cuts, beside=beside)
    r, h = rows.ranked, rows.beside[_BENEFIT]
    total = np.bincount(r.code, r.w * h, minlength=r.count)
    bad = np.flatnonzero((r.total_w > 0) & ~(total > 0))
    if len(bad):
        raise DataError(
            "Nobody has any of this benefit: there is nothing to share out.",
            where=place_of(rows.domains.iloc[bad[0]], benefit),
            found=total[bad[0]], remedy="leave that domain out, or look at the column",
        )  # fmt: skip
    return rows


def _ordinate(rows, p):
    """Share of the benefit of the poorest share p, and the influence of each row."""
    r, h = rows.ranked, rows.beside[_BENEFIT]
    taken, tied = first(r, p)
    total = np.bincount(r.code, r.w * h, minlength=r.count)
    ordinate = np.bincount(r.code, r.w * h * taken, minlength=r.count) / total
    mean = mean_at(r, h, tied)[r.code]
    total = total[r.code]
    return ordinate, {
        _BENEFIT: (taken - ordinate[r.code]) / total, "": (p - taken) * mean / total
    }  # fmt: skip


def first(r, p):
    """Which part of each row is among the first share ``p`` of its domain, and who is cut at.

    Parameters
    ----------
    r : Ranked
        Rows in order; those of one value share what is left for them.
    p : float
        The share.

    Returns
    -------
    taken, tied : ndarray
        From 0 to 1; true for rows of the value that is cut at.
    """
    cut = r.quantile(p)[r.code]
    under, tied = r.y < cut, r.y == cut
    below, same = (np.bincount(r.code, r.w * x, minlength=r.count) for x in (under, tied))
    part = np.clip((p * r.total_w - below) / same, 0, 1)  # of those of one value
    return under + tied * part[r.code], tied


def mean_at(r, h, tied):
    """Mean of ``h`` at the rank of the rows that are cut at, by a kernel over ranks."""
    bell = near_cut(r, tied)
    return np.bincount(r.code, bell * h, r.count) / np.bincount(r.code, bell, r.count)


def near_cut(r, tied):
    """Weight of each row in means at the rank of the rows that are cut at."""
    rank = r.middle(r.w) / r.total_w[r.code]
    place = np.zeros(r.count)
    place[r.code[tied]] = rank[tied]
    effective = r.total_w**2 / np.bincount(r.code, r.ww, minlength=r.count)
    wide = 0.9 / np.sqrt(12) * effective**-0.2
    return r.w * np.exp(-(((rank - place[r.code]) / wide[r.code]) ** 2) / 2)
