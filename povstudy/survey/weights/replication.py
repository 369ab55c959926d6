"""Replicate weights that are made from strata and sampling units."""

from dataclasses import replace
from numbers import Real

import numpy as np
import pandas as pd

from ...base.checks import need_one_of, need_whole
from ...base.errors import DesignError
from ..cells import Rows
from ..design import Replicates
from .pieces import refuse_engine

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
    stratum, _, unit, of_unit = svy.rows._unit
    if unit is None:
        unit, of_unit = np.arange(len(stratum)), stratum
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
        factors = _drawn_anew(of_unit, units, sampled, count, seed)
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


def _drawn_anew(stratum, units, sampled, count, seed):
    """In each stratum one unit fewer than it has, drawn with replacement (Rao and Wu)."""
    rng, factors = np.random.default_rng(seed), np.ones((len(stratum), count))
    for h, n in enumerate(units):
        if n > 1 and sampled[h] < 1:
            times = rng.multinomial(n - 1, np.full(n, 1 / n), size=count).T
            moved = np.sqrt(1 - sampled[h])
            factors[stratum == h] = 1 - moved + moved * n / (n - 1) * times
    return factors


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
