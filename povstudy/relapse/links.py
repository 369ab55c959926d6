"""Links between a hazard and its linear predictor, with what a likelihood needs of each."""

import numpy as np


class Cloglog:
    """Complementary log-log: the hazard of proportional hazards seen in periods."""

    name, ratio = "cloglog", "hazard_ratio"

    @staticmethod
    def residuals(eta):
        """Slopes of the log-likelihood in eta: of a period without end, and what an end adds."""
        rate = np.exp(eta)
        with np.errstate(invalid="ignore"):  # a hazard of zero has no end
            return -rate, -rate / np.expm1(-rate)

    @staticmethod
    def cells(eta, at_risk, events):
        """Log-likelihood, slope and information (observed, expected) of cells, in eta."""
        rate = np.exp(eta)
        left = np.exp(-rate)
        hazard = -np.expm1(-rate)
        share = events / hazard
        with np.errstate(divide="ignore", invalid="ignore"):
            ended = np.where(events > 0, events * np.log(hazard), 0.0)
        pull = rate * left / hazard
        return (
            np.sum(ended - (at_risk - events) * rate),
            rate * (share - at_risk),
            rate * (at_risk - share * (1 - pull)),
            at_risk * rate * pull,
        )

    @staticmethod
    def turn(eta):
        """Slope of the log of the expected information of a cell, in eta."""
        rate = np.maximum(np.exp(np.minimum(eta, 500)), 1e-300)
        with np.errstate(over="ignore"):
            return 2 - rate - rate / np.expm1(rate)

    @staticmethod
    def link(hazard):
        """Linear predictor of a hazard."""
        return np.log(-np.log1p(-hazard))

    @staticmethod
    def cumulative(eta):
        """Minus the log of surviving a period, and its slope."""
        rate = np.exp(eta)
        return rate, rate


class Logit:
    """Logistic: odds of an end in a period."""

    name, ratio = "logit", "odds_ratio"

    @staticmethod
    def residuals(eta):
        """See `Cloglog.residuals`."""
        from scipy.special import expit

        return -expit(eta), np.ones_like(eta)

    @staticmethod
    def cells(eta, at_risk, events):
        """See `Cloglog.cells`; both informations are one."""
        from scipy.special import expit

        hazard = expit(eta)
        steep = at_risk * hazard * expit(-eta)
        value = np.sum(events * eta - at_risk * np.logaddexp(0, eta))
        return value, events - at_risk * hazard, steep, steep

    @staticmethod
    def turn(eta):
        """See `Cloglog.turn`."""
        return -np.tanh(eta / 2)

    @staticmethod
    def link(hazard):
        """Linear predictor of a hazard."""
        return np.log(hazard / (1 - hazard))

    @staticmethod
    def cumulative(eta):
        """See `Cloglog.cumulative`."""
        from scipy.special import expit

        return np.logaddexp(0, eta), expit(eta)


LINKS = {"cloglog": Cloglog, "logit": Logit}
