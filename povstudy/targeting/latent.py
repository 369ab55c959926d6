"""Where no one knows who is truly poor: two imperfect looks, two lists, a corrected rate.

Each method buys an answer with assumptions that the data cannot test. They are stated, what
can be checked is checked, and what is not identified is refused.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..base.checks import listed
from ..base.errors import DataError
from ..measures.sums import mean
from ..survey.cells import place_of
from ..survey.design import designed
from ..survey.estimates import Estimates, by_replicates, refuse_no_survey
from ..survey.linear import counted, estimates, refuse_odd, share_term
from ..survey.shares import reach_of

_WORDS = ("judged poor", "not judged poor")
_RATES = ("one", "two", "both")


# Two assessors, two populations -------------------------------------------------------


def hui_walter(svy, one, two, over):
    """Estimate how well two assessors find the poor when nobody knows who is poor.

    Parameters
    ----------
    svy : Survey
        With its design; a row bears the judgement of both.
    one, two : str
        Columns of 1 (judged poor) and 0 of the two assessors.
    over : str
        Column that tells two populations apart, such as two counties, in which different
        shares are poor.

    Returns
    -------
    Estimates
        Terms ``sensitivity of <one>``, P(judged poor | poor), ``specificity of <one>``,
        P(not judged poor | not poor), the same of the other, and ``prevalence``, the share of
        the poor in each of the two populations (column ``over``, elsewhere ``"both"``).

    Raises
    ------
    DataError
        If there are not two populations; if the shares that an assessor judges poor do not
        differ between them by more than their error (the prevalences are too near to each
        other, or the assessor does no better than chance); if one assessor finds more poor
        where the other finds fewer; or if a rate would lie outside 0 to 1, so that the
        assumptions do not hold or there are too few rows.

    Notes
    -----
    A latent class model: (1) given whether a household is poor, the two judge independently;
    (2) each has the same sensitivity and specificity in both populations; (3) the prevalences
    differ. Six rates of the two tables of judgements give six parameters: the model is just
    identified, fits exactly, and cannot test (1) or (2). Assessors who copy each other, or err
    on the same households, look better than they are (of three or more, `latent_assessors` shows
    by how much). The mirror image, in which both are
    worse than chance, fits as well: the solution is taken in which sensitivity and
    specificity add up to more than one.

    With the rates a, b of the two assessors, their covariance c in each population, and d the
    differences between populations, k = c / (d_a d_b), D = (1 + (k1 - k2)^2 + 2 (k1 + k2))^-1/2
    is the difference of the prevalences, whose sum is 1 - (k1 - k2) D; the maximum of the
    likelihood where it lies inside the bounds. Errors follow from the design's covariance of
    the six rates (delta method); intervals are made on the logit scale, within 0 and 1 (of a
    rate of 0 or 1 they are cut off there). Errors are too short where the populations differ little:
    differences near the bound of what is refused call for care.

    References
    ----------
    Hui, S., Walter, S. (1980), Estimating the error rates of diagnostic tests, Biometrics 36.
    Toft, N., Jørgensen, E., Højsgaard, S. (2005), Diagnosing diagnostic tests: evaluating the
    assumptions underlying the estimation of sensitivity and specificity in the absence of a
    gold standard, Preventive Veterinary Medicine 68.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> fields = {("hills", 1, 1): 410, ("hills", 1, 0): 90, ("hills", 0, 1): 90,
    ...           ("hills", 0, 0): 410, ("plain", 1, 1): 90, ("plain", 1, 0): 90,
    ...           ("plain", 0, 1): 90, ("plain", 0, 0): 730}
    >>> table = pd.DataFrame([*fields], columns=["county", "cadre", "visitor"])
    >>> table = table.loc[table.index.repeat([*fields.values()])]
    >>> found = ps.hui_walter(ps.Survey(table), "cadre", "visitor", over="county").tidy()
    >>> found[["term", "county", "estimate"]].round(4).values.tolist()
    [['sensitivity of cadre', 'both', 0.9], ['specificity of cadre', 'both', 0.9],
     ['sensitivity of visitor', 'both', 0.9], ['specificity of visitor', 'both', 0.9],
     ['prevalence', 'hills', 0.5], ['prevalence', 'plain', 0.1]]
    """
    made = _rates(svy, one, two, over)
    rates, names = made.table["estimate"].to_numpy(), made.table[over].iloc[:2].tolist()
    steps = np.kron(np.eye(2), [-1.0, 1.0])  # differences between populations, of one and two
    gradient = np.zeros((6, 2))
    gradient[:4] = steps.T
    change = made.combine(made.table.iloc[[0, 2]].assign(estimate=steps @ rates[:4]), gradient)
    _refuse_near(change.tidy(), (one, two), over, names)
    found = _solved(rates)
    terms = [f"{what} of {who}" for who in (one, two) for what in ("sensitivity", "specificity")]
    terms += ["prevalence", "prevalence"]
    for term, value in zip(terms, found, strict=True):
        if not -1e-9 <= value <= 1 + 1e-9:
            raise DataError(
                "These judgements do not come from such a model: a rate lies outside 0 to 1.",
                where=term, found=f"{value:.4g}",
                remedy="more rows, or other populations; do the two judge independently, and as "
                "well in both?",
            )  # fmt: skip
    n, people = (made.table[name].to_numpy()[:2] for name in ("n", "population"))
    table = pd.DataFrame({
        "term": terms, over: ["both"] * 4 + names, "estimate": np.clip(found, 0, 1),
        "n": [n.sum()] * 4 + n.tolist(), "population": [people.sum()] * 4 + people.tolist(),
    })  # fmt: skip
    bent = rates + 1e-30j * np.eye(6)  # derivatives by steps along the imaginary axis: exact
    made = made.combine(table, np.array([_solved(x).imag / 1e-30 for x in bent]))
    values, plain = table["estimate"].to_numpy(), made.tidy()
    errors, df = (plain[name].to_numpy() for name in ("std_error", "df"))
    return replace(made, intervals=lambda level: _within(values, errors, reach_of(level, df)))


def _within(share, error, reach):
    """Both ends of intervals of shares, on the logit scale; of 0 and 1 cut off there."""
    inside = (share > 1e-9) & (share < 1 - 1e-9)
    x = np.where(inside, share, 0.5)
    odds, spread = np.log(x / (1 - x)), reach * error / (x * (1 - x))
    return [np.where(inside, 1 / (1 + np.exp(-np.clip(odds + sign * spread, -700, 700))),
                     np.clip(share + sign * reach * error, 0, 1)) for sign in (-1, 1)]  # fmt: skip


@by_replicates
def _rates(svy, one, two, over):
    """Share judged poor by one, by the other, by both, in each population."""
    if one == two:
        raise DataError("Two assessors are two columns.", where=f"column {one}", found=one,
                        remedy="name another column")  # fmt: skip
    terms = lambda row: dict(zip(_RATES, (row[one], row[two], row[one] * row[two]), strict=True))  # noqa: E731
    found = counted(svy, [over], [one, two], terms, (), _WORDS)
    if len(found.domains) != 2:
        raise DataError(
            "Two assessors are judged by two populations, no more and no fewer.",
            where=f"column {over}", found=found.domains[over].tolist()[:10],
            remedy="take the rows of two, or make two groups of them",
        )  # fmt: skip
    return estimates(svy, found, [share_term(name, found, name) for name in _RATES])


def _refuse_near(change, who, over, names):
    """Refuse populations that an assessor does not tell apart, and assessors who disagree."""
    low, high, d = (change[name].to_numpy() for name in ("ci_low", "ci_high", "estimate"))
    for i in range(2):
        if not (low[i] > 0 or high[i] < 0):
            raise DataError(
                f"The share that {who[i]} judges poor does not differ between the populations "
                "by more than its error: nothing is identified.",
                where=f"column {over}", found=f"{names[1]!r} minus {names[0]!r}: {d[i]:.4g}, from "
                f"{low[i]:.4g} to {high[i]:.4g}",
                remedy="two populations whose shares of the poor differ more, or more rows",
            )  # fmt: skip
    if d[0] * d[1] < 0:
        raise DataError(
            "One assessor finds more poor where the other finds fewer: one of them is worse "
            "than chance.",
            where=f"column {over}", found=f"{who[0]} {d[0]:.4g}, {who[1]} {d[1]:.4g}",
            remedy="look at the coding of the two columns: 1 is judged poor",
        )  # fmt: skip


def _solved(rates):
    """Parameters from the six rates; for complex numbers too, so that they can be differentiated."""
    a, b, both = rates.reshape(3, 2)
    d = np.array([a[1] - a[0], b[1] - b[0]])
    k = (both - a * b) / (d[0] * d[1])
    inside = 1 + (k[1] - k[0]) ** 2 + 2 * (k[0] + k[1])
    apart = np.sign(d[0].real) / np.sqrt(np.where(inside.real > 0, inside, np.nan))
    together = 1 - (k[1] - k[0]) * apart
    prevalence = np.array([together - apart, together + apart]) / 2
    better = d / apart  # sensitivity + specificity - 1
    wrong = np.array([a[0], b[0]]) - prevalence[0] * better
    rates = np.array([wrong + better, 1 - wrong]).T.ravel()
    return np.concatenate([rates, prevalence])


# Two lists ----------------------------------------------------------------------------


def chapman(svy, first, second, by=None):
    """Estimate how many poor a register omits, from a second list made independently of it.

    Parameters
    ----------
    svy : Survey
        A row for each person or household that is on at least one list, without weights or
        design: both lists are complete for the same places and the same time, and linked.
    first, second : str
        Columns of 1 (on the list) and 0: of the register, and of the second list.
    by : str or list of str, optional
        Columns of domains, such as ``"county"``.

    Returns
    -------
    Estimates
        The terms ``poor``, the number of all poor; ``omitted``, those who are not on the
        first list; ``exclusion error of the poor``, their share in all poor. Intervals are not
        symmetric; domains are independent.

    Raises
    ------
    DataError
        If the survey has weights or a design, a mark is not 0 or 1, or nobody of a domain is
        on both lists.

    Notes
    -----
    With n1 and n2 on the lists and m on both, the number is (n1 + 1)(n2 + 1) / (m + 1) - 1
    (Chapman), with hardly any bias if m is 7 or more; its variance that of Seber. Intervals
    are those of the transformed logit (Sadinle 2009), and no less than the number seen.

    It assumes that lists are independent, that each person of at least one of them has the
    same chance to be on it, that links are right, that nobody on them is not poor, and that
    nobody moves. Those who know the right people are on both lists: then the number is too
    low, and is to be read as a lower bound. Missed links make it too high.

    References
    ----------
    Chapman, D. (1951), Some properties of the hypergeometric distribution with applications to
    zoological sample censuses, University of California Publications in Statistics 1. Seber,
    G. (1982), The Estimation of Animal Abundance, Griffin, section 3.1. Sadinle, M. (2009),
    Transformed logit confidence intervals for small populations in single capture-recapture
    estimation, Communications in Statistics - Simulation and Computation 38.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"register": [1] * 60 + [0] * 10, "visit": [1] * 40 + [0] * 20 + [1] * 10})
    >>> found = ps.chapman(ps.Survey(table), "register", "visit").tidy()
    >>> found[["term", "estimate", "ci_low", "ci_high"]].round(2).values.tolist()
    [['poor', 74.88, 71.15, 86.64], ['omitted', 14.88, 11.15, 26.64],
     ['exclusion error of the poor', 0.2, 0.16, 0.31]]
    """
    refuse_no_survey(svy)
    if svy.layout.names or svy.replicates is not None:
        raise DataError(
            "Lists are counted whole: weights, strata and PSUs have no place here.",
            where="argument svy", found=repr(svy), remedy="svy = ps.Survey(table)",
        )  # fmt: skip
    by = listed(by)
    terms = lambda row: {"m": row[first] * row[second], "n1": row[first], "n2": row[second]}  # noqa: E731
    found = counted(svy, by, [first, second], terms, (), ("on the list", "not on it"))
    m, n1, n2 = (found.total(name) for name in ("m", "n1", "n2"))
    none = np.flatnonzero((found.n > 0) & (m == 0))
    if len(none):
        raise DataError(
            "Nobody is on both lists: how many are on neither cannot be told.",
            where=place_of(found.domains.iloc[none[0]]),
            remedy="wider domains, or look at how the lists were linked",
        )  # fmt: skip
    poor = np.where(found.n > 0, (n1 + 1) * (n2 + 1) / (m + 1) - 1, np.nan)
    spread = (n1 + 1) * (n2 + 1) * (n1 - m) * (n2 - m) / ((m + 1) ** 2 * (m + 2))
    count, names = len(m), ["poor", "omitted", "exclusion error of the poor"]
    table = found.domains.take(np.tile(np.arange(count), 3)).reset_index(drop=True)
    table = table.assign(
        term=np.repeat(names, count), n=np.tile(found.n, 3),
        estimate=np.concatenate([poor, poor - n1, 1 - n1 / poor]),
        population=np.tile(found.population, 3),
    )[["term", *by, "estimate", "n", "population"]]  # fmt: skip
    own = np.diag(np.sqrt(spread))
    effects = np.hstack([own, own, own * (n1 / poor**2)])
    design, totals = _independent(effects)
    design = replace(design, df=np.inf, method="capture-recapture")

    def intervals(level):
        from scipy import stats

        a, b, c = m + 0.5, n1 - m + 0.5, n2 - m + 0.5
        reach = stats.norm.ppf(0.5 + level / 2) * np.sqrt(1 / a + 1 / b + 1 / c + a / (b * c))
        seen = n1 + n2 - m
        ends = [seen - 0.5 + b * c / a * np.exp(sign * reach) for sign in (-1, 1)]
        ends = [np.maximum(end, seen) for end in ends]
        return [np.concatenate([end, end - n1, 1 - n1 / end]) for end in ends]

    return Estimates(table, design, totals, None, found.dropped, svy.status, None, None, intervals,
                     svy.source)  # fmt: skip


# A corrected rate ---------------------------------------------------------------------


def rogan_gladen(svy, positive, sensitivity, specificity, by=None):
    """Estimate a share, corrected for how well those who judged find what they look for.

    Parameters
    ----------
    svy : Survey
        With its design.
    positive : str
        Column of 1 (judged poor) and 0.
    sensitivity, specificity : tuple of int
        (Right, checked) of another study: of so many truly poor who were checked so many were
        judged poor; of so many who were not poor so many were judged so.
    by : str or list of str, optional
        Columns of domains.

    Returns
    -------
    Estimates
        The term ``corrected share of <positive>``. Domains share the uncertainty of
        sensitivity and specificity: it is in the covariance, and so in ``.contrast``.

    Raises
    ------
    DataError
        If sensitivity and specificity do not add up to more than one, are no such counts, or
        a mark is not 0 or 1.

    Notes
    -----
    (share judged poor + specificity - 1) / (sensitivity + specificity - 1). The error adds the
    binomial ones of sensitivity and specificity to that of the design. An estimate below zero
    is left as it is (fewer are judged poor than errors alone would give): means over counties
    stay right. The interval is that of Lang and Reiczigel, cut off at 0 and 1, with the number
    of rows of a simple random sample that would have the error of the design (of its units of
    one size, where nobody or everybody is judged poor), and the quantile of the t distribution. Combinations such as ``.contrast`` have symmetric
    intervals. Sensitivity and specificity must hold where they are used.

    References
    ----------
    Rogan, W., Gladen, B. (1978), Estimating prevalence from the results of a screening test,
    American Journal of Epidemiology 107. Lang, Z., Reiczigel, J. (2014), Confidence limits for
    prevalence of disease adjusted for estimated sensitivity and specificity, Preventive
    Veterinary Medicine 113. Korn, E., Graubard, B. (1998), Confidence intervals for
    proportions with small expected number of positive counts estimated from survey data,
    Survey Methodology 24.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"judged": [1] * 20 + [0] * 80}))
    >>> found = ps.rogan_gladen(svy, "judged", sensitivity=(45, 50), specificity=(90, 100))
    >>> found.tidy()[["estimate", "std_error", "ci_low", "ci_high"]].round(3).values.tolist()
    [[0.125, 0.06, 0.005, 0.253]]
    """
    raw = mean(svy, positive, by)
    refuse_odd(svy, [positive], _WORDS)
    checked = [_checked(name, pair) for name, pair in
               (("sensitivity", sensitivity), ("specificity", specificity))]  # fmt: skip
    se, sp = (right / n for right, n in checked)
    if not se + sp > 1:
        raise DataError(
            "Sensitivity and specificity add up to one or less: such a judgement tells nothing.",
            where="arguments sensitivity, specificity", found=f"{se:.4g} + {sp:.4g}", remedy="look at which of the two counts is which",
        )  # fmt: skip
    p = raw.table["estimate"].to_numpy()
    share = (p + sp - 1) / (se + sp - 1)
    spreads = [np.sqrt(x * (1 - x) / n) for x, (_, n) in zip((se, sp), checked, strict=True)]
    outside = np.array([-share * spreads[0], (1 - share) * spreads[1]])
    errors, df = (raw.tidy()[name].to_numpy() for name in ("std_error", "df"))
    n, units = raw.table["n"].to_numpy().astype(float), np.asarray(raw.shares()[1], dtype=float)
    n = np.where((units > 0) & (units < n), units, n)  # nobody found: all of a unit may be alike
    alike = np.divide(p * (1 - p), errors**2, out=n, where=errors > 1e-12)
    table = raw.table.assign(term=f"corrected share of {positive}", estimate=share)
    made = _beside(raw, outside).combine(table, np.eye(len(p)) / (se + sp - 1))

    def intervals(level):
        return _lang_reiczigel(p, alike, *checked, reach_of(level, df))

    return replace(made, intervals=intervals)


def _checked(name, pair):
    """Numbers right and checked."""
    try:
        right, n = (float(x) for x in pair)
    except (TypeError, ValueError):
        right, n = np.nan, np.nan
    if not 0 <= right <= n < np.inf or n < 1:
        raise DataError(
            f"The {name} is two counts: how many were judged rightly, of how many checked.",
            where=f"argument {name}", found=pair, remedy=f"{name}=(45, 50)",
        )  # fmt: skip
    return right, n


def _lang_reiczigel(p, n, sensitivity, specificity, z):
    """Both ends of the adjusted interval."""
    p, n = (n * p + z**2 / 2) / (n + z**2), n + z**2
    (se, n_se), (sp, n_sp) = (
        ((right + 1) / (m + 2), m + 2) for right, m in (sensitivity, specificity)
    )
    youden = se + sp - 1
    share = (p + sp - 1) / youden
    of_se, of_sp = se * (1 - se) / n_se, sp * (1 - sp) / n_sp
    error = np.sqrt(p * (1 - p) / n + share**2 * of_se + (1 - share) ** 2 * of_sp) / youden
    centre = share + 2 * z**2 * (share * of_se - (1 - share) * of_sp)
    return [np.clip(centre + sign * z * error, 0, 1) for sign in (-1, 1)]


# Errors from elsewhere ----------------------------------------------------------------


def _independent(effects):
    """Design and influences of independent sources: effects (one error each) x estimates.

    Each is a stratum of two units that lie half of its error above and below zero.
    """
    sources = len(effects)
    design = designed(np.full(sources, 2), np.tile(np.arange(sources), 2))
    return design, design.totals(np.vstack([effects, -effects]) / 2)


def _beside(made, effects):
    """Estimates with errors from elsewhere beside those of their design."""
    from scipy import sparse

    more, added = _independent(effects)
    old, totals, touched = made.design, made.totals, made.touched
    design = replace(old, units=np.r_[old.units, more.units], factor=np.r_[old.factor, more.factor])
    totals = design.totals(
        sparse.vstack([totals.second, added.second], format="csr"),
        np.r_[totals.stratum, added.stratum + len(old.units)],
        np.vstack([totals.first, added.first]),
    )
    if touched is not None:
        none = sparse.csr_array((len(effects), len(made)))
        touched = sparse.vstack([touched, none], format="csr")
    return replace(made, design=design, totals=totals, touched=touched)
