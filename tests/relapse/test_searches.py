"""What a search finds does not hang on where it ends: to 1e-12 or where rounding ends it."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import optimize
from test_frailty import made

import povstudy as ps
from povstudy.approaches.evidence import _q_profile
from povstudy.approaches.grouptime import Propensity
from povstudy.approaches.priors import posterior
from povstudy.survey.models.logit import multinomial


@pytest.mark.parametrize("seed", range(8))
def test_chances_of_arms_leave_no_slope(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(400), rng.normal(size=(400, 2)), rng.exponential(size=400) ** 2])
    code = (rng.random(400)[:, None] > [0.3, 0.8]).sum(axis=1)
    weights = np.full(400, 1 / 400)
    chances, _, _ = multinomial(x, code, weights, 3)
    slope = (weights[:, None] * ((code[:, None] == range(3)) - chances)).T @ x
    assert np.abs(slope).max() < 1e-14


def test_chances_of_help_do_not_hang_on_the_unit_of_income():
    rng = np.random.default_rng(2)
    income = rng.lognormal(8, 0.5, 600)
    treated = (rng.random(600) < 0.3 + 0.3 * (income > 3000)).astype(float)
    chances = [
        Propensity(np.column_stack([np.ones(600), income / unit]), treated, np.ones(600)).chance
        for unit in (1, 1e4)
    ]
    assert chances[0] == pytest.approx(chances[1], rel=1e-11)


def test_intervals_and_quantiles_keep_their_digits_in_any_unit():
    effects, variances = np.array([0.1, 0.5, -0.2, 0.9, 0.3]), np.array([1, 2, 1.5, 3, 1]) / 50
    small = 1e-5
    ends = _q_profile(effects, variances, 0.95)
    assert _q_profile(effects * small, variances * small**2, 0.95) == pytest.approx(
        [end * small**2 for end in ends], rel=1e-11, abs=0
    )

    def quantiles(unit):
        scales = {"mean": 0.1 * unit, "sd": 0.5 * unit, "tau": 0.3 * unit}
        prior = SimpleNamespace(**scales, shape="half-normal")
        rows = posterior(effects * unit, variances * unit**2, prior, 0.95)
        return np.array([row[1:] for row in rows]) / unit

    assert quantiles(small) == pytest.approx(quantiles(1.0), rel=1e-10)


def test_a_frailty_does_not_hang_on_where_the_first_search_ends(monkeypatch):
    table, search = made(600, 0.8), optimize.minimize

    def fitted(factor):
        def elsewhere(*args, **kwargs):
            found = search(*args, **kwargs)
            found.x = found.x * factor
            return found

        monkeypatch.setattr(optimize, "minimize", elsewhere)
        return ps.relapse_model("a + x", table, frailty="gamma").tidy()

    one, other = fitted(1.0), fitted(1.02)
    for column in ("estimate", "std_error"):
        assert one[column].to_numpy() == pytest.approx(other[column].to_numpy(), rel=1e-9)
