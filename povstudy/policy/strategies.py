"""What effects and costs are given as: results, draws, or numbers, made one joint table of draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from ..approaches.counts.ratios import refuse_ratios
from ..approaches.effects import Effects
from ..approaches.questions import TrialEffects
from ..base.checks import mean as asked
from ..base.checks import nearest, need_one_of, need_whole
from ..base.columns import LARGEST, need_numbers, refuse_size
from ..base.errors import DataError
from ..base.rounding import keys_of
from ..base.status import source_of, status_of

KEYS = ("approach", "arm", "plan", "strategy")  # columns that name strategies, the first there is
_TERMS = ("mean", "effect")  # of several terms, the one that is taken
_SUCH = '{"administrative": (0.3, 0.1), "social_work": (0.5, 0.1)}'


@dataclass(frozen=True)
class Side:
    """Effects or costs as they were given.

    Attributes
    ----------
    names : list
        Strategies.
    mean, cov : ndarray
        Of their values.
    draws : ndarray or None
        Draws x strategies, where they were given so.
    index : Index or None
        Of the draws.
    base : object
        What the values are differences from; ``None`` where they are not known to be any.
    df : float
        Smallest degrees of freedom of the errors.
    status : str
    bounded : list
        Strategies whose value is a bound, or about so much, as records say.
    """

    names: list
    mean: np.ndarray
    cov: np.ndarray
    draws: np.ndarray | None = None
    index: object = None
    base: object = None
    df: float = np.inf
    status: str = ""
    bounded: tuple = ()


def read(given, what, such=_SUCH):
    """Effects or costs of any kind.

    Parameters
    ----------
    given : result, DataFrame, Mapping or Series
    what : {"effects", "costs"}
        The argument, for errors.
    such : str
        Numbers by strategy, for their remedies.

    Returns
    -------
    Side
    """
    given = getattr(given, "estimates", given) if not isinstance(given, pd.DataFrame) else given
    if isinstance(given, Effects):
        refuse_ratios(given, "Cost-effectiveness")
        given, arms = given.effects(), given.sample.names
        side = _of_estimates(given.tidy(), given.cov(), what)
        return _with(side, base=side.base or arms[0])
    if isinstance(given, TrialEffects):
        table, places = given.tidy(), given._places
        sides = [given._trial.sides[place] for place in places]
        table = table.drop(columns="arm", errors="ignore")
        table.insert(0, "arm", [one for one, _ in sides])
        bases = {base for _, base in sides}
        side = _of_estimates(table, given.covariance(), what)
        return _with(side, base=bases.pop() if len(bases) == 1 else None)
    if isinstance(given, pd.DataFrame) and {"arm", "value"} <= set(given.columns):
        given = _of_truth(given, what)
    if isinstance(given, pd.DataFrame):
        return _of_draws(given, what)
    if hasattr(given, "cov") and hasattr(given, "tidy"):
        return _of_estimates(given.tidy(), given.cov(), what)
    if isinstance(given, pd.Series):
        given = given.to_dict()
    if not isinstance(given, Mapping):
        raise DataError(
            "Effects and costs are results with their covariance, draws, or numbers by strategy.",
            where=f"argument {what}", found=type(given).__name__, remedy=f"{what}={such}",
        )  # fmt: skip
    return _of_numbers(given, what, such)


def _with(side, **more):
    return Side(**{**vars(side), **more})


def _of_truth(table, what):
    """Rows of the truth of a simulation: one for each arm, and without error."""
    twice = table["arm"].duplicated()
    if twice.any():
        raise DataError(
            "An arm has several rows: the truth of one estimand and one year is needed.",
            where=f"argument {what}, arm {table.loc[twice, 'arm'].iloc[0]}", found=f"{len(table)} rows",
            remedy="truth = truth.query(\"estimand == 'poverty_free_years'\")",
        )  # fmt: skip
    return table.set_index("arm")["value"]


def _of_numbers(given, what, such):
    mean, error = [], []
    for name, value in given.items():
        pair = value if isinstance(value, tuple | list) else (value, 0.0)
        good = len(pair) == 2 and all(
            isinstance(one, Real) and not isinstance(one, bool) and np.isfinite(one) for one in pair
        )
        if not (good and pair[1] >= 0):
            raise DataError(
                "Each strategy has a number, or a number and its standard error.",
                where=f"argument {what}, strategy {name}", found=repr(value)[:60],
                remedy=f"{what}={such}",
            )  # fmt: skip
        mean.append(float(pair[0]))
        error.append(float(pair[1]))
    _refuse_large(what, [*mean, *error])
    return Side(list(given), np.array(mean), np.diag(np.square(error)))


def _of_draws(table, what):
    if {"estimate", "std_error"} & set(table.columns):
        raise DataError(
            "This is a table of estimates, which does not know their covariance.",
            where=f"argument {what}", found=", ".join(map(str, table.columns))[:80],
            remedy=f"give the result itself, not its tidy(); or {what}={_SUCH}",
        )  # fmt: skip
    _refuse_twins(table, what)
    values = [need_numbers(name, table[name]) for name in table]
    draws = np.column_stack(values) if values else np.empty((len(table), 0))
    known = draws[np.isfinite(draws)]
    _refuse_large(what, known)
    return Side(list(table.columns), np.empty(0), np.empty(0), draws, table.index,
                status=status_of(table, ""))  # fmt: skip


def _refuse_twins(table, what):
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise DataError("Two columns of draws have one name.", where=f"argument {what}", found=twice,
                        remedy="give each column of draws a name of its own")  # fmt: skip


def _refuse_large(what, values):
    if len(values) and np.abs(values).max() > LARGEST:
        refuse_size(what, np.abs(values).max())


def _of_estimates(table, cov, what):
    """Rows of a result: those of one term, by strategy."""
    table = table.reset_index(drop=True)
    status, rows = status_of(table, ""), table
    if "term" in rows and rows["term"].nunique() > 1:
        terms = list(dict.fromkeys(rows["term"]))
        wanted = _TERMS[1:] if "mean without" in terms else _TERMS
        found = [one for one in wanted if one in terms]
        if not found:
            raise DataError(
                "Several measures are here, and strategies are judged by one.",
                where=f"argument {what}", found=", ".join(map(str, terms))[:80],
                remedy="ask for one measure alone where the result is made",
            )  # fmt: skip
        rows = rows[rows["term"] == found[0]]
    if "component" in rows and (rows["component"] == "total").any():
        rows = rows[rows["component"] == "total"]
    keys = [one for one in keys_of(rows) if one not in ("term", "method")]
    varying = [one for one in keys if rows[one].nunique() > 1]
    name = next((one for one in (*KEYS, *varying, *keys) if one in keys), None)
    if name is None or rows[name].duplicated().any():
        others = [one for one in varying if one != name]
        raise DataError(
            "There is one row for each strategy, named by a column such as approach or arm.",
            where=f"argument {what}", found=f"{len(rows)} rows, by {', '.join(map(str, others or keys)) or 'nothing'}",
            remedy='by="approach"  # alone, and one outcome and one year, where the result is made',
        )  # fmt: skip
    names, base = rows[name].tolist(), None
    pairs = [str(one).rpartition(" - ") for one in names]
    if all(dash for _, dash, _ in pairs) and len({last for *_, last in pairs}) == 1:
        names, base = [one for one, *_ in pairs], pairs[0][2]
    at = rows.index.to_numpy()
    mean, own = rows["estimate"].to_numpy(dtype=float), cov.to_numpy(dtype=float)[np.ix_(at, at)]
    lost = ~np.isfinite(mean) | ~np.isfinite(np.diag(own))
    if lost.any():
        raise DataError(
            "A strategy has no estimate, or no error.", where=f"argument {what}, strategy {names[np.argmax(lost)]}",
            found=f"{mean[lost][0]:g}", remedy=f"{what}={_SUCH}",
        )  # fmt: skip
    df = rows["df"].to_numpy(dtype=float) if "df" in rows else np.array([np.inf])
    df = df[df > 0].min(initial=np.inf)
    inexact = rows["bound"].ne("exact") if "bound" in rows else [False] * len(rows)
    bounded = [one for one, some in zip(names, inexact, strict=True) if some]
    return Side(names, mean, own, base=base, df=df, status=status, bounded=bounded)


# One joint table --------------------------------------------------------------------------


@dataclass(frozen=True)
class Joint:
    """Effects and costs of the same strategies, with what is known of them together."""

    names: list
    mean: np.ndarray
    cov: np.ndarray
    draws: np.ndarray
    parameters: pd.DataFrame | None
    reference: object
    df: float
    normal: bool
    independent: bool
    left_out: list
    dropped: int


def together(effects, costs, reference, parameters, covariance, draws, seed, missing):
    """Put both sides together: first all effects, then all costs.

    Parameters
    ----------
    effects, costs : Side
    reference, parameters, covariance, draws, seed, missing
        As of `cost_effectiveness`.

    Returns
    -------
    Joint
    """
    need_whole("draws", draws, least=100, such=10_000)
    need_whole("seed", seed, 0)
    need_one_of("missing", missing, ("refuse", "drop"))
    names, left_out = _names(effects, costs, reference)
    size = len(names)
    given = effects.draws is not None or costs.draws is not None
    if given and covariance is not None:
        raise DataError(
            "Draws tell by themselves how effects and costs go together.", where="argument covariance",
            found="covariance= beside draws", remedy="draws of both effects and costs, paired by row",
        )  # fmt: skip
    blocks = [_placed(one, names) for one in (effects, costs)]
    mean = np.concatenate([one[0] for one in blocks])
    cov = np.zeros((2 * size, 2 * size))
    cov[:size, :size], cov[size:, size:] = blocks[0][1], blocks[1][1]
    for name, value in ({} if covariance is None else dict(covariance)).items():
        if name not in names:
            raise DataError("There is no such strategy." + asked(nearest(name, names)),
                            where="argument covariance", found=name, remedy=f"one of {names}")  # fmt: skip
        at = names.index(name)
        most = np.sqrt(cov[at, at] * cov[size + at, size + at])
        if not (isinstance(value, Real) and abs(value) <= most * (1 + 1e-9)):
            raise DataError(
                "A covariance is a number no larger than the product of both standard errors.",
                where=f"argument covariance, strategy {name}", found=value, remedy=f"covariance={{{name!r}: 0}}",
            )  # fmt: skip
        cov[at, size + at] = cov[size + at, at] = value
    kept, dropped, count = _kept(effects, costs, parameters, draws if not given else None, missing)
    made = np.empty((count, 2 * size))
    order = sorted(range(size), key=lambda one: str(names[one]))  # whatever order they stand in
    order = np.array([*order, *(size + one for one in order)])
    made[:, order] = matched(mean[order], cov[np.ix_(order, order)], count, seed)
    for side, start in ((effects, 0), (costs, size)):
        if side.draws is not None:
            at = [names.index(one) + start for one in side.names if one in names]
            wanted = [one in names for one in side.names]
            made[:, at] = side.draws[kept][:, wanted]
    if given:
        mean, cov = made.mean(axis=0), _covariance(made)
    shown = None if parameters is None else parameters[kept].reset_index(drop=True)
    # Without a reference the cheapest: the same in whatever order strategies stand.
    cheapest = min(range(size), key=lambda at: (mean[size + at], -mean[at], str(names[at])))
    bases = (reference, effects.base, costs.base, names[cheapest])
    return Joint(
        names, mean, cov, made, shown, next(one for one in bases if one is not None), min(effects.df, costs.df),
        not given, not given and bool(blocks[0][1].any() and blocks[1][1].any()) and covariance is None, left_out, dropped,
    )  # fmt: skip


def _names(effects, costs, reference):
    """Strategies that both name; one that a side does not name must be its reference."""
    zero = [{one for one in (side.base, reference) if one is not None} for side in (effects, costs)]
    every = list(dict.fromkeys([*effects.names, *costs.names]))
    near = None if reference is None or reference in every else nearest(reference, every)
    if near is not None and reference not in (effects.base, costs.base):
        raise DataError(
            "There is no such strategy." + asked(near), where="argument reference", found=reference,
            remedy=f"reference={near!r}  # or name it, with 0, in effects and costs",
        )  # fmt: skip
    first = [one for one in (reference, effects.base, costs.base)
             if one is not None and one not in effects.names][:1]  # fmt: skip
    left_out = []
    for side, other, none, what in (
        (effects, costs, zero[0], "effects"),
        (costs, effects, zero[1], "costs"),
    ):
        for name in other.names:
            if name in side.names or name in none:
                continue
            if side.base is not None and what == "effects":  # not the one they are differences from
                left_out.append(name)
                continue
            rest = [one for one in side.names if one not in other.names]
            raise DataError(
                f"The {what} do not name a strategy that the other side names." + asked(nearest(name, rest)),
                where=f"argument {what}", found=f"no {name!r} among {', '.join(map(str, side.names))}"[:100],
                remedy=f"reference={name!r}" if not rest else f"{what}= for each of {other.names}",
            )  # fmt: skip
    names = [one for one in dict.fromkeys([*first, *every]) if one not in left_out]
    if len(names) < 2:
        raise DataError(
            "A comparison needs two strategies; one of them may be no help.", where="arguments effects, costs",
            found=", ".join(map(str, names)) or "none",
            remedy='reference="none"  # a strategy that brings and costs 0',
        )  # fmt: skip
    return names, left_out


def _placed(side, names):
    """Mean and covariance of one side for all strategies, with zeros for those it does not name."""
    mean, cov = np.zeros(len(names)), np.zeros((len(names), len(names)))
    if side.draws is None:
        own = [at for at, one in enumerate(side.names) if one in names]
        at = [names.index(side.names[one]) for one in own]
        mean[at], cov[np.ix_(at, at)] = side.mean[own], side.cov[np.ix_(own, own)]
    return mean, cov


def _kept(effects, costs, parameters, draws, missing):
    """Which rows of draws are kept, how many were left out, how many there are."""
    if parameters is not None:
        if not isinstance(parameters, pd.DataFrame) or not len(parameters.columns):
            raise DataError("Parameters are a table of draws, a column for each.", where="argument parameters",
                            found=type(parameters).__name__, remedy="parameters=pd.DataFrame({...})")  # fmt: skip
        _refuse_twins(parameters, "parameters")
        for name in parameters:
            need_numbers(name, parameters[name])
    tables = {"effects": (effects.draws, effects.index), "costs": (costs.draws, costs.index)}
    if parameters is not None:
        tables["parameters"] = parameters.to_numpy(dtype=float, na_value=np.nan), parameters.index
        if draws is not None:
            raise DataError(
                "Draws of parameters belong to draws of effects and costs, row by row.",
                where="argument parameters", found="effects and costs without draws",
                remedy="effects= and costs= as tables of draws",
            )  # fmt: skip
    tables = {name: one for name, one in tables.items() if one[0] is not None}
    if not tables:
        return slice(None), 0, draws
    (first, (values, index)), *rest = tables.items()
    for name, (other, its) in rest:
        if len(other) != len(values) or not its.equals(index):
            raise DataError(
                "Rows of draws are paired: both tables have the same rows in the same order.",
                where=f"arguments {first}, {name}",
                found=f"{len(values)} and {len(other)} rows, or another index",
                remedy=f"{name} = {name}.reset_index(drop=True)  # in both, if rows are in one order",
            )  # fmt: skip
    good = np.ones(len(values), dtype=bool)
    for name, (one, _) in tables.items():
        here = np.isfinite(one).all(axis=1)
        if missing == "refuse" and not here.all():
            row = int(np.argmin(here))
            column = (effects.names if name == "effects" else costs.names if name == "costs" else
                      list(parameters.columns))[int(np.argmin(np.isfinite(one[row])))]  # fmt: skip
            raise DataError(
                f"{(~here).sum():,} rows of draws have a value that is missing or infinite.",
                where=f"argument {name}, row {index[row]!r}, column {column}", found=one[row].min(),
                remedy='missing="drop"  # leaves such draws out, and counts them',
            )  # fmt: skip
        good &= here
    if good.sum() < 2:
        raise DataError("There are too few draws.", where=f"argument {first}", found=f"{good.sum()} rows",
                        remedy="a row for each of 1,000 draws")  # fmt: skip
    return good, int((~good).sum()), int(good.sum())


def _covariance(draws):
    size = np.abs(draws).max(axis=0)
    size[size == 0] = 1.0
    return np.cov(draws / size, rowvar=False) * np.outer(size, size)


def matched(mean, cov, count, seed):
    """Normal draws with exactly this mean and covariance; the same on every machine.

    Parameters
    ----------
    mean, cov : ndarray
    count, seed : int

    Returns
    -------
    ndarray, count x values
    """
    made, error = np.tile(mean, (count, 1)), np.sqrt(np.diag(cov))
    moving = error > 0
    if not moving.any():
        return made
    alike = cov[np.ix_(moving, moving)] / np.outer(error[moving], error[moving])
    values, vectors = np.linalg.eigh(alike)
    if values.min() < -1e-6:
        raise DataError("These covariances do not go together: no numbers can have them.",
                        where="argument covariance", found=f"{values.min():.2g} as least variance",
                        remedy="smaller covariances")  # fmt: skip
    root = vectors * np.sqrt(np.where(values > 1e-10 * values.max(), values, 0)) @ vectors.T
    normal = np.random.default_rng(seed).standard_normal((count, len(values)))
    normal -= normal.mean(axis=0)
    own, axes = np.linalg.eigh(normal.T @ normal / (count - 1))
    normal = normal @ (axes / np.sqrt(own)) @ axes.T
    made[:, moving] += normal @ root * error[moving]
    return made


def source_and_status(given, kinds):
    """The kind of data, that of effects unless something is simulated, and a source of this kind."""
    sources = [one for one in map(source_of, given) if one is not None]
    kinds = [*kinds, *(one.status for one in sources), "reported"]
    kind = "simulated" if "simulated" in kinds else kinds[0]
    return next((one for one in sources if one.status == kind), None), kind
