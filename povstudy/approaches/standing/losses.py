"""Who was lost from a panel, or left out of an arm for a second help, and what that could make."""

import numpy as np

from .trimming import trimmed


def lost(eff):
    """Share of each arm, of those seen before any help started, who are not seen at the last time.

    Parameters
    ----------
    eff : Effects
        Of a panel. Who is left out for a second help does not count as lost.

    Returns
    -------
    ndarray
        By arm, those without help first.
    """
    sample, ahead = eff.sample, eff.anticipation
    edge = max(min(sample.base(start, ahead) for _, start in sample.cohorts()), 0)
    seen, count = np.isfinite(sample.outcome), len(sample.names)
    early = seen[:, : edge + 1].any(axis=1) & (sample.second - ahead > sample.times[-1])
    weight = np.where(early, sample.weight, 0.0)
    gone = np.bincount(sample.arm, np.where(seen[:, -1], 0.0, weight), count)
    with np.errstate(invalid="ignore"):
        return gone / np.bincount(sample.arm, weight, count)


def bounds(eff, arm):
    """What loss that differs between an arm and its controls could make of the effect.

    Parameters
    ----------
    eff : Effects
        Of a panel.
    arm : str
        The arm.

    Returns
    -------
    ndarray
        How far the mean effect could lie below and above what is found (Lee): of every start and
        time, the side that kept more is trimmed by as many as it kept in excess, from above or
        from below, and what this changes is averaged as the effects are.

    References
    ----------
    Lee, D. (2009), Training, wages, and sample selection: estimating sharp bounds on treatment
    effects, Review of Economic Studies 76.
    """
    sample, ahead, found = eff.sample, eff.anticipation, []
    seen, weight = np.isfinite(sample.outcome), sample.weight
    cells = eff._rows("overall").query("arm == @arm")
    sizes = eff.cells.table.query("term == 'size' and arm == @arm").set_index("group")["estimate"]
    for start, year in zip(cells["group"], cells["year"], strict=True):
        base, j = sample.base(start, ahead), int(np.searchsorted(sample.times, year))
        there = seen[:, base] & (sample.second - ahead > year)
        own = there & (sample.arm == sample.names.index(arm)) & (sample.start == start)
        others = there & (sample.arm == 0)
        if eff.controls == "not_yet":
            others |= there & (sample.start > year + ahead) & ~own
        change = np.where(own, *(sample.change(j, base, side) for side in (own, others)))
        found.append(lee(change, weight, (own, others))[1])
    return np.average(found, axis=0, weights=cells["group"].map(sizes))


def lee(y, w, sides, whole=(None, None)):
    """How far a difference of two means could lie below and above, if the sides kept unlike shares.

    Parameters
    ----------
    y, w : ndarray
        Values, missing of those who were lost, and weights.
    sides : tuple of two ndarrays of bool
        Who was drawn, of the side with the plus first.
    whole : tuple of two numbers, optional
        How many were drawn, if not all of them are here.

    Returns
    -------
    kept : list of float
        Share of each side that was kept.
    ends : tuple of float

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.approaches.standing.losses import lee
    >>> y = np.array([1.0, 2, 3, 6, np.nan, 1, 1, 1, np.nan, np.nan])
    >>> kept, ends = lee(y, np.ones(10), (np.arange(10) < 5, np.arange(10) > 4))
    >>> np.round(ends, 6).tolist()
    [-1.0, 0.666667]
    """
    held = [one & np.isfinite(y) for one in sides]
    kept = [now.sum() / count if count else w[now].sum() / w[one].sum()
            for now, one, count in zip(held, sides, whole, strict=True)]  # fmt: skip
    first = kept[0] >= kept[1]
    more, part = held[0 if first else 1], min(kept) / max(kept)
    mean = np.average(y[more], weights=w[more])
    low, high = (sign * trimmed(sign * y[more], w[more], part)[0] - mean for sign in (1, -1))
    return kept, (low, high) if first else (-high, -low)


def selection(eff, sides, second):
    """Whether those who leave had fared otherwise before than the rest of their arm.

    Parameters
    ----------
    eff : Effects
        Of a panel.
    sides : list of tuple
        Arms with their signs: that of the effect with 1, what it is compared with with -1.
    second : bool
        Who leaves for a second help (``switches="censor"``), or is lost.

    Returns
    -------
    dict
        ``share`` of household-years since the start that are missing (of the arm with more),
        ``bias`` that this makes of the effect if those who leave stay as far from the rest as they
        were, its ``std_error`` and ``df``; empty where nobody leaves.

    Notes
    -----
    The change from the base to the last time before a household leaves, minus the mean change to
    that time of those of the same start who are there still and at the next time too; summed
    over times and starts. Errors are by cluster.
    """
    sample, ahead = eff.sample, eff.anticipation
    times, seen = sample.times, np.isfinite(sample.outcome)
    late = np.append(times, np.inf)[np.searchsorted(times, sample.second - ahead)]
    if not second:
        after = np.append(times[1:], np.inf)[seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)]
        late = np.where(late <= times[-1], np.inf, after)
    cohorts = [(eff.sample.names[place], start) for place, start in sample.cohorts()]
    bias, pull, shares = 0.0, np.zeros(len(late)), []
    for arm, sign in sides:
        of = [start for one, start in cohorts if one == (sides[0][0] if arm == "none" else arm)]
        top, size, rows = np.zeros(len(late)), np.zeros(len(late)), np.zeros(2)
        for start in of:
            base = sample.base(start, ahead)
            own = (sample.arm == sample.names.index(arm)) & seen[:, max(base, 0)] & (base >= 0)
            own &= (arm == "none") | (sample.start == start)
            out = (late[own, None] <= times[times >= start]).sum(axis=1)
            rows += sample.weight[own] @ out, sample.weight[own].sum() * (times >= start).sum()
            for j in range(base + 1, len(times) - 1):
                here = own & seen[:, j]
                leave, stay = here & (late == times[j + 1]), here & (late > times[j + 1])
                if leave.any() and stay.any():
                    share = np.where(stay, sample.weight, 0.0) / sample.weight[stay].sum()
                    change = np.where(here, sample.change(j, base, here), 0.0)
                    gap = change - share @ change
                    top += np.where(leave, sample.weight, -sample.weight[leave].sum() * share) * gap
                    size += np.where(leave, sample.weight, 0.0)
        if size.any():
            share, mean = rows[0] / rows[1], top.sum() / size.sum()
            shares.append(share)
            bias -= sign * share * mean
            pull -= sign * share * (top - mean * size) / size.sum()
    if not shares:
        return {}
    sums = np.bincount(sample.cluster, pull)
    count = len(np.unique(sample.cluster[pull != 0]))
    error = np.sqrt((sums**2).sum() * count / max(count - 1, 1))
    return {"share": max(shares), "bias": bias, "std_error": error, "df": max(count - 1, 1)}
