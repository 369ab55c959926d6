"""Whether columns part the rows with an outcome from those without: a linear programme."""

import numpy as np


class Parted:
    """The linear programme over some of the columns.

    Along a direction that parts them a likelihood rises without end: no cell with the outcome moves
    down on it and no cell without moves up, and some cell moves (Albert and Anderson 1984).

    Parameters
    ----------
    design : ndarray, cells x columns
        Columns of one size.
    some, others : ndarray
        How many of each cell have the outcome, and how many have not.

    References
    ----------
    Albert, A., Anderson, J. (1984), On the existence of maximum likelihood estimates in logistic
    regression models, Biometrika 71. Konis, K. (2007), Linear programming algorithms for detecting
    separated data in binary logistic regression models, University of Oxford.

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.survey.models.separation import Parted
    >>> parted = Parted(np.array([[1.0, 0], [1, 1]]), np.array([0, 1]), np.array([1, 0]))
    >>> parted.by(np.array([True, True])), parted.by(np.array([True, False]))
    (True, False)
    """

    def __init__(self, design, some, others):
        """Which cells may move up, and which down."""
        self.design = design
        self.up, self.down = some > 0, others > 0

    def by(self, allowed, told=False):
        """Whether the columns part the cells; or the direction."""
        from scipy.optimize import linprog

        x, both = self.design[:, allowed], self.up & self.down
        signed = np.where(self.up, 1.0, -1.0)[~both, None] * x[~both]
        found = linprog(
            -signed.sum(axis=0) / max(len(signed), 1), A_ub=-signed, b_ub=np.zeros(len(signed)),
            A_eq=x[both] if both.any() else None, b_eq=np.zeros(both.sum()) if both.any() else None,
            bounds=(-1, 1), method="highs",
        )  # fmt: skip
        direction = np.zeros(len(allowed))
        if found.x is not None:
            direction[allowed] = found.x
        return direction if told else bool((np.abs(signed @ direction[allowed]) > 1e-6).any())

    def fewest(self, kept=0):
        """Direction along the fewest columns that part them, without any of the first; or ``None``."""
        allowed = np.ones(self.design.shape[1], dtype=bool)
        if not self.by(allowed):
            return None
        for j in range(kept, len(allowed)):
            allowed[j] = False
            if not self.by(allowed):
                allowed[j] = True
        return self.by(allowed, told=True)
