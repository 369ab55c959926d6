"""May an effect of `compare` be believed: it holds, does not hold, or cannot be told, and why.

The rule is written down in `verdict`, which carries it out; its thresholds are arguments.
"""

import numpy as np
import pandas as pd
from scipy import stats

from ...base.checks import listed, need_positive, need_share, need_whole
from ...base.errors import DataError
from ...base.status import handed_on
from ...base.verdicts import FALLS, HOLDS, OPEN, Verdict
from ..sensitivity import _stretched, breakdown, relative_magnitudes
from . import losses
from .trends import clearer, joint, less, path

_AGAINST = {"small", "parted", "switched", "left"}  # reasons that speak against an effect
_COLUMNS = [
    "arm", "verdict", "reasons", "estimate", "std_error", "ci_low", "ci_high", "periods",
    "p_trends", "p_shape", "furthest", "bias", "missed", "line_low", "line_high", "dip_low",
    "dip_high", "relative_low", "relative_high", "breakdown", "lost", "lost_controls", "loss_low",
    "loss_high", "left_bias", "p_left", "switched", "switched_bias", "p_switched", "clusters",
    "n", "df",
]  # fmt: skip


def verdict(
    eff, contrasts=(), *, arms=None, level=0.95, alpha=0.05, power=0.8, most_parted=0.05,
    most_missed=1.0, least_breakdown=0.1, most_loss=0.05, least_clusters=20, least_effect=0.0,
):  # fmt: skip
    """Judge effects: each holds, does not hold, or cannot be told.

    Parameters
    ----------
    eff : Effects
        As `compare` makes them.
    contrasts : sequence of pairs of str
        Arms whose difference is judged too, as ``[("social_work", "administrative")]``.
    arms : sequence of str, optional
        Arms that are judged; all, if not given.
    level : float
        Of the interval of the effect.
    alpha : float
        Level of the tests before help and of losses; each side of an interval from which a line
        or a dip is taken misses as often.
    most_parted : float
        Share of the effect which a path that was found before help, or who was lost, may make,
        and which effects before help may reach: less is of no account, however surely it is found.
        Where no effect is seen, its error counts instead.
    power : float
        With which the test before help would find the slope in ``missed``.
    most_missed : float
        Share of the effect that this slope may make at most.
    least_breakdown : float
        Times the most that trends parted before help, by which they may part after it while the
        interval still leaves out zero (Mbar), at least.
    most_loss : float
        Most by which shares lost may differ between the helped and those they are compared with;
        above it, the effect must stand also at the worse of Lee's bounds.
    least_clusters : int
        Of each side.
    least_effect : float
        Effects that are no larger (in either direction) count as none.

    Returns
    -------
    Verdict
        With ``.verdicts()``, ``.summary(lang)`` and ``.tidy()``: ``arm verdict reasons estimate
        std_error ci_low ci_high``; ``periods`` before help; ``p_trends`` of the joint test,
        ``p_shape`` of two shapes, ``furthest``, the largest effect before help,
        ``bias``, what the clearer shape would make of the effect; ``missed``; ``line_low line_high dip_low dip_high``; ``relative_low
        relative_high`` at Mbar 1 and ``breakdown``; ``lost lost_controls`` (shares) with
        ``loss_low loss_high``, by how much loss could move the effect; ``left_bias p_left`` of
        those who were lost; ``switched`` (share of household-years left out for a second help)
        ``switched_bias p_switched``; ``clusters`` (of the side with fewer) ``n df method
        data_status``. What cannot be seen is missing: in cross-sections, who was lost.

    Raises
    ------
    DataError
        If a threshold is out of its range, or there is no such arm.

    Notes
    -----
    The rule; its reasons are given in the order in which they are checked.

    *Does not hold*, if one of these is so:

    - ``small``: all of the interval lies within ``least_effect``.
    - ``parted``: before help the arm was on another path, which gone on would make an effect of
      this sign: the joint test, or that of the clearer one of a straight line and a dip at the
      last time before help (as both are tried, and in the direction of the effect), has p below
      ``alpha``, and it is more than ``most_parted`` of the effect.
    - ``switched``, ``left``: those who were left out for a second help, or were lost, had fared
      otherwise before (p below ``alpha``), and this makes more than ``most_parted`` of the effect.

    *Cannot be told*, if one of these is so:

    - ``zero``: the interval does not leave out zero (or ``least_effect``). No effect seen is no
      proof of none: the interval says how large it could be.
    - ``none before``: there is no time before help but the base.
    - ``parted otherwise``, ``switched otherwise``, ``left otherwise``: as above, but against the
      effect, which may be larger.
    - ``missed``: the joint test could miss (with ``power``) a slope that makes more than
      ``most_missed`` of the effect.
    - ``line``, ``dip``: minus what a straight line through the times before help makes of it, or
      from all these times as the base, the effect is no longer told from zero.
    - ``relative``: the breakdown value is less than ``least_breakdown``, or cannot be found.
    - ``lost``: shares lost differ by more than ``most_loss``, and with the worse of Lee's bounds
      the interval does not leave out zero.
    - ``clusters``: a side has fewer than ``least_clusters``.

    All is said of the mean effect over all years since the start, weighed as `Effects.effects`
    does; `Effects.sensitivity` gives each year the same weight, and differs a little.

    *Holds* otherwise: there is an effect of this sign. ``benchmarks/verdict.py`` counts how often
    this is said in small worlds that are known (60 villages, five or six years before help).
    There it is said of 82 percent of effects of four errors where trends are parallel (28 of
    those of two errors, 90 of six), and of 5 percent of worlds whose bias exceeds the error: of 1
    percent without any effect, and of 9 percent with one of four errors on top. It says that there
    is an effect, not how large it is: where the bias is near one error, most effects of four errors
    are said to hold, as no test of so few years sees it.

    References
    ----------
    Roth, J. (2022), Pretest with caution: event-study estimates after testing for parallel
    trends, American Economic Review: Insights 4. Rambachan, A., Roth, J. (2023), A more credible
    approach to parallel trends, Review of Economic Studies 90. Lee, D. (2009), Training, wages,
    and sample selection: estimating sharp bounds on treatment effects, Review of Economic
    Studies 76.

    Examples
    --------
    >>> import povstudy as ps
    >>> made = ps.simulate(ps.Scenario(social_work_share=0.5), households=8_000, years=8, seed=1)
    >>> eff = ps.compare(made.panel, "income", cluster="village")
    >>> eff.verdict().tidy()[["arm", "verdict", "reasons"]].values.tolist()[0]
    ['administrative', 'does not hold', 'parted; left; clusters']
    """
    asked = {
        "level": level, "alpha": alpha, "power": power, "most_parted": most_parted,
        "most_missed": most_missed, "least_breakdown": least_breakdown, "most_loss": most_loss,
        "least_clusters": least_clusters, "least_effect": least_effect,
    }  # fmt: skip
    for name, such in (("level", 0.95), ("alpha", 0.05), ("power", 0.8)):
        need_share(name, asked[name], such)
    for name in ("most_parted", "most_missed", "least_breakdown", "least_effect"):
        need_positive(name, asked[name], least=0)
    need_share("most_loss", most_loss, 0.05, ends=(0, 1))
    need_whole("least_clusters", least_clusters, least=0, such=20)
    every = eff.effects().table["arm"].tolist()
    pairs = [(arm, None) for arm in dict.fromkeys(every if arms is None else listed(arms))]
    pairs += [tuple(one) for one in contrasts]
    if not pairs or any(len(one) != 2 or one[0] == one[1] for one in pairs):
        raise DataError("What is judged is an arm, or a pair of two arms.", where="arguments arms, contrasts",
                        found=f"{arms}, {contrasts}", remedy=f"arms of {every}, and in contrasts= pairs of them")  # fmt: skip
    if not {one for pair in pairs for one in pair} <= {*every, None}:
        raise DataError("There is no such arm.", found=str(pairs), remedy=f"some of {every}")
    shares = None if eff.sample.period is not None else losses.lost(eff)
    rows = [_judged(eff, *pair, shares, asked) for pair in pairs]
    table = pd.DataFrame(rows).reindex(columns=_COLUMNS).assign(
        method="group-time effects", data_status=eff.cells.status)  # fmt: skip
    return Verdict(handed_on(table, eff), {**asked, "stands": "stands"})


def _judged(eff, value, base, shares, asked):
    """The row of one arm, or of one arm minus another."""
    found = (eff.effects() if base is None else eff.contrast(value, base)).tidy(asked["level"])
    told = found[found["arm"] == (value if base is None else f"{value} - {base}")].iloc[0]
    row = told[["arm", "estimate", "std_error", "ci_low", "ci_high", "n", "df"]].to_dict()
    sides = [(value, 1), ("none" if base is None else base, -1)]
    clusters = eff.arms.set_index("arm")["clusters"]
    row["clusters"] = int(min(clusters[one] for one, _ in sides if clusters[one]))
    row |= _trends(path(eff, value, base), asked)
    if shares is not None:
        row |= _losses(eff, sides, shares)
    return row | _said(reasons(row, asked))


def _said(why):
    said = FALLS if _AGAINST & set(why) else OPEN if why else HOLDS
    return {"verdict": said, "reasons": "; ".join(why)}


def _trends(of, asked):
    """What the times before help say of an effect."""
    row = {"periods": int(of.before.sum())}
    if not row["periods"]:
        return row
    test = joint(of, asked["power"], asked["alpha"])
    shapes = {shape: less(of, shape, asked["alpha"]) for shape in ("line", "dip")}
    row |= {
        "p_trends": test["p_value"], "missed": test["slope"] * abs(of.weight @ of.steps),
        "bias": max(shapes.values(), key=lambda one: one["size"])["bias"],
        "p_shape": clearer(of, min(one["p_value"] for one in shapes.values())),
        "furthest": np.abs(of.estimate[of.before]).max(),
    }  # fmt: skip
    for shape, one in shapes.items():
        row |= {f"{shape}_{end}": one[end] for end in ("low", "high")}
    later = of.weight[~of.before]
    try:
        cov = _stretched(of.cov, of.df, asked["level"])
        interval = relative_magnitudes(of.estimate, cov, row["periods"], later, 1 - asked["level"])
    except DataError:  # more times than clusters
        return row
    row["relative_low"], row["relative_high"] = interval(1.0)
    return row | {"breakdown": np.nan_to_num(breakdown(interval)[0])}


def _losses(eff, sides, shares):
    """Who was lost or left out on both sides, and what it could make of the effect."""
    lost = [shares[eff.sample.names.index(one)] for one, _ in sides]
    ends = sum(np.sort(sign * losses.bounds(eff, one)) for one, sign in sides if one != "none")
    row = {"lost": lost[0], "lost_controls": lost[1], "loss_low": ends[0], "loss_high": ends[1]}
    for name, second in (("left", False), ("switched", True)):
        found = losses.selection(eff, sides, second)
        if found:
            size = abs(found["bias"]) / found["std_error"] if found["std_error"] > 0 else np.nan
            row |= {name: found["share"], f"{name}_bias": found["bias"],
                    f"p_{name}": 2 * stats.t.sf(size, found["df"])}  # fmt: skip
    return row


def reasons(row, asked):
    """Carry out the rule of `verdict` on the numbers of a row.

    Parameters
    ----------
    row : dict
        ``estimate``, its interval, and what is known of the columns of `verdict`.
    asked : dict
        The thresholds.

    Returns
    -------
    list of str
        Codes of the reasons why the effect does not hold, or cannot be told.
    """
    get, sign = lambda name: row.get(name, np.nan), -1 if row["estimate"] < 0 else 1
    seen, there, least = _seen(row, asked)
    least_told = asked["most_parted"] * abs(row["estimate"]) if there else row["std_error"]
    towards = sign * get("bias") > 0
    shaped = get("p_shape") < asked["alpha"] and towards
    parted = get("p_trends") < asked["alpha"] or shaped
    parted &= max(abs(get("bias")), get("furthest")) > least_told
    found = {
        "small": seen["small"], "zero": seen["zero"], "none before": not row["periods"],
        "parted": parted and towards, "parted otherwise": parted and not towards,
        "missed": there and get("missed") > asked["most_missed"] * abs(row["estimate"]),
        "line": there and not parted and least("line") <= 0,
        "dip": there and not parted and least("dip") <= 0,
        "relative": there and row["periods"] and not get("breakdown") >= asked["least_breakdown"],
        "lost": seen["lost"],
    }  # fmt: skip
    for name in ("left", "switched"):
        moved = get(f"p_{name}") < asked["alpha"] and abs(get(f"{name}_bias")) > least_told
        found[name] = moved and sign * get(f"{name}_bias") > 0
        found[f"{name} otherwise"] = moved and not found[name]
    found["clusters"] = row["clusters"] < asked["least_clusters"]
    return [code for code, so in found.items() if so]


def _seen(row, asked, there=None):
    """What the interval says, alone and with losses; whether an effect is seen; the end nearest to zero."""
    sign = -1 if row["estimate"] < 0 else 1
    least = lambda name: min(sign * row.get(f"{name}_{end}", np.nan) for end in ("low", "high"))  # noqa: E731
    small = max(abs(row["ci_low"]), abs(row["ci_high"])) < asked["least_effect"]
    there = least("ci") > asked["least_effect"] if there is None else there
    apart = abs(row.get("lost", np.nan) - row.get("lost_controls", np.nan)) > asked["most_loss"]
    lost = there and apart and not least("ci") + least("loss") > asked["least_effect"]
    return {"small": small, "zero": not (small or there), "lost": lost}, there, least


# Trials -------------------------------------------------------------------------------


_JUDGED = ("effect", "contrast")  # of what was drawn by lot


def trial_verdict(found, *, assigned=None, before=None, lot=None, alpha=0.05, most_loss=0.05,
                  least_df=5, least_effect=0.0):  # fmt: skip
    """Judge effects of a trial: each holds, or cannot be told, or does not hold.

    Parameters
    ----------
    found : TrialEffects
        As `trial_effects` makes them.
    assigned : dict, optional
        For each arm (1 and 0, if it has no words) how many households were drawn for it, where
        the table has no rows of those who were lost.
    before : TrialEffects, optional
        Effects of the same lot on what was measured before it: ``trial_effects(table,
        ["income_before", "age"], "treated")``. There should be none.
    lot : float, optional
        p-value of `randomisation_test`, which counts in place of the interval; of one effect.
    alpha : float
        Level of ``lot`` and of the joint test of ``before``.
    most_loss, least_effect : float
        As in the verdict of `compare`.
    least_df : float
        Degrees of freedom of an error that is trusted; with fewer, as of few clusters, ``lot`` is
        asked for.

    Returns
    -------
    Verdict
        A row for each effect (of the offer, if some took it up): ``outcome``, ``arm`` and subgroup, ``verdict reasons estimate
        std_error ci_low ci_high lost lost_controls loss_low loss_high p_before p_lot clusters (of
        the arm with fewer) n df method data_status``.

    Raises
    ------
    DataError
        If a threshold is out of its range, fewer were assigned than are in the table, or ``lot``
        is given for several effects.

    Notes
    -----
    The rule, in its order. *Does not hold*: ``small``, all of the interval lies within
    ``least_effect``. *Cannot be told*: ``zero``, the interval does not leave out zero (or
    ``least_effect``), ``no error``, there is none, or ``no lot``, ``lot`` is not below ``alpha``;
    ``unbalanced``, the arms
    differed before (joint test of ``before``); ``lost``, shares lost differ by more than
    ``most_loss``, and at the worse of Lee's bounds the interval does not leave out zero;
    ``few``, the error has fewer than ``least_df`` degrees of freedom and there is no ``lot``.
    *Holds* otherwise. Those who were lost in a subgroup are not counted: its loss is that of
    the arm.

    References
    ----------
    Lee, D. (2009), Training, wages, and sample selection, Review of Economic Studies 76.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> table = pd.DataFrame({"income": [1.0, 2, 3, 4] * 5 + [2, 3, 4, 5] * 5,
    ...                       "treated": [0] * 20 + [1] * 20})
    >>> found = ps.trial_effects(table, "income", "treated")
    >>> found.verdict(assigned={0: 20, 1: 30}).tidy()[["verdict", "reasons"]].values.tolist()
    [['cannot be told', 'lost']]
    """
    need_share("alpha", alpha, 0.05)
    need_share("most_loss", most_loss, 0.05, ends=(0, 1))
    need_positive("least_effect", least_effect, least=0)
    need_positive("least_df", least_df, least=0)
    if lot is not None:
        need_share("lot", lot, 0.03, ends=(0, 1))
        if found._table["term"].isin(_JUDGED).sum() > 1:
            raise DataError("The p-value of a lot is that of one effect.", where="argument lot",
                            found=f"{len(found._table)} rows",
                            remedy="trial_effects of one outcome, and .contrast of two arms")  # fmt: skip
    asked = {"alpha": alpha, "most_loss": most_loss, "least_df": least_df,
             "least_effect": least_effect, "stands": "lot"}  # fmt: skip
    trial, sides, found = found._trial, [found._trial.sides[k] for k in found._places], found._table
    arms, lots = trial.arms.set_index("arm"), trial.drawn
    drawn = arms["n"] + arms["lost"]
    if assigned is not None:
        drawn = pd.Series(assigned).reindex(arms.index)
    if not (drawn >= arms["n"]).all():
        raise DataError("As many were assigned to each arm as are in the table, or more.",
                        where="argument assigned", found=f"{assigned}",
                        remedy=f"assigned={arms['n'].to_dict()}")  # fmt: skip
    p_before = np.nan if before is None else before.joint()["p_value"].iloc[0]
    keys = list(found.columns[1 : found.columns.get_loc("estimate")])
    rows = []
    for one, pair in zip(found.to_dict("records"), sides, strict=True):
        if one["term"] not in _JUDGED:
            continue
        y, weight = trial.outcomes[one["outcome"]].to_numpy(float), lots["weight"].to_numpy(float)
        own = [(lots["arm"] == side).to_numpy() for side in pair]
        whole = (None, None) if assigned is None else drawn[list(pair)]
        kept, (low, high) = losses.lee(y, weight, own, whole)
        row = one | {"lost": 1 - kept[0], "lost_controls": 1 - kept[1], "loss_low": low,
                     "loss_high": high, "p_before": p_before, "clusters": arms.loc[list(pair), "clusters"].min(),
                     "p_lot": np.nan if lot is None else lot}  # fmt: skip
        seen, *_ = _seen(row, asked, None if lot is None else lot < alpha)
        unseen = "no lot" if lot is not None else "zero" if one["std_error"] >= 0 else "no error"
        why = {
            "small": seen["small"], unseen: seen["zero"], "unbalanced": p_before < alpha,
            "lost": seen["lost"], "few": lot is None and not one["df"] >= least_df,
        }  # fmt: skip
        rows.append(row | _said([code for code, so in why.items() if so]))
    table = pd.DataFrame(rows)[[
        *keys, "verdict", "reasons", "estimate", "std_error", "ci_low", "ci_high", "lost",
        "lost_controls", "loss_low", "loss_high", "p_before", "p_lot", "clusters", "n", "df",
        "method", "data_status",
    ]]  # fmt: skip
    return Verdict(handed_on(table, found), asked)
