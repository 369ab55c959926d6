"""What a yuan spent brings back: discounted gains over costs, and how long gains must last."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from ..base.checks import mean as meant
from ..base.checks import nearest, need_columns, need_share, need_whole
from ..base.columns import need_numbers, numbers_of, refuse_two_kinds
from ..base.errors import DataError
from ..base.language import in_words
from ..base.results import Result
from ..base.status import handed_on, status_of
from ..survey.quotients import fieller
from .costs import TOTAL
from .strategies import KEYS, read

_TOLD = ("unit", "n", "months")


@dataclass(frozen=True, repr=False)
class BenefitCost(Result):
    """Benefit-cost ratios by arm; see `benefit_cost`.

    Attributes
    ----------
    table : DataFrame
        ``arm present_gain gain_error cost cost_error ratio std_error``, a row for each arm.
    streams : dict
        By arm: years, gains, the parts of years that count.
    rate : float
        Of discounting, a year.
    weights : dict
        Parts of years that count.
    over : object
        Arm over which costs are; ``None``: they are whole.
    errors : str
        ``"errors"``: of gains none are known; ``"worst"``, ``"borrowed"``: where they are from.
    status : str
    bounded : bool
        Whether records give a cost as a bound, or as about so much.
    """

    table: pd.DataFrame
    streams: dict
    rate: float
    weights: dict
    over: object = None
    errors: str = "errors"
    status: str = "reported"
    bounded: bool = False
    _figures = {"benefit_cost": "tidy"}  # noqa: RUF012

    def tidy(self, level=0.95):
        """Table of the ratios.

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            ``arm`` (or what it is called), ``present_gain cost ratio std_error low high shape net
            break_even break_even_low break_even_high data_status``. ``low``, ``high`` and
            ``shape`` are of Fieller's set, as in `fieller`; ``net`` is gain minus cost;
            ``break_even`` the years that gains must last, the last one seen going on as it
            was; infinite: never. Its ends follow from those of the ratio.
        """
        made = self.table.drop(columns=["gain_error", "cost_error"])
        need_share("level", level, 0.95)
        known = self.table[made["std_error"].notna()]
        made = made.assign(low=np.nan, high=np.nan, shape=None)
        if len(known):
            of = known[["present_gain", "cost", "gain_error", "cost_error"]].to_numpy(float).T
            sets = fieller(*of, level=level)[["ci_low", "ci_high", "shape"]]
            made.loc[known.index, ["low", "high", "shape"]] = sets.to_numpy()
            made = made.astype({"low": float, "high": float})
        made["net"] = made["present_gain"] - made["cost"]
        streams = [self.streams[arm] for arm in made.iloc[:, 0]]
        made["break_even"] = [_break_even(*one, self.rate, cost)
                              for one, cost in zip(streams, made["cost"], strict=True)]  # fmt: skip
        for name, end in (("low", "high"), ("high", "low")):  # the more comes back, the sooner
            ratio = made[end].where(made["shape"] == "closed").to_numpy(dtype=float)
            made[f"break_even_{name}"] = [
                np.inf if at <= 0 else _break_even(*one, self.rate, gain / at)
                for one, gain, at in zip(streams, made["present_gain"], ratio, strict=True)
            ]  # fmt: skip
        return handed_on(made.assign(data_status=self.status), self.table)

    def _main(self, lang):
        table = self.tidy().drop(columns=["std_error", "shape"])
        return table.rename(columns=in_words("benefit_cost_head", lang))

    def _told(self, lang):
        say = in_words("benefit_cost", lang)
        parts = [say["rate"].format(f"{100 * self.rate:g}") if self.rate else say["none"]]
        if any(part != 1 for part in self.weights.values()):
            told = ", ".join(f"{year}: {part:g}" for year, part in self.weights.items())
            parts.append(say["weights"].format(told))
        if self.over is not None:
            parts.append(say["over"].format(self.over))
        return (" " * (lang == "en")).join(
            [*parts, say[self.errors], *([say["bounded"]] if self.bounded else [])]
        )


def benefit_cost(gains, costs, *, rate, weights=None, over=None, errors=None, digits=None):
    """Set discounted gains against costs: benefit-cost ratios, and how long gains must last.

    Parameters
    ----------
    gains : DataFrame
        ``arm`` (or ``approach``, ``plan``, ``strategy``), ``year`` after the costs (1 is the
        first) and one column of gains over no programme, of that year, in the money of the
        costs; ``std_error`` too, where it is known.
    costs : DataFrame, ProgrammeCosts, dict or Series
        ``arm``, one column of costs and ``std_error`` if known, added up over components; or a result, such as of
        `programme_costs`; or for each arm a cost, or a cost and its standard error. At year 0.
    rate : float
        Of discounting, a year; 0: not discounted. There is no default.
    weights : dict, optional
        Part of each year's gain that counts, such as ``{1: 0.5, 2: 1}`` where gains of the first
        year began in its midst; 1 without it.
    over : object, optional
        An arm, such as ``"control"``: costs are those over it, as gains are. Without it costs
        are whole, and the ratio charges an arm with what the control arm costs too.
    errors : DataFrame, optional
        ``arm year estimate std_error`` of the same gains in another unit: relative errors are
        taken from it. One factor for each year must turn its estimates into gains, in all arms.
    digits : int, optional
        Decimals to which ``errors`` is printed: then such a factor must be possible, and
        errors are the largest that print so.

    Returns
    -------
    BenefitCost
        A row for each arm that has gains; ``.tidy()`` has ratio, interval, net gain and break-even.

    Raises
    ------
    DataError
        If an arm has no cost, a year no weight, or errors are not those of these gains.

    Notes
    -----
    The ratio is B/C with B = sum over years y of w_y g_y / (1 + rate)^y. Errors of gains of
    several years of one arm hang together in a way that is seldom published: that of B is the
    largest there can be, sum of w_y se_y / (1 + rate)^y, so intervals are wide rather than
    narrow. Gains and costs count as independent. Arms are not set against each other: for that
    the covariance of their gains is needed.

    References
    ----------
    Boardman, A., Greenberg, D., Vining, A., Weimer, D. (2018), Cost-Benefit Analysis, Cambridge.
    Bossuroy, T. and others (2022), Tackling psychosocial and capital constraints to alleviate
    poverty, Nature 605, whose ratios the example gives.

    Examples
    --------
    >>> import povstudy as ps
    >>> found = ps.benefit_cost(ps.load("niger_gains"), ps.load("niger_costs"), rate=0.05,
    ...                         weights={1: 0.5, 2: 1})
    >>> found.tidy()[["arm", "ratio"]].round(3).values.tolist()
    [['capital', 0.796], ['psychosocial', 1.709], ['full', 1.275]]
    """
    need_share("rate", rate, 0.05, ends=(0,))
    name, value = _columns(gains, "gains", ("year", "std_error"))
    need_columns(gains, ["year"])
    table = pd.DataFrame({name: gains[name], "year": need_numbers("year", gains["year"]),
                          "gain": need_numbers(value, gains[value])})  # fmt: skip
    table["std_error"] = need_numbers("std_error", gains["std_error"]) if "std_error" in gains else np.nan  # fmt: skip
    _refuse_odd(gains, table, name)
    if errors is not None:
        table["std_error"] = _borrowed(table, errors, name, digits)
    wrong = (table["std_error"] < 0) | np.isinf(table["std_error"])
    if wrong.any():
        given, remedy = "errors", "errors=None"
        if errors is None:
            given = "gains"
            remedy = "gains['std_error'] = gains['std_error'].where(gains['std_error'].between(0, 1e140))"
        raise DataError("A standard error is a number of 0 or more.", where=f"argument {given}, column std_error",
                        found=f"{table['std_error'][wrong].iloc[0]:g}", remedy=f"{remedy}  # ratios without intervals")  # fmt: skip
    years = sorted(table["year"].unique())
    weights = dict.fromkeys(years, 1.0) if weights is None else weights
    if not (isinstance(weights, Mapping) and set(weights) == set(years)
            and all(isinstance(one, Real) and 0 <= one <= 1 for one in weights.values())):  # fmt: skip
        raise DataError("weights= has a part from 0 to 1 for each year of the gains.",
                        where="argument weights", found=repr(weights)[:80],
                        remedy=f"weights={ {int(one): 1 for one in years} }")  # fmt: skip
    paid, paid_error, bounded = _costs(costs, table[name], over)
    table = table[table[name] != over].assign(part=table["year"].map(weights).astype(float))
    worth = table["part"] / (1 + rate) ** table["year"]
    sums = table.assign(gain=worth * table["gain"], error=worth * table["std_error"]).groupby(
        name, sort=False, observed=True)  # fmt: skip
    made = sums["gain"].sum().rename("present_gain").reset_index()
    made["gain_error"] = sums["error"].agg(lambda x: x.sum(skipna=False)).to_numpy()
    made["cost"], made["cost_error"] = made[name].map(paid).astype(float), made[name].map(paid_error).astype(float)  # fmt: skip
    cost = made["cost"].where(made["cost"] > 0)
    made["ratio"] = made["present_gain"] / cost
    made["std_error"] = np.hypot(made["gain_error"], made["ratio"] * made["cost_error"]) / cost
    streams = {arm: tuple(part.sort_values("year")[["year", "gain", "part"]].to_numpy().T)
               for arm, part in table.groupby(name, observed=True)}  # fmt: skip
    told = "errors" if made["std_error"].isna().all() else "worst" if errors is None else "borrowed"
    others = [one for one in (costs, errors) if isinstance(one, pd.DataFrame)]
    return BenefitCost(handed_on(made, gains, *others), streams, float(rate),
                       {int(one): float(weights[one]) for one in years}, over, told,
                       status_of(made, "reported"), bounded)  # fmt: skip


def _columns(table, what, others=()):
    """The column that names arms, and the one of numbers."""
    need_columns(table, [])
    name = next((one for one in KEYS if one in table), None)
    if name is None:
        near = next(filter(None, (nearest(one, table.columns) for one in KEYS)), "<your name>")
        raise DataError(f"The {what} do not say of which arm they are.", where=f"argument {what}",
                        found=f"columns {', '.join(map(str, table.columns))}",
                        remedy=f"{what} = {what}.rename(columns={{{near!r}: 'arm'}})")  # fmt: skip
    if "estimate" in table:
        return name, "estimate"
    rest = [one for one in table if one not in (name, *others, *_TOLD)]
    found = [one for one in rest if numbers_of(table[one]) is not None] or rest
    if len(found) != 1:
        such = found[-1] if found else "<your name>"
        raise DataError(f"The {what} have one column of numbers.", where=f"argument {what}",
                        found=", ".join(map(str, found)) or "none",
                        remedy=f"{what} = {what}.rename(columns={{{such!r}: 'estimate'}})  # the one that is meant")  # fmt: skip
    return name, found[0]


def _refuse_odd(gains, table, name):
    """A number for each arm and year, once; years are counted from 1."""
    lacks = table[[name, "year", "gain"]].isna().any(axis=1) | ~np.isfinite(table["gain"])
    if lacks.any():
        raise DataError(f"{int(lacks.sum()):,} rows of the gains have no {name}, year or gain.",
                        where=f"row {gains.index[lacks.to_numpy()].tolist()[0]!r}",
                        remedy="gains = gains.dropna()")  # fmt: skip
    early = (table["year"] < 1) | (table["year"] % 1 != 0) | (table["year"] > 200)
    if early.any():
        found = table["year"][early].iloc[0]
        raise DataError("Years are counted from the costs: 1 is the first year of gains.", where="column year",
                        found=f"{found:g}", remedy=f"gains['year'] = gains['year'] - {table['year'].min() - 1:g}")  # fmt: skip
    twice = table.duplicated([name, "year"])
    if twice.any():
        row = table[twice].iloc[0]
        raise DataError("An arm has two gains in one year.", where=f"{name} {row[name]}, year {row['year']:g}",
                        found=f"{int(twice.sum()) + 1} rows",
                        remedy=f"gains = gains.drop_duplicates([{name!r}, 'year'])  # or add them up")  # fmt: skip


def _costs(costs, arms, over):
    """Cost of each arm and its error, over that of one of them if one is named."""
    bounded = False
    if isinstance(costs, pd.DataFrame):
        if "component" in costs and (costs["component"] == TOTAL).any():
            costs = costs[costs["component"] == TOTAL]  # the components would count twice
        key, value = _columns(costs, "costs", ("std_error",))
        paid = need_numbers(value, costs[value])
        if np.isnan(paid).any():
            raise DataError("A cost is missing.", where=f"column {value}, row {costs.index[np.isnan(paid)].tolist()[0]!r}",
                            remedy=f"costs[{value!r}] = costs[{value!r}].fillna(0)  # if none is meant")  # fmt: skip
        bounded = "bound" in costs and bool(costs["bound"].ne("exact").any())
        error = need_numbers("std_error", costs["std_error"]) if "std_error" in costs else 0 * paid
        sums = pd.DataFrame({"cost": paid, "error": error}).groupby(
            costs[key].astype(object).to_numpy(), sort=False).sum()  # fmt: skip
        costs = dict(zip(sums.index, sums.to_numpy().tolist(), strict=True))
    such = f"{dict.fromkeys(arms.unique().tolist(), 100)!r}  # with the cost of each"
    side = read(costs, "costs", such)
    for one in [*arms.unique(), *([] if over is None else [over])]:
        if one not in side.names:
            near = nearest(one, side.names)
            raise DataError("An arm has no cost." + meant(near), where="argument costs",
                            found=f"{one!r} is not among {', '.join(map(str, side.names))}"[:100],
                            remedy=f"over={(near or side.names[0])!r}" if one == over else f"costs={such}")  # fmt: skip
    move = np.eye(len(side.names))
    if over is not None:
        move[side.names.index(over)] -= 1
    errors = np.sqrt(np.maximum(np.diag(move.T @ side.cov @ move), 0))
    told = [dict(zip(side.names, one, strict=True)) for one in (side.mean @ move, errors)]
    return *told, bounded or bool(side.bounded)


def _borrowed(table, errors, name, digits):
    """Errors of gains, from those of the same gains in another unit."""
    key, _ = _columns(errors, "errors")
    need_columns(errors, ["year", "estimate", "std_error"])
    if digits is not None:
        need_whole("digits", digits, 0, such=2)
    other = errors[[key, "year", "estimate", "std_error"]]
    other = other.set_axis([name, "year", "other", "its"], axis=1)
    refuse_two_kinds(name, table[name], other[name])
    other = other.assign(year=need_numbers("year", other["year"]))
    both = table[[name, "year", "gain"]].merge(other, on=[name, "year"], how="left")
    if len(both) > len(table) or both["its"].isna().any():
        lost = both[both["its"].isna()].head(1).iloc[:, :2].values.tolist() or "rows twice"
        raise DataError("Each gain has one error, of its arm and year.", where="argument errors", found=str(lost),
                        remedy=f"errors = errors.drop_duplicates([{key!r}, 'year'])  # and one for each gain")  # fmt: skip
    half = 0.5 * 10.0**-digits if digits is not None else 1e-9 * both["other"].abs()
    same = np.sign(both["gain"]) == np.sign(both["other"])
    size, gain = both["other"].abs(), both["gain"].abs()
    least = (gain / (size + half)).groupby(both["year"]).transform("max")
    most = (gain / (size - half).where(size > half, 0)).groupby(both["year"]).transform("min")
    bad = ~(same & (least <= most) & np.isfinite(most))
    if bad.any():
        row = both[bad].iloc[0]
        places = max((len(str(one).partition(".")[2]) for one in other["other"]), default=2)
        raise DataError("No one factor turns these estimates into the gains of a year: they are not the same gains.",
                        where=f"argument errors, {name} {row[name]}, year {row['year']:g}",
                        found=f"{row['other']:g} beside {row['gain']:g}", remedy=f"digits={places}")  # fmt: skip
    return (most * (both["its"] + (half if digits is not None else 0))).to_numpy()


def _break_even(years, gains, parts, rate, cost):
    """Years until gains have paid for the costs, the last one going on; infinite: never."""
    if not np.isfinite(cost):
        return np.nan
    left = cost
    for year, gain in zip(years, gains * parts, strict=True):
        step = gain / (1 + rate) ** year
        if left <= step:
            return float(year - 1 + max(left, 0) / step) if step > 0 else 0.0
        left -= step
    last, gain = years[-1], gains[-1] / (1 + rate) ** years[-1]
    if gain <= rate * left or gain <= 0:  # all there is to come is gain / rate
        return np.inf
    if rate == 0:
        return float(last + left / gain)
    whole = np.floor(-np.log1p(-left * rate / gain) / np.log1p(rate) + 1e-12)
    left -= gain * (1 - (1 + rate) ** -whole) / rate
    return float(last + whole + left / gain * (1 + rate) ** (whole + 1))
