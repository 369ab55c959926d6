"""Own income without help: the core, which every household and year passes through.

Log income is what lasts, a first-order autoregression of permanent shocks, a transitory part,
and losses by illness, disaster and prices. Meghir and Pistaferri (2004) and many since use
such a split.
"""

from dataclasses import dataclass

import numpy as np

from .people import COUNTIES, HOUSEHOLDS, exp, spread

_F = np.float32


def core(rng, scenario, level, years):
    """Draw lasting and yearly log income: the hot path.

    Parameters
    ----------
    rng : Generator
        Stream ``income``.
    scenario : Scenario
        Active.
    level : ndarray of float32
        Lasting log income in the first year.
    years : int
        How many.

    Returns
    -------
    lasting, logs : ndarray, years x households
        Log income without and with its transitory part.

    Examples
    --------
    >>> import numpy as np, povstudy as ps
    >>> from povstudy.simulation.world.incomes import core
    >>> level = np.zeros(50_000, np.float32)
    >>> lasting, logs = core(np.random.default_rng(1), ps.Scenario(growth=0), level, 2)
    >>> [round(float(x), 2) for x in ((logs - lasting).std(), np.diff(lasting, axis=0).std())]
    [0.08, 0.05]
    """
    count = len(level)
    lasting, logs = np.empty((2, years, count), _F)
    walk = np.empty(count, _F)
    rng.standard_normal(out=walk, dtype=_F)
    walk *= _F(scenario.permanent_sd / np.sqrt(1 - scenario.persistence**2))
    noise, shocks = np.empty((2, count), _F)
    for year in range(years):
        if year:
            rng.standard_normal(out=shocks, dtype=_F)
            shocks *= _F(scenario.permanent_sd)
            walk *= _F(scenario.persistence)
            walk += shocks
        np.add(level, walk, out=lasting[year])
        lasting[year] += _F(scenario.growth * year)
        rng.standard_normal(out=noise, dtype=_F)
        noise *= _F(scenario.transitory_sd)
        np.add(lasting[year], noise, out=logs[year])
    return lasting, logs


@dataclass(frozen=True)
class Shocks:
    """Losses of log income.

    Attributes
    ----------
    ill : ndarray of int8, years x households
        0, or grave illness in that year: 1 short, 2 long.
    disaster : ndarray of bool, years x villages
        A disaster.
    price : ndarray, years x counties
        Log prices of farm products, 0 where usual.
    """

    ill: np.ndarray
    disaster: np.ndarray
    price: np.ndarray


def shocks(rng, scenario, folk, years):
    """Draw illness, disasters and prices.

    Parameters
    ----------
    rng : Generator
        Stream ``shocks``.
    scenario : Scenario
        Active.
    folk : People
        Households.
    years : int
        How many.

    Returns
    -------
    Shocks
    """
    count = len(folk.size)
    price = scenario.price_sd * rng.standard_normal((years, COUNTIES))
    disaster = rng.random((years, count // HOUSEHOLDS)) < scenario.disaster_risk
    short, long = illness_risks(scenario, folk.ill)
    stays, stays_long = scenario.illness_stays, scenario.illness_stays_long
    # The first year is as if it had always been so.
    odds = short / (1 - stays), long / (1 - stays_long)
    well = 1 / (1 + odds[0] + odds[1])
    ill = np.empty((years, count), np.int8)
    ill[0] = _state(rng, odds[0] * well, odds[1] * well)
    for year in range(1, years):
        begins, last = _state(rng, short, long), ill[year - 1]
        again = np.where(last == 1, _F(stays), _F(stays_long))
        lasts = np.where(rng.random(count, _F) < again, last, 0)
        ill[year] = np.where(last == 0, begins, lasts)
    return Shocks(ill, disaster, price)


def illness_risks(scenario, chronic):
    """Yearly chances that a short and a long grave illness begin, by household."""
    ratio = np.where(chronic, scenario.illness_ratio, 1.0)
    risk = np.minimum(scenario.illness_risk * ratio, 1)
    return risk * (1 - scenario.illness_long), risk * scenario.illness_long


def _state(rng, short, long):
    draw = rng.random(len(short), _F)
    return (draw < short).astype(np.int8) + 2 * ((draw >= short) & (draw < short + long))


def asset_buffer(scenario, assets):
    """Factor of losses, 1 with usual assets and less with more, at most 2."""
    return np.minimum(exp(_F(-scenario.asset_buffer) * assets), _F(2))


def lose(lasting, logs, lost, scenario, folk, where):
    """Take the losses off log income, in place; those of long illness off lasting income too.

    Parameters
    ----------
    lasting, logs : ndarray, years x households
        Log income without and with its transitory part; changed.
    lost : Shocks
        Of the same years.
    scenario : Scenario
        Active.
    folk : People
        Assets lessen losses.
    where : Places
        Their villages.
    """
    buffer = asset_buffer(scenario, folk.assets)
    by_illness = -_F(scenario.illness_loss) * buffer
    by_disaster = -_F(scenario.disaster_loss) * buffer
    for year, row in enumerate(logs):
        at = np.flatnonzero(lost.ill[year])
        row[at] += by_illness[at]
        at = np.flatnonzero(lost.ill[year] == 2)
        lasting[year, at] += by_illness[at]
        if lost.disaster[year].any():
            row += spread(lost.disaster[year]) * by_disaster
        if scenario.price_sd:
            row += spread(lost.price[year][where.county].astype(_F)) * folk.farm
