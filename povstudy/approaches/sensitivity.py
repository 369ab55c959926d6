"""What unparallel trends would leave of effects: trends that part as before help, or that bend."""

import numpy as np
import pandas as pd

from ..base.checks import listed, need_positive, need_share
from ..base.errors import DataError
from ..base.status import handed_on
from .paths import even_step
from .standing.trends import path

_ANGLES = 360  # directions in which the least favourable distribution is summed
_GRID = 33  # values tried at once, when an end of an interval is sought


def sensitivity(
    eff, kind="relative", *, magnitudes=None, bends=None, since=None, value=None, base=None,
    level=0.95,
):  # fmt: skip
    """What is left of the effects if trends part after the start of help.

    Parameters
    ----------
    eff : Effects
        As `compare` makes them.
    kind : {"relative", "smoothness"}
        ``relative``: from one time to the next, trends part after the base by no more than
        so many times the most they parted before it. ``smoothness``: the difference in trends
        bends from one time to the next by no more than so much; with a bend of 0 it is the
        straight line that the times before help show.
    magnitudes : sequence of float, optional
        Bounds of ``relative`` (Mbar), 0.5, 1 and 2 if not given. With 0, trends are parallel.
    bends : sequence of float, optional
        Bounds of ``smoothness``, in units of the outcome, 0 if not given.
    since : number, optional
        The effect of this year since the start; the mean of all years since the start, each
        with the same weight, if not given.
    value, base : str, optional
        Arms: the effect of ``value`` minus that of ``base``, as in `Effects.contrast`; of each
        arm, if not given.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        ``arm since kind bound estimate ci_low ci_high breakdown method data_status``.
        ``breakdown`` is the largest bound at which the interval still leaves out zero (found to
        half a percent); missing where it never does, and ``method`` says so; where it still does
        at the largest bound tried, ``breakdown`` is that bound, and ``method`` says so too.

    Raises
    ------
    DataError
        Where times are uneven or lacking, none lies before the base, or there are too few
        clusters for so many times.

    Notes
    -----
    Relative magnitudes: the conditional least-favourable hybrid test (Andrews, Roth and Pakes
    2023) is inverted; see `relative_magnitudes`. A time before the base gives one difference, and
    that is then all that later ones are held against: ``method`` says so. Smoothness: the
    shortest interval of fixed length; see `smoothness`. Nothing is drawn at random. Quantiles
    are normal, as in the papers; so that a bound of 0 gives the usual interval, errors are
    stretched first, by the quantile of t with the degrees of freedom of the design over the
    normal one.

    Effects by years since the start are averages over cohorts; where not all cohorts are seen at
    all times, their differences from time to time are in part those of cohorts.

    References
    ----------
    Rambachan, A., Roth, J. (2023), A more credible approach to parallel trends, Review of
    Economic Studies 90. Andrews, I., Roth, J., Pakes, A. (2023), Inference for linear conditional
    moment inequalities, Review of Economic Studies 90.

    Examples
    --------
    >>> import numpy as np, pandas as pd, povstudy as ps
    >>> table = pd.MultiIndex.from_product([range(40), range(2012, 2016)],
    ...                                    names=["household_id", "year"]).to_frame(index=False)
    >>> table["start"] = np.where(table["household_id"] % 2, 2014, np.nan)
    >>> noise = np.random.default_rng(1).normal(size=160)
    >>> table["income"] = 5 * (table["year"] >= table["start"]) + noise
    >>> eff = ps.compare(table, "income", starts={"help": "start"})
    >>> found = eff.sensitivity(magnitudes=[0, 1])
    >>> found[["arm", "since", "kind", "bound", "ci_low"]].round(1).values.tolist()
    [['help', '0 to 1', 'relative', 0.0, 4.5], ['help', '0 to 1', 'relative', 1.0, 3.9]]
    """
    if kind not in _KINDS:
        raise DataError("There is no such bound on trends.", found=kind,
                        remedy=f"kind= one of {list(_KINDS)}")  # fmt: skip
    make, name, usual, words = _KINDS[kind]
    given = {"magnitudes": magnitudes, "bends": bends}
    bounds = given.pop(name)
    ((other, unwanted),) = given.items()
    if unwanted is not None:
        raise DataError(f"Bounds of this kind are given as {name}=.", found=f"{other}=",
                        remedy=f"{name}={usual}")  # fmt: skip
    bounds = listed(usual if bounds is None else bounds)
    for one in bounds or [None]:
        need_positive(name, one, usual, least=0)
    need_share("level", level, 0.95)
    alone, rows = value is None and base is None, []
    found = eff.effects("since") if alone else eff.contrast(value, base, "since")
    for arm in dict.fromkeys(found.table["arm"]):
        of = path(eff, arm if alone else value, base)
        weights, horizon = _asked(eff, of, since, f"arm {arm}", kind)
        before, sigma = int(of.before.sum()), _stretched(of.cov, of.df, level)
        interval = make(of.estimate, sigma, before, weights, 1 - level)
        estimate, told = weights @ of.estimate[before:], words
        unit = 1.0 if kind == "relative" else np.abs(interval(0.0)).max()
        end, most = breakdown(interval, unit)
        if kind == "relative" and before == 1:
            told += ", one difference before help"
        if most or np.isnan(end):
            told += ", zero left out at all bounds tried" if most else ", zero never left out"
        rows += [(arm, horizon, kind, float(bound), estimate, *interval(float(bound)), end, told)
                 for bound in bounds]  # fmt: skip
    columns = ["arm", "since", "kind", "bound", "estimate", "ci_low", "ci_high", "breakdown",
               "method"]  # fmt: skip
    made = pd.DataFrame(rows, columns=columns).assign(data_status=found.status)
    made.attrs["level"] = level
    return handed_on(made, eff)


def _stretched(sigma, df, level):
    """A covariance with which normal quantiles give the intervals of t."""
    from scipy import stats

    ratio = stats.t.ppf((1 + level) / 2, df) / stats.norm.ppf((1 + level) / 2)
    return sigma * ratio**2


def _asked(eff, of, since, arm, kind):
    """Weights of the effects after the base that are asked for, and which they are, in words."""
    step = even_step(eff, "A bound on trends")
    at = np.round(of.since / step).astype(int)
    wanted = np.setdiff1d(np.arange(at.min(), at.max() + 1), [-1 - round(eff.anticipation / step)])
    if not of.before.any() or at.max() < 0 or not np.array_equal(at, wanted):
        raise DataError(
            f"{kind.capitalize()} needs effects at all times, and at one or more before the base.",
            where=arm, found=", ".join(f"{one:g}" for one in of.since),
            remedy="an earlier wave, or a single arm with enough of them",
        )  # fmt: skip
    helped = of.since[at >= 0]
    if isinstance(since, bool) or since not in [None, *helped]:
        raise DataError("The arm has no effect at this time since the start.", where=arm,
                        found=f"since={since!r}", remedy=f"since={helped[0]:g}")  # fmt: skip
    weights = (at >= 0 if since is None else of.since == since)[~of.before]
    return weights / weights.sum(), f"{helped[0]:g} to {helped[-1]:g}" if since is None else since


def _arrays(beta, sigma, before, weights):
    if before < 1:
        raise DataError("There is no time before the base, so that nothing tells of trends.",
                        remedy="an earlier wave")  # fmt: skip
    sigma = np.asarray(sigma, dtype=float)
    _refuse_singular(np.isfinite(sigma).all())
    return np.asarray(beta, dtype=float), sigma, np.asarray(weights, dtype=float)


def _refuse_singular(regular):
    if not regular:
        raise DataError("The effects before and after help have no covariance of full rank.",
                        remedy="more clusters than times, or fewer times")  # fmt: skip


def breakdown(interval, unit=1.0):
    """The largest bound at which an interval still leaves out zero.

    Parameters
    ----------
    interval : callable
        Gives both ends of the interval of a bound: `relative_magnitudes` or `smoothness`.
    unit : float
        A bound of a usual size: 0 and doublings from 1/16 unit to 64 units are tried, and the
        last that leaves out zero is made finer.

    Returns
    -------
    float
        Missing if zero is never left out; the largest bound tried if it always is.
    bool
        Whether it always is.

    Examples
    --------
    >>> from povstudy.approaches.sensitivity import breakdown
    >>> end, always = breakdown(lambda bound: (1 - bound, 3 + bound))
    >>> round(end, 2), always
    (1.0, False)
    """

    def apart(bound):
        low, high = interval(bound)
        return low > 0 or high < 0

    tried = [0.0, *unit * 2.0 ** np.arange(-4, 7)]
    good = [bound for bound in tried if apart(bound)]
    if not good:
        return np.nan, False
    good = float(good[-1])
    if good == tried[-1]:
        return good, True
    bad = float(tried[tried.index(good) + 1])
    for _ in range(8):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if apart(middle) else (good, middle)
    return good, False


# Relative magnitudes ------------------------------------------------------------------------


def relative_set(beta, before, weights, bound):
    """Effects that a bound on relative magnitudes leaves possible, were the estimates exact.

    Parameters
    ----------
    beta, before, weights
        As in `relative_magnitudes`.
    bound : float
        Mbar.

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> from povstudy.approaches.sensitivity import relative_set
    >>> relative_set([-1.0, 0.5, 4.0], 2, [1.0], 1)
    (2.5, 5.5)
    """
    most = np.abs(np.diff([*beta[:before], 0])).max()
    centre = np.dot(weights, beta[before:])
    wide = bound * most * np.abs(np.cumsum(weights[::-1])).sum()
    return float(centre - wide), float(centre + wide)


def relative_magnitudes(beta, sigma, before, weights, alpha=0.05):
    """Confidence intervals that hold if trends part by Mbar times the most they did before.

    Parameters
    ----------
    beta : array, times
        Effects before and after the base, which is left out; evenly spaced.
    sigma : array, times x times
        Their covariance.
    before : int
        How many lie before the base.
    weights : array, times after the base
        What is estimated is the sum of the later effects with these weights.
    alpha : float
        One minus the level.

    Returns
    -------
    callable
        Gives both ends, ``low, high``, for a bound (Mbar), in milliseconds.

    Raises
    ------
    DataError
        If there is none before the base, or the covariance is singular.

    Notes
    -----
    Let ``y[t]`` be the step of the estimates to time t after the base and ``g`` that of one pair
    of neighbours before it, with a sign. The later violations are bounded by ``Mbar g`` for one
    such pair (the largest), and the confidence set is the union over pairs and signs of those
    values ``theta`` for which ``|y[t] - psi[t]| <= Mbar g`` is not rejected, where the true steps
    ``psi`` may be any that give ``theta``. The test statistic is the smallest ``eta`` with which
    ``|y[t] - psi[t]| <= Mbar g + eta s[t]`` can be met, where ``s[t]`` are the standard errors of
    the two sides of ``y[t] -+ Mbar g``. These conditions are intervals of single steps, so that the
    linear programme and its dual vertices are known without a solver. With reach
    ``L[t] = weights[t] + weights[t+1] + ...``, ``eta`` is the largest of

    - ``(L y - theta - Mbar |L| g) / (|L| s)``, and the same from the other side;
    - ``-2 Mbar g / (s[t, upper] + s[t, lower])``, in which the smallest and the largest sum count.

    All hang on two numbers alone, ``L y`` and ``g``. The hybrid test rejects if eta exceeds the
    1 - alpha/10 quantile of its least favourable distribution (all means zero), which is exact
    here: the largest of linear functions of two normal numbers exceeds c with the mean over
    directions of ``exp(-c^2 / 2 m^2)``, m being the largest function of the unit vector. Else it
    compares eta with a normal distribution that is truncated to where the same vertex is the
    largest, at level (alpha - alpha/10) / (1 - alpha/10).

    An end is sought on a grid from outside, so that a set with gaps is covered by its ends.

    References
    ----------
    As in `sensitivity`.

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.approaches.sensitivity import relative_magnitudes
    >>> interval = relative_magnitudes([-0.2, 0.1, 4.0], np.eye(3) / 100, 2, [1.0])
    >>> [round(x, 2) for x in interval(0)], [round(x, 2) for x in interval(1)]
    ([3.8, 4.2], [3.41, 4.59])
    """
    beta, sigma, weights = _arrays(beta, sigma, before, weights)
    steps = np.diff(np.insert(np.eye(len(beta)), before, 0, axis=0), axis=0)
    early, late = np.vstack([steps[:before], -steps[:before]]), steps[before:]
    reach = np.cumsum(weights[::-1])[::-1]
    total = np.abs(reach).sum()
    centre, yards = reach @ late @ beta, early @ beta
    joint = np.empty((len(early), 2, 2))
    joint[:, 0, 0] = reach @ late @ sigma @ late.T @ reach
    joint[:, 0, 1] = joint[:, 1, 0] = early @ sigma @ late.T @ reach
    joint[:, 1, 1] = np.einsum("ki,ij,kj->k", early, sigma, early)
    _refuse_singular((np.linalg.det(joint) > 1e-10 * joint[:, 0, 0] * joint[:, 1, 1]).all())
    root = np.linalg.cholesky(joint)
    squares = np.einsum("ti,ij,tj->t", late, sigma, late) + 0 * yards[:, None]
    cross = early @ sigma @ late.T

    def interval(bound):
        common = squares + bound**2 * joint[:, 1, 1, None]
        upper, lower = (np.sqrt(np.maximum(common + sign * 2 * bound * cross, 0))
                        for sign in (-1, 1))  # fmt: skip
        right = np.where(reach >= 0, upper, lower) @ np.abs(reach)
        left = np.where(reach >= 0, lower, upper) @ np.abs(reach)
        pairs = upper + lower
        of_sum = np.stack([1 / right, -1 / left, 0 * left, 0 * left], axis=1)
        of_yard = -bound * np.stack([total / right, total / left, 2 / pairs.min(axis=1),
                                     2 / pairs.max(axis=1)], axis=1)  # fmt: skip
        vertices = np.stack([of_sum, of_yard], axis=2) @ root
        edge = _least_favourable(vertices, alpha / 10)
        gram = vertices @ vertices.transpose(0, 2, 1)

        def kept(theta):
            values = of_sum[:, None] * (centre - theta)[:, None]
            values = values + (of_yard * yards[:, None])[:, None]
            return _kept(values, gram, edge, alpha).any(axis=0)

        low, high = relative_set(beta, before, weights, bound)
        far_low = (centre - bound * total * yards - edge * right).min()
        far_high = (centre + bound * total * yards + edge * left).max()
        return _end(kept, far_low, low), _end(kept, far_high, high)

    return interval


def _least_favourable(vertices, kappa):
    """The 1 - kappa quantile of the largest of linear functions of two normal numbers."""
    angle = np.linspace(0, 2 * np.pi, _ANGLES, endpoint=False)
    most = (vertices @ np.stack([np.cos(angle), np.sin(angle)])).max(axis=1)
    size = np.sqrt((vertices**2).sum(axis=2)).max(axis=1)
    falls = np.maximum(most, 1e-6 * size[:, None]) ** -2.0
    edge = 4 * size
    for _ in range(30):  # Newton, on the logarithm of the chance to exceed
        chance = np.exp(-(edge[:, None] ** 2) * falls / 2)
        change = np.log(chance.mean(axis=1) / kappa) * chance.mean(axis=1)
        change = change / (edge * (chance * falls).mean(axis=1))
        edge = edge + change
        if (np.abs(change) < 1e-10 * edge).all():
            break
    return edge


def _kept(values, gram, edge, alpha):
    """Which values are not rejected, for each component (rows) and value (columns)."""
    from scipy.special import log_ndtr

    top = values.argmax(axis=2)
    eta, row = values.max(axis=2), np.arange(len(values))[:, None]
    spread = np.sqrt(gram[row, top, top])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # of values beyond the edge
        slope = gram[row, top] / spread[..., None] ** 2
        cross = (values - slope * eta[..., None]) / (1 - slope)
        low = np.where(slope < 1 - 1e-9, cross, -np.inf).max(axis=2)
        high = np.where(slope > 1 + 1e-9, cross, np.inf).min(axis=2)
        at, below, above = (log_ndtr(-x / spread)
                            for x in (eta, low, np.minimum(high, edge[:, None])))  # fmt: skip
        tail = np.exp(at - below) * np.expm1(above - at) / np.expm1(above - below)
    return (eta <= 0) | ((eta <= edge[:, None]) & (tail >= 0.9 * alpha / (1 - alpha / 10)))


def _end(kept, far, near):
    """The first value that is kept on the way from one that is not to one that is."""
    for _ in range(5):
        grid = np.linspace(far, near, _GRID)
        here = kept(grid)
        here[-1] = True
        first = max(int(here.argmax()), 1)
        far, near = grid[first - 1], grid[first]
    return float(near)


# Smoothness ---------------------------------------------------------------------------------


def smoothness(beta, sigma, before, weights, alpha=0.05):
    """Shortest confidence intervals that hold if a difference in trends bends but little.

    Parameters
    ----------
    beta, sigma, before, weights, alpha
        As in `relative_magnitudes`.

    Returns
    -------
    callable
        Gives both ends, ``low, high``, for a bound on bends, in units of the outcome.

    Raises
    ------
    DataError
        If there is none before the base, or the covariance is singular.

    Notes
    -----
    The interval is an affine function of the estimates, plus and minus the 1 - alpha quantile of
    ``|N(b / h, 1)|`` times ``h``: h is its standard error and b its largest bias. The function
    takes the sum of later effects with ``weights``, minus a line through the base whose slope is an
    average of the steps before it. What is free is how it weighs the bends before the base; the
    bias is the bound times the sum of the absolute weights of all bends. The half length is convex
    in these weights, and the smallest is found by sequential least-squares programming with exact
    derivatives. With a bound of 0 the line is that of generalised least squares.

    References
    ----------
    As in `sensitivity`; and Armstrong, T., Kolesár, M. (2018), Optimal inference in a class of
    regression models, Econometrica 86.

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.approaches.sensitivity import smoothness
    >>> interval = smoothness([-0.2, -0.1, 4.0], np.eye(3) / 100, 2, [1.0])
    >>> [round(x, 2) for x in interval(0)], [round(x, 2) for x in interval(1)]
    ([3.69, 4.11], [2.67, 5.13])
    """
    from scipy import optimize

    beta, sigma, weights = _arrays(beta, sigma, before, weights)
    ago, later = np.arange(before, 0, -1), np.arange(1, len(weights) + 1)
    line = np.zeros(len(beta))
    line[before:], line[before - 1] = weights, weights @ later
    fixed = np.abs([weights @ np.maximum(later - j, 0) for j in range(len(later))]).sum()
    bent = np.maximum(ago - np.arange(1, before)[:, None], 0)  # early weights to those of bends
    free = np.zeros((len(beta), before - 1))
    free[:before] = np.linalg.inv(np.vstack([bent, ago]))[:, : before - 1]
    quadratic, mixed, start = free.T @ sigma @ free, free.T @ sigma @ line, line @ sigma @ line
    flat = -np.linalg.lstsq(quadratic, mixed, rcond=1e-12)[0]  # the least variance
    _refuse_singular(start + mixed @ flat > 1e-10 * start)

    def half(split, bend):
        weigh = split[: before - 1] - split[before - 1 :]
        error = np.sqrt(start + 2 * mixed @ weigh + weigh @ quadratic @ weigh)
        bias = bend * (fixed + split.sum()) / error
        quantile = folded(bias, alpha)
        near, far = np.exp(-((quantile - bias) ** 2) / 2), np.exp(-((quantile + bias) ** 2) / 2)
        slope = (near - far) / (near + far)
        by = (quantile - bias * slope) * (mixed + quadratic @ weigh) / error
        scale = np.sqrt(start)
        return quantile * error / scale, (np.r_[by, -by] + slope * bend) / scale

    def interval(bend):
        split = np.maximum(np.r_[flat, -flat], 0)
        if bend > 0 and before > 1:
            split = optimize.minimize(
                half, 0 * split, (bend,), "SLSQP", jac=True, bounds=[(0, None)] * len(split),
                options={"ftol": 1e-13, "maxiter": 500},
            ).x  # fmt: skip
        middle = (line + free @ (split[: before - 1] - split[before - 1 :])) @ beta
        wide = half(split, bend)[0] * np.sqrt(start)
        return float(middle - wide), float(middle + wide)

    return interval


def folded(mean, alpha):
    """The 1 - alpha quantile of the absolute value of a normal number of this mean, error 1.

    Examples
    --------
    >>> from povstudy.approaches.sensitivity import folded
    >>> round(folded(0, 0.05), 3), round(folded(5, 0.05), 3)
    (1.96, 6.645)
    """
    from scipy import optimize, special

    missed = lambda x: special.ndtr(x - mean) - special.ndtr(-x - mean) - 1 + alpha  # noqa: E731
    return optimize.brentq(missed, 0, mean + special.ndtri(1 - alpha / 2) + 1, xtol=1e-12)


_KINDS = {
    "relative": (relative_magnitudes, "magnitudes", [0.5, 1, 2], "relative magnitudes (C-LF)"),
    "smoothness": (smoothness, "bends", [0], "smoothness (fixed length)"),
}
