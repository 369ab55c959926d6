"""Samples drawn anew as the design drew them: weights of replicates."""

import numpy as np

from ...base.errors import DesignError
from ...survey.weights.pieces import need_units


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
    Wu and Yue 1992). Units that are alone in their strata are drawn together.

    References
    ----------
    Rao, J., Wu, C., Yue, K. (1992), Some recent work on resampling methods for complex surveys,
    Survey Methodology 18.
    """
    if svy.replicates is not None:
        weights = [svy.with_weight(one).weights for one in svy.replicates.columns]
        return np.array(weights), svy.replicates.scale, svy.replicates.freedom
    need_units(svy)
    design, units = svy.design, svy.rows.unit_codes
    stratum = svy.rows.stratum_codes if units is None else design.stratum
    units = np.arange(len(stratum)) if units is None else units
    count = design.units
    kept = np.sqrt(design.factor * np.where(count > 1, (count - 1) / count, 1))[stratum]
    if (alone := count == 1).any():
        stratum = np.where(alone[stratum], np.argmax(alone), stratum)
        if alone.sum() == 1 and len(count) > 1:  # it is drawn with another one
            stratum = np.where(alone[stratum], np.flatnonzero(~alone)[0], stratum)
    rng, made = np.random.default_rng(seed), np.ones((draws, len(stratum)))
    for one in np.unique(stratum):
        of = np.flatnonzero(stratum == one)
        if (n := len(of)) < 2:
            raise DesignError("There is one sampling unit: how units differ cannot be seen.",
                              where="argument psu of the survey", found=f"{len(svy):,} rows",
                              remedy="a survey of two units or more")  # fmt: skip
        times = rng.multinomial(n - 1, np.full(n, 1 / n), size=draws) * (n / (n - 1))
        made[:, of] += kept[of] * (times - 1)
    return svy.weights * made[:, units], np.full(draws, 1 / draws), max(design.df, 1)
