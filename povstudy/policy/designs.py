"""The design of a trial in villages: its error, its power and its cost."""

from dataclasses import dataclass, fields

import numpy as np

from ..base.checks import need_between, need_positive, need_share, need_whole
from ..base.errors import DataError, DesignError

FEWEST = 4  # villages: two in each arm, so that chance can be told from help
MOST = 100_000


@dataclass(frozen=True)
class TrialDesign:
    """A trial in which help is drawn by lot, village by village.

    Parameters
    ----------
    households : float
        Asked in each village, on average.
    sd : float
        Standard deviation of the outcome between households, in its unit.
    icc : float
        Intra-village correlation: the share of the variance that lies between villages (0 to 1).
        `povstudy.intraclass_correlation` finds it, and ``sd``, in a survey or a pilot.
    treated : float
        Share of the villages that get help.
    size_cv : float
        Standard deviation of households asked in a village over their mean: 0 if all are alike.
    baseline : float
        Correlation of the outcome with its baseline, taken to be the same within and between
        villages; 0 without a baseline.
    attrition : float
        Share of the households that are lost before the outcome is asked.
    fixed_cost, village_cost, household_cost : float
        Of the trial itself, in the unit of the costs of the decision. Households that are lost
        are paid for.

    Raises
    ------
    DataError
        If a number has no meaning: a standard deviation of 0 or below, a share outside 0 to 1.

    Notes
    -----
    The variance of the difference between the arms is sd^2 x ((1 - icc) / m + (1 + cv^2) icc) x
    (1 - r^2) x (1/k1 + 1/k0), with m households that stay, k1 and k0 villages with and without
    help, and correlation r with the baseline: the design effect 1 + ((1 + cv^2) m - 1) icc
    (Donner and Klar 2000; Eldridge, Ashby and Kerry 2006). Power is that of a t-test with k1 + k0
    - 2 degrees of freedom, by the noncentral t (Hemming and others 2011).

    References
    ----------
    Donner, A., Klar, N. (2000), Design and Analysis of Cluster Randomization Trials in Health
    Research, Arnold. Eldridge, S., Ashby, D., Kerry, S. (2006), Sample size for cluster randomized
    trials: effect of coefficient of variation of cluster size and analysis method, International
    Journal of Epidemiology 35. Hemming, K., Girling, A., Sitch, A., Marsh, J., Lilford, R. (2011),
    Sample size calculations for cluster randomised controlled trials with a fixed number of
    clusters, BMC Medical Research Methodology 11.

    Examples
    --------
    >>> import povstudy as ps
    >>> trial = ps.TrialDesign(households=20, sd=1.0, icc=0.05, village_cost=8_000)
    >>> round(trial.std_error(60), 4), round(trial.power(0.25, 60), 3), trial.villages(0.25)
    (0.0806, 0.862, 51)
    >>> trial.cost(60)
    480000.0
    """

    households: float
    sd: float
    icc: float
    treated: float = 0.5
    size_cv: float = 0.0
    baseline: float = 0.0
    attrition: float = 0.0
    fixed_cost: float = 0.0
    village_cost: float = 0.0
    household_cost: float = 0.0

    def __post_init__(self):
        """Refuse numbers that have no meaning, and hold the others as plain ones."""
        need_positive("households", self.households, 20, least=1)
        need_positive("sd", self.sd, 1.0)
        need_share("icc", self.icc, 0.05, ends=(0, 1))
        need_share("treated", self.treated, 0.5)
        need_positive("size_cv", self.size_cv, 0.0, least=0)
        need_between("baseline", self.baseline, -1, 1, 0.5)
        need_share("attrition", self.attrition, 0.1, ends=(0,))
        for name in ("fixed_cost", "village_cost", "household_cost"):
            need_positive(name, getattr(self, name), 0.0, least=0)
        for one in fields(self):
            object.__setattr__(self, one.name, float(getattr(self, one.name)))

    def arms(self, villages):
        """Villages with and without help: two whole numbers.

        Raises
        ------
        DataError
            For fewer than 4 villages.
        DesignError
            If an arm would have fewer than 2.
        """
        need_whole("villages", villages, FEWEST, 60)
        helped = int(villages * self.treated + 0.5)
        if min(helped, villages - helped) < 2:
            such = int(np.ceil(2 / min(self.treated, 1 - self.treated)))
            raise DesignError("An arm has fewer than two villages: chance cannot be told from help.",
                              where="argument villages", found=f"{helped} of {villages} with help",
                              remedy=f"villages={such}")  # fmt: skip
        return helped, int(villages) - helped

    def std_error(self, villages):
        """Standard error of the effect, with so many villages in both arms together."""
        helped, others = self.arms(villages)
        left = self.households * (1 - self.attrition)
        part = (1 - self.icc) / left + (1 + self.size_cv**2) * self.icc
        return self.sd * float(np.sqrt(part * (1 - self.baseline**2) * (1 / helped + 1 / others)))

    def cost(self, villages):
        """Cost of the trial, without the help itself unless it is in the cost of a village."""
        self.arms(villages)
        return self.fixed_cost + villages * (
            self.village_cost + self.households * self.household_cost
        )

    def power(self, effect, villages, *, level=0.95):
        """Chance that a two-sided test finds an effect.

        Parameters
        ----------
        effect : float
            In the unit of the outcome.
        villages : int
            In both arms together.
        level : float
            0.95 for a test at 5 percent.

        Returns
        -------
        float
        """
        need_between("effect", effect, -np.inf, np.inf, 0.1)
        need_share("level", level, 0.95)
        return _power(effect / self.std_error(villages), villages - 2, level)

    def detectable(self, villages, *, power=0.8, level=0.95):
        """Smallest effect that is found with a given power."""
        from scipy import optimize

        _need_power(power, level)
        df, most = villages - 2, 1.0
        short = lambda ratio: _power(ratio, df, level) - power  # noqa: E731
        while short(most) < 0:
            most *= 2
        return self.std_error(villages) * optimize.brentq(short, 0, most, xtol=1e-12)

    def villages(self, effect, *, power=0.8, level=0.95):
        """Smallest number of villages that finds an effect with a given power.

        Parameters
        ----------
        effect : float
            In the unit of the outcome, not 0.
        power, level : float
            Of the test.

        Returns
        -------
        int or None
            None if more than 100,000 are needed.
        """
        _need_power(power, level)
        need_between("effect", effect, -np.inf, np.inf, 0.1)
        if effect == 0:
            raise DataError("No trial finds an effect of 0.", where="argument effect", found=effect,
                            remedy="effect=0.1  # the smallest that would matter")  # fmt: skip
        one = FEWEST
        while True:  # the first that is allowed
            helped = int(one * self.treated + 0.5)
            if min(helped, one - helped) >= 2:
                break
            one += 1
        enough = lambda n: self.power(effect, n, level=level) >= power  # noqa: E731
        low, high = one - 1, one
        while not enough(high):
            low, high = high, 2 * high
            if high > 2 * MOST:
                return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if enough(middle) else (middle, high)
        # Villages come whole: with uneven arms a number just below may be enough too.
        near = range(max(one, high - 8), high)
        return next((n for n in near if enough(n)), high)


def _need_power(power, level):
    need_share("level", level, 0.95)
    need_between("power", power, 1 - level, 1, 0.8)


def _power(ratio, df, level):
    """Chance that t is beyond its quantile, for an effect of so many standard errors."""
    from scipy import stats

    reach = stats.t.ppf(0.5 + level / 2, df)
    ratio = min(abs(ratio), 10 * reach + 30)  # surely found: the noncentral t has no digits there
    wrong = stats.nct.cdf(-reach, df, ratio)  # of the wrong sign; not a number where it is nil
    return float(min(1.0, stats.nct.sf(reach, df, ratio) + np.nan_to_num(wrong)))
