"""How many of the next years a household is poor: by recursion over durations, and as it was seen."""

import numpy as np
import pandas as pd


def years_ahead(leave, back, poor_first, horizon):
    """Chance of each number of years poor: no draws, each way is counted.

    Parameters
    ----------
    leave, back : array, households x groups x durations
        Chance to leave, and to fall back, in each period of a spell.
    poor_first : bool
        Whether the first year is one in poverty.
    horizon : int
        Years, with the first.

    Returns
    -------
    array, households x groups x (horizon + 1)
    """
    poor, out = np.zeros((2, *leave.shape, horizon + 1))
    (poor if poor_first else out)[:, :, 0, int(poor_first)] = 1
    leave, back = leave[..., None], back[..., None]
    for _ in range(1, horizon):
        left, fell = (poor * leave).sum(axis=2), (out * back).sum(axis=2)
        stay, rest = poor * (1 - leave), out * (1 - back)
        poor, out = np.zeros((2, *poor.shape))
        poor[:, :, 1:, 1:], poor[:, :, 0, 1:] = stay[:, :, :-1, :-1], fell[..., :-1]
        out[:, :, 1:], out[:, :, 0] = rest[:, :, :-1], left
    return (poor + out).sum(axis=2)


def seen_years(chains, poor_first, horizon, step):
    """Years poor of the first so many, of households that were seen all that time.

    Parameters
    ----------
    chains : DataFrame
        Spells of both kinds, ``h poor origin exit event``.
    poor_first : bool
        Whether they begin with a fall, or an exit.
    horizon, step : int

    Returns
    -------
    DataFrame
        ``h years``.
    """
    made = chains[chains.groupby("h")["origin"].transform("min") <= chains["origin"]].sort_values(
        ["h", "origin"]
    )
    kind = made.groupby("h")["poor"].transform("first") == poor_first
    rest = made[
        ~kind & (made["poor"] == poor_first)
    ]  # of the others, from their first such spell on
    since = rest.groupby("h")["origin"].min()
    made = made[kind | (made["origin"] >= made["h"].map(since).fillna(np.inf))]
    begin = (made["origin"] - made.groupby("h")["origin"].transform("first")) // step
    end = begin + made["exit"] + ~made["event"]
    follows = (begin == end.groupby(made["h"]).shift(fill_value=0)) & made.groupby("h")[
        "event"
    ].shift(fill_value=True)
    good = follows.groupby(made["h"]).cummin().astype(bool)
    made, begin, end = made[good], begin[good], end[good]
    years = (np.minimum(end, horizon) - np.minimum(begin, horizon)) * made["poor"]
    last = made.groupby("h").tail(1).index
    after = (made["event"] & (end < horizon)).loc[
        last
    ]  # the other state was seen for a year at least
    seen = end.loc[last] + made["event"].loc[last]
    total = years.groupby(made["h"]).sum()
    total += (after & ~made["poor"].loc[last]).groupby(made["h"].loc[last]).sum()
    kept = (seen >= horizon).to_numpy()
    return pd.DataFrame({"h": total.index[kept], "years": total.to_numpy()[kept].astype(int)})
