"""Replicate weights that are made from strata and sampling units."""

from dataclasses import replace
from numbers import Real

import numpy as np
import pandas as pd

from ...base.checks import need_one_of, need_whole
from ...base.errors import DesignError
from ..cells import Rows
from ..design import Replicates
from .pieces import need_units, refuse_engine

KINDS = ("JKn", "BRR", "Fay", "bootstrap")


def free_name(rows, name):
    """A name that no column has."""
    while name in rows.columns:
        name += "'"
    return name


def beside(table, columns):
    """A table in memory with more columns of numbers.

    Parameters
    ----------
    table : DataFrame
        Of pandas or polars.
    columns : dict of ndarray

    Returns
    -------
    DataFrame
    """
    if isinstance(table, pd.DataFrame):
        made = pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)
        made.attrs = dict(table.attrs)
        return made
    import polars as pl

    return table.with_columns(*(pl.Series(name, x) for name, x in columns.items()))


def replicated(svy, kind="JKn", count=500, seed=0, fay=0.0):
    """A survey with replicate weights of its own design; see `Survey.with_replicates`.

    Parameters
    ----------
    svy : Survey
    kind : {"JKn", "BRR", "Fay", "bootstrap"}
    count, seed : int
    fay : float

    Returns
    -------
    Survey
    """
    need_one_of("kind", kind, KINDS)
    if not isinstance(fay, Real) or not (0 < fay < 1 if kind == "Fay" else fay == 0):
        raise DesignError("Fay's method, and no other, needs fay= between 0 and 1.", where="arguments kind, fay",
                          found=f"kind={kind!r}, fay={fay!r}", remedy='kind="Fay", fay=0.3')  # fmt: skip
    need_whole("count", count, 2, such=500)
    need_whole("seed", seed, 0)
    if not isinstance(svy.rows, Rows):
        refuse_engine("Replicate weights")
    if svy.replicates is not None or svy.layout.fine or svy.layout.masks:
        raise DesignError(
            "Replicate weights are made of the whole sample and of its first stage, before all else.",
            where="argument svy", found=repr(svy),
            remedy="svy.with_replicates(...).calibrate(...).where(...), of a survey with one fpc=",
        )  # fmt: skip
    unit, of_unit = _units(svy)
    units, drawn = svy.design.units, svy._units.population
    sampled = np.zeros(len(units)) if drawn is None else units / drawn
    alone = (units == 1) & (sampled < 1)
    if alone.any():
        raise DesignError(
            f"{alone.sum():,} strata have one sampling unit: replicates cannot tell how units differ there.",
            where=f"stratum {svy._units.names[np.flatnonzero(alone)[0]]!r}", remedy="join it to another stratum",
        )  # fmt: skip
    if kind == "JKn":
        factors, scales = _left_out(of_unit, units, sampled)
    elif kind == "bootstrap":
        factors = _resampled(svy, count, seed)
        scales = np.full(count, 1 / count)
    else:
        factors, scales = _halves(of_unit, units, sampled, kind, fay)
    own = svy.rows[svy.layout.weights[0]] if svy.layout.weights else np.ones(len(unit))
    given, name = {}, svy.layout.weights[0] if svy.layout.weights else free_name(svy.rows, "weight")
    if not svy.layout.weights:
        given[name] = own
    made = {free_name(svy.rows, f"{name} {i + 1}"): own * one[unit]
            for i, one in enumerate(factors.T)}  # fmt: skip
    named = Replicates(tuple(made), kind=kind, fay=fay if kind == "Fay" else 0.0, scales=tuple(scales),
                       df=int(min(max(svy.design.df, 1), len(made) - 1)))  # fmt: skip
    layout = replace(svy.layout, weights=(name, *svy.layout.weights[1:]), strata=(), psu=(), fpc=())
    return svy.reopened(beside(svy.rows.table, given | made), layout, replicates=named)


def _left_out(stratum, units, sampled):
    """Each unit left out in turn, but those that are all of their stratum."""
    used = np.flatnonzero((units > 1)[stratum] & (sampled < 1)[stratum])
    n = units[stratum[used]]
    factors = np.where(stratum[:, None] == stratum[used], (n / np.maximum(n - 1, 1))[None], 1.0)
    factors[used, np.arange(len(used))] = 0.0
    return factors, (1 - sampled[stratum[used]]) * (n - 1) / n


def drawn_anew(svy, draws, seed):
    """Weights of replicates: those a survey brings, else of a bootstrap of its sampling units.

    Parameters
    ----------
    svy : Survey
        In memory.
    draws : int
        Replicates of the bootstrap.
    seed : int or sequence of int

    Returns
    -------
    weights : ndarray, replicates x rows
    scale : ndarray
        Of the square of each replicate.
    df : int

    Raises
    ------
    DesignError
        If there is one sampling unit.

    Notes
    -----
    In each stratum one unit fewer than it has is drawn, with replacement; weights are multiplied
    so that totals keep the variance of the design, with the finite population correction (Rao,
    Wu and Yue 1992). Units that are alone in their strata are drawn together; those that are
    certain keep their weight.

    References
    ----------
    Rao, J., Wu, C., Yue, K. (1992), Some recent work on resampling methods for complex surveys,
    Survey Methodology 18.
    """
    if svy.replicates is not None:
        weights = [svy.with_weight(one).weights for one in svy.replicates.columns]
        return np.array(weights), svy.replicates.scale, svy.replicates.freedom
    need_units(svy)
    factors = _resampled(svy, draws, seed)[_units(svy)[0]]
    return svy.weights * factors.T, np.full(draws, 1 / draws), max(svy.design.df, 1)


def _units(svy):
    """Sampling unit of each row, and stratum of each unit; of a survey that names none, its rows."""
    stratum, _, unit, of_unit = svy.rows._unit
    return (np.arange(len(stratum)), stratum) if unit is None else (unit, of_unit)


def _resampled(svy, count, seed):
    """Factors on the weights of units in samples drawn anew: see `drawn_anew`."""
    _, stratum = _units(svy)
    units, factor = svy.design.units, svy.design.factor
    if len(stratum) < 2:
        raise DesignError("There is one sampling unit: how units differ cannot be seen.",
                          where="argument psu of the survey", found=f"{len(svy):,} rows",
                          remedy="a survey of two units or more")  # fmt: skip
    moved = np.sqrt(factor * np.where(units > 1, (units - 1) / units, 1))[stratum]
    if (alone := (units == 1) & (factor > 0)).any():
        others = np.flatnonzero(alone if alone.sum() > 1 else ~alone)
        stratum = np.where(alone[stratum], others[0], stratum)
    rng, made = np.random.default_rng(seed), np.ones((len(stratum), count))
    for one in np.unique(stratum[moved > 0]):
        of = np.flatnonzero(stratum == one)
        times = rng.multinomial((n := len(of)) - 1, np.full(n, 1 / n), size=count).T
        made[of] += moved[of, None] * (times * (n / (n - 1)) - 1)
    return made


def _halves(stratum, units, sampled, kind, fay):
    """Half samples of pairs of units, balanced by a Hadamard matrix."""
    from scipy.linalg import hadamard

    if (units != 2).any() or sampled.any():
        raise DesignError(
            "Half samples need two units in every stratum, drawn without fpc.", where="argument kind",
            found=f"kind={kind!r}, {(units != 2).sum():,} strata with other numbers of units", remedy='kind="JKn"',
        )  # fmt: skip
    size = 1 << len(units).bit_length()  # more than strata: the first column is all ones
    signs = hadamard(size)[:, 1 : len(units) + 1]
    order = np.argsort(stratum, kind="stable")
    factors = np.empty((len(stratum), size))
    factors[order[::2]] = 1 + (1 - fay) * signs.T
    factors[order[1::2]] = 1 - (1 - fay) * signs.T
    return factors, np.full(size, 1 / (size * (1 - fay) ** 2))
