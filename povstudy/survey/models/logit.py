"""Logits of two or more classes by weighted maximum likelihood: one Newton for all of them."""

import numpy as np


def multinomial(x, code, weights, count=2, start=None):
    """Fit chances of classes by a multinomial logit.

    Where a column tells a class for sure there is no maximum: the search ends at chances near 0,
    for the caller to refuse. Columns that say the same share what they say.

    Parameters
    ----------
    x : ndarray, rows x columns
        Regressors with a column of ones.
    code : ndarray of int
        Class of each row, from 0 on (the base); a row of another code has weight 0.
    weights : ndarray
    count : int
        Number of classes.
    start : ndarray, optional
        Slopes from which the search starts, such as those of nearly the same rows.

    Returns
    -------
    chances : ndarray, rows x classes
    inverse : ndarray
        Inverse of the information; the slopes of class 1 first.
    slopes : ndarray, classes but the base x columns

    References
    ----------
    McCullagh, P., Nelder, J. (1989), Generalized linear models, second edition, chapter 5.

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.survey.models.logit import multinomial
    >>> chances, _, slopes = multinomial(np.ones((4, 1)), np.array([0, 1, 1, 1]), np.ones(4))
    >>> chances[0].round(6).tolist(), np.exp(slopes).round(6).tolist()
    ([0.25, 0.75], [[3.0]])
    """
    size, classes = x.shape[1], count - 1
    seen = (code == np.arange(1, count)[:, None]).astype(float)
    slopes, longest = np.zeros((classes, size)) if start is None else start.copy(), np.inf
    for _ in range(60):
        chances, inverse = _information(x.T, slopes, weights)
        if longest < 1e-8:  # and what was left after that step is its square
            break
        score = (weights * (seen - chances[1:])) @ x
        step = (inverse @ score.ravel()).reshape(classes, size)
        longest = np.abs(step @ x.T).max()
        slopes += step * (4 / max(longest, 4))
    return chances.T, inverse, slopes


def _information(x, slopes, weights):
    """Chances, and the inverse information; a column for each row, which is quicker."""
    level = np.vstack([np.zeros(x.shape[1]), slopes @ x])
    level = np.exp(level - level.max(axis=0))
    chances = level / level.sum(axis=0)
    classes, size = slopes.shape
    information = np.empty((classes, size, classes, size))
    for j in range(classes):
        for k in range(j, classes):
            each = weights * chances[j + 1] * ((j == k) - chances[k + 1])
            information[j, :, k] = information[k, :, j] = (x * each) @ x.T
    information = information.reshape(classes * size, classes * size)
    return chances, np.linalg.pinv(information, rcond=1e-11, hermitian=True)
