"""Results that hold functions, stored all the same: what the functions give is kept."""

from copy import copy
from dataclasses import replace
from functools import partial
from types import FunctionType

from .errors import DataError

_LEVELS = ((0.8,), (0.9,), (0.95,), (0.99,))
_PASSING = {"origin"}  # what is needed while a result is made alone


class Stored:
    """What a function of a result gave for some arguments: it stands for it where that is stored."""

    def __init__(self, function, calls):
        """Ask once for each."""
        self.known = {given: function(*given) for given in calls}

    def __call__(self, *given):
        """What was found then."""
        if given not in self.known:
            levels = [one[0] for one in self.known]
            raise DataError("A result that was stored knows intervals of some levels alone.",
                            where="argument level", found=given[0], remedy=f"level=  # one of {levels}")  # fmt: skip
        return self.known[given]


class Storable:
    """A frozen dataclass that can be pickled; copies keep its functions whole."""

    def __getstate__(self):
        """Functions cannot be stored: what they give is, intervals at four levels."""
        return {
            name: Stored(one, _LEVELS if name == "intervals" else [()])
            if isinstance(one, FunctionType | partial | Stored)
            else one
            for name, one in {**vars(self), **dict.fromkeys(_PASSING & {*vars(self)})}.items()
        }

    def __copy__(self):
        """Nothing in it is ever changed."""
        return replace(self)

    def __deepcopy__(self, memo):
        """With a table of its own."""
        return replace(self, table=copy(self.table))
