"""The baseline of a model: how the hazard moves with the periods since the start."""

from dataclasses import dataclass

import numpy as np

from ..base.errors import DataError


@dataclass(frozen=True)
class Baseline:
    """How the hazard moves with the periods since the start.

    Attributes
    ----------
    kind : str
        ``"groups"``, or the name of a curve.
    starts : tuple of int
        First period of each group.
    seen : int
        Last period with somebody at risk.
    open : bool
        Whether it says anything of periods after that.
    quiet : int
        First of the last periods, if nobody fell back in them: their hazard is 0; else 0.
    bound : float
        What that hazard is at most (exact, one-sided 97.5 %).
    """

    kind: str
    starts: tuple
    seen: int
    open: bool
    quiet: int = 0
    bound: float = 0.0

    @property
    def names(self):
        """Names of its coefficients."""
        if self.kind == "groups":
            ends = [one - 1 for one in self.starts[1:]]
            ends.append(None if self.open else self.quiet - 1 if self.quiet else self.seen)
            return [
                f"duration {a}+"
                if b is None
                else f"duration {a}"
                if a == b
                else f"duration {a}-{b}"
                for a, b in zip(self.starts, ends, strict=True)
            ]
        return ["Intercept", *_CURVES[self.kind]]

    def silent(self, durations):
        """Which durations are of the last periods without events."""
        return (np.asarray(durations) >= self.quiet) & (self.quiet > 0)

    def levels(self, durations, params):
        """Linear predictor of each duration: minus infinity where the hazard is 0."""
        return np.where(self.silent(durations), -np.inf, self.matrix(durations) @ params)

    def matrix(self, durations):
        """Row of the design for each duration (the first period is 1)."""
        durations = np.asarray(durations)
        if self.kind == "groups":
            group = np.searchsorted(self.starts, durations, side="right") - 1
            return np.eye(len(self.starts))[group] * ~self.silent(durations)[:, None]
        made = [make(durations.astype(float)) for make in _CURVES[self.kind].values()]
        return np.column_stack([np.ones(len(durations)), *made])


_CURVES = {
    "constant": {},
    "log": {"log(duration)": np.log},
    "linear": {"duration": lambda k: k},
    "quadratic": {"duration": lambda k: k, "duration^2": lambda k: k**2},
}


def baseline_of(wanted, counts, way="", parted=True):
    """Lay out a baseline over the periods that were seen.

    Parameters
    ----------
    wanted : str or sequence of int
        See `relapse_model`.
    counts : Counts
    way : str
        What begins a remedy where events are lacking.
    parted : bool
        Whether groups that were named and have no events are refused.

    Returns
    -------
    Baseline
    """
    seen = int(counts.duration.max()) + 1
    if isinstance(wanted, str) and wanted in _CURVES:
        return Baseline(wanted, (), seen, True)
    at_risk = np.bincount(counts.duration, counts.rows, seen)
    ends = np.bincount(counts.duration, counts.ends, seen)
    if isinstance(wanted, str) and wanted == "dummies":
        starts, risk, done = [1], 0.0, 0.0
        for k in range(seen):
            risk, done = risk + at_risk[k], done + ends[k]
            if 0 < done < risk and k + 1 < seen:
                starts, risk, done = [*starts, k + 2], 0.0, 0.0
        if done == 0 < risk and len(starts) > 1:  # at the end nobody fell back
            quiet = starts.pop()
            return Baseline("groups", tuple(starts), seen, False, quiet, highest(0, risk))
        if not 0 < done < risk and len(starts) > 1:
            starts.pop()  # what is left at the end joins the group before
        return Baseline("groups", tuple(starts), seen, False)
    good = not isinstance(wanted, str) and np.iterable(wanted) and all(
        isinstance(one, int | np.integer) for one in wanted
    )  # fmt: skip
    starts = tuple(int(one) for one in wanted) if good else ()
    if not starts or starts[0] != 1 or any(np.diff(starts) <= 0) or starts[-1] > seen:
        raise DataError(
            "A baseline is named, or given by the first period of each group: from 1, rising, and "
            f"none after period {seen}, the last with somebody at risk.",
            found=repr(wanted),
            remedy=f'baseline="dummies", or one of {list(_CURVES)}, or such as [1, 2, 3, 5]',
        )
    made = Baseline("groups", starts, seen, True)
    group = np.searchsorted(starts, np.arange(seen) + 1, side="right") - 1
    for name, risk, done in zip(
        made.names, np.bincount(group, at_risk), np.bincount(group, ends), strict=True
    ):
        if parted or risk == 0:
            refuse_no_events(name, risk, done, way + "baseline= with fewer, wider groups")
    return made


def highest(events, at_risk):
    """Exact bound of a hazard (one-sided 97.5 %)."""
    from scipy import stats

    return float(stats.beta.ppf(0.975, events + 1, at_risk)) if at_risk else np.nan


def refuse_no_events(name, at_risk, events, remedy):
    """Refuse a part of the data whose coefficient would be infinite; say what is known of it."""
    if 0 < events < at_risk:
        return
    bound = highest(min(events, at_risk - events), at_risk)
    raise DataError(
        "A coefficient would be infinite: a part of the data has "
        + (f"no events (its hazard is at most {bound:.3g} a period, exact, one-sided 97.5 %)."
           if events == 0 else
           f"nothing but events (its hazard is at least {1 - bound:.3g} a period, exact, "
           "one-sided 97.5 %)."),
        where=name, found=f"{events:,.0f} events of {at_risk:,.0f} household-periods at risk",
        remedy=remedy,
    )  # fmt: skip
