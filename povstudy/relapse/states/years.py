"""How many of the next years a household is poor: by recursion over durations, and as it was seen."""

import numpy as np


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
        Spells of both kinds, ``h poor origin exit event``, in the order of ``h`` and ``origin``.
    poor_first : bool
        Whether they begin with a fall, or an exit.
    horizon, step : int

    Returns
    -------
    DataFrame
        ``h years``.
    """
    since = chains[chains["poor"] == poor_first].groupby("h")["origin"].min()
    made = chains[chains["origin"] >= chains["h"].map(since)]  # from the first such spell on
    begin = (made["origin"] - made.groupby("h")["origin"].transform("first")) // step
    end = begin + made["exit"] + ~made["event"]
    follows = begin == end.groupby(made["h"]).shift(fill_value=0)
    follows &= made.groupby("h")["event"].shift(fill_value=True)
    made = made.assign(begin=begin, end=end)[follows.groupby(made["h"]).cummin().astype(bool)]
    years = (made["end"].clip(upper=horizon) - made["begin"].clip(upper=horizon)) * made["poor"]
    last = made.drop_duplicates("h", keep="last").set_index("h")
    after = last["event"] & (last["end"] < horizon) & ~last["poor"]  # poor for a year at least
    total = (years.groupby(made["h"]).sum() + after).astype(int)
    return total[last["end"] + last["event"] >= horizon].rename("years").reset_index()
