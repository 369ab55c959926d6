"""Curves of a formula: splines and polynomials, which learn knots from the rows and keep them."""

import numpy as np

CURVES = ("bs", "cr", "cc", "poly")
_MOST = 2_000_000  # rows that a curve learns from; of more, a share of each pattern


def few(counts):
    """How often each pattern counts where curves learn: at least once."""
    share = max(np.sum(counts) / _MOST, 1)
    return np.maximum(np.ceil(np.asarray(counts) / share), 1).astype(np.int64)


def _make(name, more):
    from formulaic.transforms import TRANSFORMS
    from formulaic.transforms.cubic_spline import cyclic_cubic_spline

    if name in ("cr", "cc"):  # the constant stands beside it
        more = {"constraints": "center", **more}
    return (cyclic_cubic_spline if name == "cc" else TRANSFORMS[name]), more


def learned(name, x, counts, *rest, **more):
    """What a curve learns from all rows: ``counts`` tells how many have each value."""
    make, more = _make(name, more)
    state = {}
    make(x if counts is None else np.repeat(x, counts), *rest, **more, _state=state)
    return state


def columns(name, x, state, *rest, **more):
    """Columns of a curve that has learned."""
    make, more = _make(name, more)
    if name == "bs":
        more = {"extrapolation": "extend", **more}
    return make(x, *rest, **more, _state=state)


def outside(name, x, state, **more):
    """Which values a curve says nothing of."""
    bad = ~np.isfinite(x)
    if name == "bs" and "extrapolation" not in more:
        bad |= (x < state["lower_bound"]) | (x > state["upper_bound"])
    return bad


def told(learned):
    """What a curve learned, as JSON has it.

    Examples
    --------
    >>> from povstudy.survey.models.curves import state, told
    >>> told({"alpha": {0: 1.5}}), state({"alpha": {"0": 1.5}})
    ({'alpha': {'0': 1.5}}, {'alpha': {0: 1.5}})
    """
    return {
        name: {str(k): float(x) for k, x in one.items()} if isinstance(one, dict) else np.asarray(one).tolist()
        for name, one in learned.items()
    }  # fmt: skip


def state(told):
    """What a curve learned, from JSON."""
    made = {
        name: {int(k): x for k, x in one.items()} if isinstance(one, dict) else one
        for name, one in told.items()
    }
    if isinstance(made.get("constraints"), list):
        made["constraints"] = np.array(made["constraints"])
    return made


def ends(label, learned):
    """Between which values a curve was fitted, and what goes on beyond."""
    name = label[3:].split(",")[0].strip(" )")
    return (f"values from {learned['lower_bound']:g} to {learned['upper_bound']:g}; "
            f"or cr({name}, df=4) in the formula: it goes on as a line")  # fmt: skip
