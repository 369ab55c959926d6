"""Two hazards of one household, leaving and falling back, that share a two-point factor.

A household belongs to one of two groups, which nobody sees. In the second the log of each
hazard is higher by a number of its own (Heckman and Singer 1984, two mass points): one factor,
with a loading for each hazard. Given the group all spells are independent, so the likelihood of
a household is the mean over groups of the product of its periods.
"""

import numpy as np

from ...base.errors import DataError
from ..frailty import in_cells, slopes

_FAR, _STARTS = 6.0, ((1.5, -1.5, 0.0), (1.2, 1.2, 0.0), (2.0, -0.7, -1.0), (0.7, -2.0, 1.0))
_LARGE = 30.0  # a log hazard or log odds above tells nothing more
_REMEDY = "longer panels, or a simpler formula and baseline; else ps.relapse_model of each table by itself, and say so"


class Joint:
    """Likelihood of households; see the text of this module.

    Parameters
    ----------
    models : pair of Model
        Of leaving, and of falling back.
    rows : pair of Spells
        Their households are numbered over both.
    first : ndarray of bool
        Whether the first spell of each household is one out of poverty.
    weight : ndarray or None
        Of each household.
    """

    def __init__(self, models, rows, first, weight):
        """Lay out periods by household."""
        self.models, self.rows = models, rows
        self.first, self.count = first.astype(float), len(first)
        self.weight = np.ones(self.count) if weight is None else weight
        self.laid, self.sizes = [], [len(one.names) for one in models]
        for model, of in zip(models, rows, strict=True):
            at, duration, ended = of.periods()
            pattern = of.pattern[at]
            cells = in_cells(model, pattern, duration)
            self.laid.append((*cells, of.household[at], ended, pattern, duration))
        self.two_kinds = min(first.sum(), (~first).sum()) >= 30  # the share of groups may differ

    def split(self, params):
        """Coefficients of both hazards, and what the second group adds to each."""
        k, total = self.sizes[0], sum(self.sizes)
        return params[:k], params[k:total], params[total : total + 2], params[total + 2 :]

    def without(self, params):
        """The same coefficients, and a factor of nothing beside them."""
        return np.r_[params, np.zeros(3 + self.two_kinds)]

    def chance(self, share):
        """Chance of each household to be of the second group."""
        odds = share[0] + (share[1] if self.two_kinds else 0.0) * self.first
        return 1 / (1 + np.exp(-np.clip(odds, -_LARGE, _LARGE)))

    def of_rows(self, params):
        """Slope of each period in its linear predictor by group, and log-likelihoods of households."""
        *betas, steps, _ = self.split(params)
        value, pulls = np.zeros((2, self.count)), []
        for (cells, cell, household, ended, *_), beta, step in zip(self.laid, betas, steps, strict=True):  # fmt: skip
            eta, made = cells.eta(beta), []
            for group in (0, 1):
                rate = np.exp(np.clip(eta + group * step, -700, _LARGE))
                with np.errstate(over="ignore"):
                    up, log = rate / np.expm1(rate), np.log(-np.expm1(-rate))
                lived = np.where(ended, log[cell], -rate[cell])
                value[group] += np.bincount(household, lived, self.count)
                made.append(np.where(ended, up[cell], -rate[cell]))
            pulls.append(made)
        return value, pulls

    def evaluate(self, params):
        """Log-likelihood of each household, slopes of its periods, and the rest of its scores."""
        value, pulls = self.of_rows(params)
        share = self.split(params)[-1]
        chance = self.chance(share)
        top = value.max(axis=0)
        parts = np.exp(value - top) * [1 - chance, chance]
        whole = parts.sum(axis=0)
        second = parts[1] / whole
        mixed, more = [], []
        for (_, _, household, *_), (none, some) in zip(self.laid, pulls, strict=True):
            own = second[household]
            mixed.append(none + own * (some - none))
            more.append(np.bincount(household, own * some, self.count))
        more.append(second - chance)
        if self.two_kinds:
            more.append((second - chance) * self.first)
        return np.log(whole) + top, mixed, np.array(more)

    def objective(self, params):
        """Minus the log-likelihood, and its slope."""
        value, mixed, more = self.evaluate(params)
        made = [
            cells.collect(np.bincount(cell, x * self.weight[household], len(cells.counts.pattern)))
            for (cells, cell, household, *_), x in zip(self.laid, mixed, strict=True)
        ]
        return -(value @ self.weight), -np.concatenate([*made, more @ self.weight])

    def scores(self, params):
        """Score of each household."""
        _, mixed, more = self.evaluate(params)
        made = [model.unit_sums(x, pattern, duration, household, self.count) for model, x,
                (_, _, household, _, pattern, duration) in zip(self.models, mixed, self.laid, strict=True)]  # fmt: skip
        return np.hstack([*made, more.T]) * self.weight[:, None]

    def information(self, params):
        """Observed information."""
        made = slopes(lambda at: self.objective(at)[1], params)
        return (made + made.T) / 2

    def fit(self, start, bread, p_value):
        """The top of the likelihood from several starts.

        ``None`` where a factor gains nothing, or its groups run away and the test finds none.
        """
        from scipy import optimize

        number, best = 3 + self.two_kinds, None
        root = np.linalg.cholesky(bread)
        alone = self.objective(self.without(start))[0]

        def scaled(x):
            params = np.r_[start + root @ x[:-number], x[-number:]]
            value, slope = self.objective(params)
            return value, np.r_[root.T @ slope[:-number], slope[-number:]]

        for *steps, share in _STARTS:
            center = np.r_[start, steps, np.zeros(number - 2)]
            for names, beta, step in zip((0, 1), self.split(center)[:2], steps, strict=True):
                model = self.models[names]
                ones = np.linalg.lstsq(model.curve, np.ones(len(model.curve)), rcond=None)[0]
                beta[: model.split] -= ones * step / (1 + np.exp(-share))
            moved = np.linalg.solve(root, center[:-number] - start)
            found = optimize.minimize(
                scaled, np.r_[moved, steps, share, np.zeros(number - 3)], jac=True, method="BFGS",
                options={"gtol": 1e-3, "maxiter": 300})  # fmt: skip
            best = found if best is None or found.fun < best.fun - 1e-6 else best
        if best.fun > alone - 1e-4:
            return None
        at = np.r_[start + root @ best.x[:-number], best.x[-number:]]
        for _ in range(8):  # near the top Newton's method settles it
            value, slope = self.objective(at)
            steep = self.information(at)
            far = (np.abs(at[-number:]) > _FAR - 0.01).any() or np.linalg.eigvalsh(steep)[0] <= 0
            if far and p_value > 0.05:
                return None
            if far:
                raise DataError(
                    "Spells share something, but do not tell two groups apart: one never moves, or "
                    "holds nobody, or its share could be anything.",
                    found=f"steps of {at[-number]:.2f} and {at[1 - number]:.2f} in the log hazards, "
                    f"test of none p = {p_value:.3g}",
                    remedy=_REMEDY,
                )  # fmt: skip
            step = np.linalg.solve(steep, slope)
            at = at - step
            if abs(slope @ step) < 1e-12:
                break
        return at, self.information(at), -value

    def test(self, params, code):
        """Score test that nothing is shared: over all loadings at once (its variance is on the border of 0).

        ``code`` is the unit of each household.
        """
        none, sums, bends = self.without(params), [], []
        _, pulls = self.of_rows(none)
        for (cells, cell, household, ended, *_), (of, _) in zip(self.laid, pulls, strict=True):
            own = params[self.sizes[0] :] if sums else params[: self.sizes[0]]
            rate = np.exp(cells.eta(own))[cell]
            bend = np.where(ended, of * (1 - rate - of), -rate)
            sums.append(np.bincount(household, of, self.count))
            bends.append(np.bincount(household, bend, self.count))
        (a, b), (c, d) = sums, bends
        made = np.column_stack([a**2 + c, 2 * a * b, b**2 + d]) * self.weight[:, None]
        scores = self.scores(none)[:, : len(params)]
        made = made - scores @ np.linalg.lstsq(scores, made, rcond=None)[0]
        units = np.column_stack([np.bincount(code, x) for x in made.T])
        spread = units.T @ units
        angle = np.pi * np.arange(90) / 90
        across, up = np.cos(angle), np.sin(angle)
        ways = np.column_stack([across**2, across * up, up**2])
        scale = np.sqrt(np.einsum("ij,jk,ik->i", ways, spread, ways))
        drawn = np.random.default_rng(1).multivariate_normal(np.zeros(3), spread, 20_000)
        highest = lambda z: np.maximum((z @ ways.T / scale).max(axis=-1), 0)  # noqa: E731
        statistic = float(highest(units.sum(axis=0)))
        return statistic, float((np.sum(highest(drawn) >= statistic) + 1) / (len(drawn) + 1))
