"""Bounds of rates of moves: of a register that sees few falls, of a survey measured with error."""

import numpy as np

from ..base.errors import DataError


def _numbers(values, name):
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise DataError("This holds no numbers.", where=f"argument {name}", found=repr(values)[:80],
                        remedy=f"{name}=0.1 for ten percent") from None  # fmt: skip


def _share_between(values, name):
    made = _numbers(values, name)
    known = made[~np.isnan(made)]
    if known.size and not (known.min() >= 0 and known.max() <= 1):
        raise DataError(
            "A share lies between 0 and 1.", where=f"argument {name}",
            found=f"{known.min():g} to {known.max():g}", remedy=f"{name}=0.1 for ten percent",
        )  # fmt: skip
    return made


def detection_bounds(rate, least, most=1.0):
    """Bound the true rate of falls where a register sees only a part of them.

    Parameters
    ----------
    rate : float or array
        Rate that the register shows, such as its return rate; or an end of its interval.
    least, most : float or array
        Least and greatest share of true falls that it may see.

    Returns
    -------
    low, high : float or ndarray
        ``rate / most`` and ``rate / least``, at most 1.

    Raises
    ------
    DataError
        If a rate or a share is not between 0 and 1, or ``least`` is 0 or above ``most``.

    Notes
    -----
    It holds if the register sees no falls that were none. With nothing known of detection
    (``least`` near 0) there is no upper bound: a low rate of a register says little.

    References
    ----------
    Manski, C. (2003), Partial Identification of Probability Distributions, Springer.

    Examples
    --------
    A register shows 0.15 percent a year and sees between 1 and 30 percent of the falls:

    >>> import povstudy as ps
    >>> [round(float(x), 4) for x in ps.detection_bounds(0.0015, 0.01, 0.30)]
    [0.005, 0.15]
    """
    rate = _share_between(rate, "rate")
    least = _share_between(least, "least")
    most = _share_between(most, "most")
    if (least <= 0).any() or (least > most).any():
        raise DataError(
            "A register that may see no falls at all bounds nothing from above.",
            where="arguments least, most", found=f"{least.min():g} to {most.max():g}",
            remedy="least= above 0 and not above most=",
        )  # fmt: skip
    return np.minimum(rate / most, 1), np.minimum(rate / least, 1)


def misclassification_bounds(rate, wrong):
    """Bound a rate of change where who is poor was measured with error.

    Parameters
    ----------
    rate : float or array
        Measured rate, such as of exit or relapse; or an end of its interval.
    wrong : float or array
        Records that may be wrong, for each record in the denominator of the rate: records of
        households (over the periods that the rate looks at) that are in the denominator and
        should not be, should be and are not, or are there with the wrong end. It may be above 1.

    Returns
    -------
    low, high : float or ndarray
        ``rate - wrong`` and ``rate + wrong``, within 0 and 1.

    Raises
    ------
    DataError
        If a rate is not between 0 and 1, or ``wrong`` is below 0.

    Notes
    -----
    Nothing is assumed of the errors but their number: they may depend on anything. Of records
    in the denominator all that may be wrong can be those without the event, or those with it;
    no other way of being wrong moves the rate further. The bounds are wide, and that is what
    a rate of change is worth where only the number of errors is known.

    References
    ----------
    Horowitz, J., Manski, C. (1995), Identification and robustness with contaminated and
    corrupted data, Econometrica 63. Molinari, F. (2008), Partial identification of probability
    distributions with misclassified data, Journal of Econometrics 144.

    Examples
    --------
    >>> import povstudy as ps
    >>> [round(float(x), 2) for x in ps.misclassification_bounds(0.16, 0.05)]
    [0.11, 0.21]
    """
    rate, wrong = _share_between(rate, "rate"), _numbers(wrong, "wrong")
    if (wrong < 0).any():
        raise DataError("A number of wrong records is 0 or more.", where="argument wrong",
                        found=f"{wrong.min():g}", remedy="wrong=0.05")  # fmt: skip
    return np.maximum(rate - wrong, 0), np.minimum(rate + wrong, 1)
