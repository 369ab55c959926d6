"""Targeting: who is on the list, who is poor, and whether the help fits the cause.

All of it is made of sums, so it runs on every kind of table, and the errors of all rates come
from one set of influences.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ..base.checks import listed as names_of
from ..base.errors import DataError
from ..survey.cells import nothing, pairs
from ..survey.estimates import by_replicates
from ..survey.linear import OF_ALL, Term, counted, domain_names, estimates, share_term
from ..survey.survey import refuse_empty

_WORDS = ("yes", "no")
_BOTH, _IN, _OUT, _NEITHER = "listed, poor", "listed, not poor", "not listed, poor", "neither"
# Numerator and denominator of each rate, as sums of the four fields of the table.
_ERRORS = {
    "inclusion error of the listed": ([_IN], [_BOTH, _IN]),
    "inclusion error of the not poor": ([_IN], [_IN, _NEITHER]),
    "exclusion error of the poor": ([_OUT], [_BOTH, _OUT]),
    "exclusion error of the not listed": ([_OUT], [_OUT, _NEITHER]),
    "mistargeted": ([_IN, _OUT], ["weight"]),
}
_FITS, _FIRST, _SECOND = "fits", "first", "second"
_SHARES = {"coverage": ([_BOTH, _IN], ["weight"]), "poor": ([_BOTH, _OUT], ["weight"])}


# Errors of a list ---------------------------------------------------------------------


@by_replicates
def targeting_errors(svy, listed="listed", poor="poor", by=None, transfer=None):
    """Estimate inclusion and exclusion errors of a list of the poor.

    Parameters
    ----------
    svy : Survey
        With its design.
    listed, poor : str
        Columns of 1 (or true) and 0: on the list, or helped; truly poor.
    by : str or list of str, optional
        Columns of domains, such as ``"assessor"`` or ``["region", "year"]``.
    transfer : str, optional
        Column of what was given, 0 or more, such as yuan per person and year.

    Returns
    -------
    Estimates
        In shares, not in percent. The word *of* names the denominator:

        ======================================  =======================  =====================
        term                                    is                       also called
        ======================================  =======================  =====================
        ``inclusion error of the listed``       P(not poor | listed)     leakage; 错评率
        ``inclusion error of the not poor``     P(listed | not poor)     1 - specificity
        ``exclusion error of the poor``         P(not listed | poor)     under-coverage;
                                                                         1 - sensitivity
        ``exclusion error of the not listed``   P(poor | not listed)     omission rate; 漏评率
        ``mistargeted``                         P(either error)          error rate
        ``coverage``, ``poor``                  P(listed), P(poor)
        ``targeting ratio``                     P(poor | listed) over    Coady-Grosh-Hoddinott
                                                P(poor)                  ratio; 1 is no better
                                                                         than giving to all
        ======================================  =======================  =====================

        With ``transfer`` also ``leakage of transfers``, the share of what is given that goes
        to who is not poor, and ``targeting ratio of transfers``, the share that goes to the
        poor over P(poor).

    Raises
    ------
    DataError
        If a mark is not 0 or 1, is missing (see ``missing`` of `Survey`), or a transfer is
        less than 0.

    Notes
    -----
    Papers mean different things by inclusion error. Coady, Grosh and Hoddinott (2004) divide
    by all who are listed (leakage), Alatas et al. (2012) by all who are not poor, Cornia and
    Stewart (1993) use both; hence no term is called inclusion error alone. Where nobody is
    listed, or nobody is poor, what is divided by their number is missing, not 0.

    ``.contrast("assessor", "third party", "cadre")`` gives differences with the covariance of
    the design; `targeting_difference` tells what they come from. Who was truly poor is taken
    as known without error: see `hui_walter` where it is not.

    References
    ----------
    Coady, D., Grosh, M., Hoddinott, J. (2004), Targeting of Transfers in Developing Countries,
    World Bank. Cornia, G., Stewart, F. (1993), Two errors of targeting, Journal of
    International Development 5. Alatas, V. et al. (2012), Targeting the poor: evidence from a
    field experiment in Indonesia, American Economic Review 102.

    Examples
    --------
    Of ten households four are poor; of five on the list three are.

    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"poor": [1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
    ...                       "listed": [1, 1, 1, 0, 1, 1, 0, 0, 0, 0]})
    >>> found = ps.targeting_errors(ps.Survey(table)).tidy()
    >>> dict(zip(found["term"], found["estimate"].round(3).tolist()))
    {'inclusion error of the listed': 0.4, 'inclusion error of the not poor': 0.333,
     'exclusion error of the poor': 0.25, 'exclusion error of the not listed': 0.2,
     'mistargeted': 0.3, 'coverage': 0.5, 'poor': 0.4, 'targeting ratio': 1.5}
    """
    by, needed = names_of(by), [] if transfer is None else [transfer]
    svy.rows.need([listed, poor, *needed])
    if transfer is not None:
        bad = svy.rows.first(transfer, lambda row: row[transfer] < 0)
        if bad:
            raise DataError("What is given is 0 or more.", where=bad[1], found=bad[2],
                            remedy="look at these rows: are they repayments?")  # fmt: skip

    def terms(row):
        made = _fields(row, listed, poor)
        if transfer is not None:
            made["to poor"] = row[transfer] * row[poor]
            made["to others"] = row[transfer] * (1 - row[poor])
        return made

    found = counted(svy, by, [listed, poor], terms, needed, _WORDS)
    parts = [_rate(found, *parts, name) for name, parts in {**_ERRORS, **_SHARES}.items()]
    everyone = _rate(found, [_BOTH, _OUT], ["weight"])
    parts.append(_over("targeting ratio", _rate(found, [_BOTH], [_BOTH, _IN]), everyone))
    if transfer is not None:
        given = ["to poor", "to others"]
        parts.append(_rate(found, ["to others"], given, "leakage of transfers"))
        own = _rate(found, ["to poor"], given)
        parts.append(_over("targeting ratio of transfers", own, everyone))
    return estimates(svy, found, parts)


@by_replicates
def targeting_difference(svy, within, over="assessor", *, base, value, listed="listed",
                         poor="poor"):  # fmt: skip
    """Split the difference in errors of two assessors into composition and rates.

    Parameters
    ----------
    svy : Survey
        With its design.
    within : str or list of str
        Columns of groups in which assessors may work more or less, such as ``"region"``.
    over : str
        Column that tells the two apart.
    base, value : object
        The difference is that of ``value`` minus that of ``base``.
    listed, poor : str
        As for `targeting_errors`.

    Returns
    -------
    Estimates
        The terms are the five errors of `targeting_errors`; the column ``component`` says
        ``composition`` (they judge different groups), ``rates`` (they judge the same group
        differently) and ``difference``, which is their sum; the column ``over`` says
        ``value - base``; ``n`` and ``population`` are of both.

    Raises
    ------
    DataError
        If an assessor is unknown, or one of them has nobody in a group (of those that a rate
        is of) in which the other has somebody: their rates cannot be compared there. A rate
        that one of them has of nobody at all is missing.

    Notes
    -----
    An error is the sum over groups of share times rate, where the share is that of the group
    in the denominator: of the exclusion error of the poor, in the poor whom this assessor
    judged. Composition is the sum of differences in shares times the mean of the two rates;
    rates is the sum of differences in rates times the mean of the two shares (Kitagawa 1955;
    the same as the Shapley value of the two factors, so that it does not matter who is the
    base). It describes: that an assessor has the same groups does not mean that their
    households are alike in what was not recorded. Errors are linearised; those of the shares
    are in them, and the covariance of the design.

    References
    ----------
    Kitagawa, E. (1955), Components of a difference between two rates, Journal of the American
    Statistical Association 50. Shorrocks, A. (2013), Decomposition procedures for
    distributional analysis, Journal of Economic Inequality 11.

    Examples
    --------
    Both miss the same share of the poor of each region, but one works where more are missed.

    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({
    ...     "assessor": ["cadre"] * 6 + ["third party"] * 6,
    ...     "region": ["plain"] * 4 + ["hills"] * 2 + ["plain"] * 2 + ["hills"] * 4,
    ...     "listed": [1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0], "poor": 1})
    >>> found = ps.targeting_difference(ps.Survey(table), "region", base="cadre",
    ...                                 value="third party")
    >>> table = found.tidy().query("term == 'exclusion error of the poor'")
    >>> table[["component", "estimate"]].round(3).values.tolist()
    [['composition', 0.042], ['rates', 0.125], ['difference', 0.167]]
    """
    within = domain_names(within, ("component",))
    if not within or over in within:
        raise DataError("Groups are told by other columns than the assessor.", where="argument within", found=within,
                        remedy='within="region"')  # fmt: skip
    made = lambda row: _fields(row, listed, poor)  # noqa: E731
    found = counted(svy, [over, *within], [listed, poor], made, (), _WORDS)
    domains, size = found.domains, len(found.domains)
    asked, known = (base, value), domains[over].unique().tolist()
    for who in asked:
        if who not in known or base == value:
            raise DataError(
                "Two who are to be compared are two that the column knows.",
                where=f"column {over}", found=asked, remedy=f"two of {known[:10]}",
            )  # fmt: skip
    group = domains.groupby(within, sort=False).ngroup().to_numpy()
    place = np.full((2, group.max() + 1), -1)  # domain of each assessor and group
    for i, one in enumerate(asked):
        here = np.flatnonzero((domains[over] == one).to_numpy())
        place[i, group[here]] = here
    fields = [_BOTH, _IN, _OUT, _NEITHER]
    one = np.ones(size)
    sums = estimates(svy, found, [Term(x, found.total(x), {x: one}) for x in fields])
    both = place[place >= 0]
    counts = {"n": found.n[both].sum(), "population": found.population[both].sum()}
    tables, gradients = [], []
    for name, (top, bottom) in _ERRORS.items():
        bottom = fields if bottom == ["weight"] else bottom
        above, below = (
            np.where(place >= 0, sum(found.total(x) for x in part)[place], 0.0)
            for part in (top, bottom)
        )
        if (below > 0).any(axis=1).all():  # else there is no such rate
            _refuse_apart(name, below, domains, place, asked, within)
        used = (below > 0).all(axis=0)
        if not used.any():
            above, below, used = above * np.nan, below * np.nan, used | True
        value_, slopes = _kitagawa(above[:, used], below[:, used])
        gradient = np.zeros((len(sums), 3))
        for part, slope in ((top, slopes[0]), (bottom, slopes[1])):
            for x in part:
                gradient[fields.index(x) * size + place[:, used]] += slope
        tables.append(pd.DataFrame({
            "term": name, over: f"{value} - {base}",
            "component": ["composition", "rates", "difference"], "estimate": value_, **counts,
        }))  # fmt: skip
        gradients.append(gradient)
    return sums.combine(pd.concat(tables), np.hstack(gradients))


# Agreement ----------------------------------------------------------------------------


@by_replicates
def agreement(svy, one, two, by=None):
    """Estimate how far two assessors agree, beyond chance: Cohen's kappa.

    Parameters
    ----------
    svy : Survey
        With its design; a row bears the judgement of both.
    one, two : str
        Columns of the judgements: marks, numbers or words.
    by : str or list of str, optional
        Columns of domains.

    Returns
    -------
    Estimates
        The terms ``observed agreement``, ``expected agreement`` (of two who judge
        independently with the same shares), and ``kappa``, from -1 to 1; 0 is chance.

    Raises
    ------
    DataError
        If a judgement is missing (see ``missing`` of `Survey`).

    Notes
    -----
    kappa = (observed - expected) / (1 - expected); missing where both give one judgement to
    all. It depends on how common each judgement is: of rare poverty it is low even where
    errors are few. Its error is linearised; in a simple random sample it is that of Fleiss,
    Cohen and Everitt (times n / (n - 1)).

    References
    ----------
    Cohen, J. (1960), A coefficient of agreement for nominal scales, Educational and
    Psychological Measurement 20. Fleiss, J., Cohen, J., Everitt, B. (1969), Large sample
    standard errors of kappa and weighted kappa, Psychological Bulletin 72.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"cadre": [1, 1, 0, 0, 0], "visitor": [1, 0, 0, 0, 0]})
    >>> ps.agreement(ps.Survey(table), "cadre", "visitor").tidy()["estimate"].round(3).tolist()
    [0.8, 0.56, 0.545]
    """
    by = names_of(by)
    if one == two:
        raise DataError("Two assessors are two columns.", where=f"column {one}", found=one,
                        remedy="name another column")  # fmt: skip

    def marks(pairs):
        kinds = dict.fromkeys([*pairs[one], *pairs[two]])
        made = {_FITS: pairs[one].astype(object) == pairs[two].astype(object)}
        for kind in kinds:
            made[_FIRST, kind], made[_SECOND, kind] = pairs[one] == kind, pairs[two] == kind
        return made

    names = "observed agreement", "expected agreement", "kappa"
    return _against_chance(svy, by_values(svy, by, [one, two], marks), names)


@by_replicates
def match_rate(svy, suits, measure="measure", cause="cause", by=None):
    """Estimate how often the measure that a household was given fits its recorded cause.

    Parameters
    ----------
    svy : Survey
        With its design; a row is a household (or a measure that it was given).
    suits : dict
        For each cause the measure, or list of measures, that fit it.
    measure, cause : str
        Columns of the measure given and of the recorded cause of poverty.
    by : str or list of str, optional
        Columns of domains, such as ``"cause"`` or ``"assessor"``.

    Returns
    -------
    Estimates
        The terms ``match rate``; ``expected match rate``, if the same measures were given to
        the same households without a look at their causes; and ``match beyond chance``, what
        is achieved of the difference between this and a perfect match.

    Raises
    ------
    DataError
        If a cause is not in ``suits``, or a cause or measure is missing (see ``missing`` of
        `Survey`).

    Notes
    -----
    One measure for all makes a high rate where one cause prevails: the match beyond chance is
    0 then. It is built as Cohen's kappa is, with the pairs that fit in place of those that are
    the same; missing where chance alone would match all. A household that was given nothing
    (a measure such as ``"none"``) counts as not matched: leave such rows out where they are not
    meant. Which measures fit is the analyst's judgement, and is to be published with the rate.

    References
    ----------
    Cohen, J. (1960), A coefficient of agreement for nominal scales, Educational and
    Psychological Measurement 20.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"cause": ["illness", "illness", "no skill", "no skill"],
    ...                       "measure": ["medical aid", "loan", "training", "loan"]})
    >>> suits = {"illness": "medical aid", "no skill": ["training", "public job"]}
    >>> ps.match_rate(ps.Survey(table), suits).tidy()["estimate"].round(3).tolist()
    [0.5, 0.25, 0.333]
    """
    by = names_of(by)
    if not hasattr(suits, "items"):
        raise DataError("Which measures fit is a dict: measures for each cause.", where="argument suits",
                        found=type(suits).__name__, remedy='suits = {"illness": ["medical aid"]}')  # fmt: skip
    suits = {of: set(names_of(fitting)) for of, fitting in suits.items()}

    def marks(pairs):
        unknown = [x for x in dict.fromkeys(pairs[cause]) if x not in suits]
        if unknown:
            raise DataError(
                f"{len(unknown)} causes have no measure that fits them.", where=f"column {cause}",
                found=", ".join(map(repr, unknown[:5])),
                remedy=f"suits |= {dict.fromkeys(unknown[:8], ())}  # nothing fits; or name what does",
            )  # fmt: skip
        fits = [m in suits[c] for m, c in zip(pairs[measure], pairs[cause], strict=True)]
        made = {_FITS: np.array(fits)}
        for c, fitting in suits.items():
            made[_FIRST, c], made[_SECOND, c] = pairs[cause] == c, pairs[measure].isin([*fitting])
        return made

    names = "match rate", "expected match rate", "match beyond chance"
    return _against_chance(svy, by_values(svy, by, [measure, cause], marks), names)


# Sums ---------------------------------------------------------------------------------


def _fields(row, listed, poor):
    """The four fields of the table of listed by poor."""
    a, p = row[listed], row[poor]
    return {_BOTH: a * p, _IN: a * (1 - p), _OUT: (1 - a) * p, _NEITHER: (1 - a) * (1 - p)}


def _rate(found, top, bottom, name=""):
    """Ratio of two sums of terms."""
    return share_term(name, found, dict.fromkeys(top, 1.0), dict.fromkeys(bottom, 1.0))


def _over(name, one, two):
    """Ratio of two rates."""
    base = np.where(two.estimate > 0, two.estimate, np.nan)
    ratio = one.estimate / base
    slopes = {
        x: (one.slopes.get(x, 0.0) - ratio * two.slopes.get(x, 0.0)) / base
        for x in {**one.slopes, **two.slopes}
    }
    return Term(name, ratio, slopes)


def _kitagawa(above, below):
    """Both parts and the whole difference of two rates, and their slopes.

    From sums above and below the line, 2 (base, value) x groups; the slopes, by these, are
    2 (above, below) x 2 (base, value) x groups x 3.
    """
    whole = below.sum(axis=1, keepdims=True)
    share, rate, sign = below / whole, above / below, np.array([[-1.0], [1.0]])
    more, worse = share[1] - share[0], rate[1] - rate[0]
    parts = np.array([more @ rate.mean(axis=0), worse @ share.mean(axis=0)])
    by_share = np.stack([sign * rate.mean(axis=0), np.tile(worse / 2, (2, 1))], axis=-1)
    by_rate = np.stack([np.tile(more / 2, (2, 1)), sign * share.mean(axis=0)], axis=-1)
    by_above = by_rate / below[..., None]
    centre = (by_share * share[..., None]).sum(axis=1, keepdims=True)
    by_below = (by_share - centre) / whole[..., None] - by_above * rate[..., None]
    slopes = np.stack([by_above, by_below])
    return np.append(parts, parts.sum()), np.append(slopes, slopes.sum(-1, keepdims=True), -1)


def _refuse_apart(name, below, domains, place, asked, within):
    """Refuse groups that one of two assessors has, and the other has not."""
    apart = np.flatnonzero((below > 0).any(axis=0) & ~(below > 0).all(axis=0))
    if len(apart):
        has = int(below[1, apart[0]] > 0)
        group = domains[within].iloc[place[has, apart[0]]].to_dict()
        raise DataError(
            f"{len(apart)} groups have rows for one assessor alone: the {name} of two assessors "
            "cannot be compared there.",
            where=f"column {', '.join(within)}",
            found=f"{asked[has]!r} has {group}, {asked[1 - has]!r} has not",
            remedy="wider groups, or the rows of groups that both judged",
        )  # fmt: skip


def by_values(svy, by, names, marks, needed=()):
    """Sums of marks that hang on the values of two columns, of any kind.

    ``marks`` gives them for a table of the pairs of values that there are.
    """
    found = svy.cells(by, needed, nothing, group=names)
    known = found.group >= 0
    lost = int(found.rows[~known & (found.domain >= 0)].sum())
    if lost and svy.missing == "refuse":
        svy.rows.refuse_values(" or no ".join(names), lost, f"column {', '.join(names)}")
    group = found.group[known]
    made = {name: np.asarray(x, dtype=float)[group] for name, x in marks(found.groups).items()}
    one, products = {"weight": 1.0, **made}, None
    if found.products is not None:
        squares = found.products["weight", "weight"][known]
        products = {(a, b): squares * one[a] * one[b] for a, b in pairs(one)}
    found = replace(
        found, domain=found.domain[known], group=group, unit=found.unit[known],
        sums={name: found.sums["weight"][known] * x for name, x in one.items()},
        products=products, rows=found.rows[known], row=found.row if found.row is None else found.row[known], dropped=found.dropped + lost, asked=None,
    )  # fmt: skip
    refuse_empty(found.population, found.domains)
    return found


def _against_chance(svy, found, names):
    """Share of what fits, the share expected by chance, and the part beyond it."""
    whole = found.population
    fits, expected = found.total(_FITS) / whole, 0.0
    of_fits = {_FITS: 1 / whole, "weight": -fits / whole}
    of_expected = {}
    for one, two in [((_FIRST, x[1]), (_SECOND, x[1])) for x in found.sums if x[0] == _FIRST]:
        shares = found.total(one) / whole, found.total(two) / whole
        expected = expected + shares[0] * shares[1]
        of_expected |= {one: shares[1] / whole, two: shares[0] / whole}
    of_expected["weight"] = -2 * expected / whole
    left = 1 - np.where(expected < 1 - 1e-12, expected, np.nan)
    beyond = (fits - expected) / left
    slopes = {x: of_expected[x] * (beyond - 1) / left for x in of_expected}
    for x, slope in of_fits.items():
        slopes[x] = slopes.get(x, 0.0) + slope / left
    made = estimates(svy, found, [
        Term(names[0], fits, of_fits, None, ({_FITS: 1.0}, {"weight": 1.0})),
        Term(names[1], expected, of_expected, None, OF_ALL), Term(names[2], beyond, slopes),
    ])  # fmt: skip
    plain, size = made.shares, len(fits)

    def shares():  # beyond chance lies between what nothing and what all that fits would give
        units = [np.r_[x[: 2 * size], x[:size]] for x in plain()]
        return *units, np.r_[np.zeros(2 * size), -expected / left], np.ones(3 * size)

    return replace(made, shares=shares)
