"""Results that hold functions, stored all the same: what the functions give is kept."""

from copy import copy
from dataclasses import replace
from functools import partial
from types import FunctionType

from .errors import DataError

_LEVELS = (0.8, 0.9, 0.95, 0.99)
_PASSING = {"origin"}  # what is needed while a result is made alone


class Stored:
    """What a function of a result gave for some arguments: it stands for it where that is stored."""

    def __init__(self, function, calls):
        """Ask once for each."""
        self.known = {given: function(*given) for given in calls}

    def __call__(self, *given):
        """What was found then."""
        for known, found in self.known.items():
            if all(abs(one - other) < 1e-9 for one, other in zip(known, given, strict=True)):
                return found
        raise DataError("A result that was stored knows intervals of some levels alone.",
                        where="argument level", found=given[0], remedy=f"level=  # one of {list(_LEVELS)}")  # fmt: skip


class Storable:
    """A frozen dataclass that can be pickled; copies keep its functions whole."""

    def __getstate__(self):
        """Functions cannot be stored: what they give is, intervals at four levels and of a band."""
        state = {**vars(self), **dict.fromkeys(_PASSING & {*vars(self)})}
        for name, one in state.items():
            if isinstance(one, FunctionType | partial | Stored):
                state[name] = Stored(one, self._levels() if name == "intervals" else [()])
        return state

    def _levels(self):
        """Levels of intervals that are kept: the usual ones, and that which a joint band asks."""
        asked, whole = {(one,): None for one in _LEVELS}, self.intervals

        def noted(level):
            asked[level,] = None
            return whole(level)

        replace(self, intervals=noted).band()
        return asked

    def __copy__(self):
        """Nothing in it is ever changed."""
        return replace(self)

    def __deepcopy__(self, memo):
        """With a table of its own."""
        return replace(self, table=copy(self.table))
