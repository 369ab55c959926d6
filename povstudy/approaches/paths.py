"""Paths of effects by years since the start: where the base lies, and how far apart times are."""

import numpy as np
import pandas as pd

from ..base.errors import DataError

BASE = "base, zero by construction"  # how the base came about, in the column method


def bases(effects, arm):
    """Households and weight at each base of the cohorts of an arm, by years from start to base."""
    sample, found = effects.sample, {}
    for place, start in sample.cohorts():
        at = sample.base(start, effects.anticipation)
        if sample.names[place] == arm and at >= 0:
            here = (sample.arm == place) & (sample.start == start)
            if sample.period is not None:
                here &= sample.period == at
            since = float(sample.times[at] - start)
            n, weight = found.get(since, (0, 0.0))
            found[since] = n + int(here.sum()), weight + sample.weight[here].sum()
    return found


def with_base(effects, table):
    """A table of effects by years since the start, with a row of zero at each base.

    Parameters
    ----------
    effects : Effects
    table : DataFrame
        ``arm since`` and what `Estimates.tidy` gives; the arm of a difference is ``a - b``.

    Returns
    -------
    DataFrame
        With rows of ``estimate`` 0, no error, ``df`` 0 and ``method`` "base, zero by
        construction", in their place; ``attrs["base"]`` holds their years. What is a base to one
        cohort and has an effect of another gets none.
    """
    rows, whole = [], np.issubdtype(table["since"].dtype, np.integer)
    for arm, part in table.groupby("arm", sort=False):
        of = [arm] if arm in effects.sample.names else arm.split(" - ")
        sides = [bases(effects, one) for one in of]
        for since in set.intersection(*map(set, sides)) - set(part["since"].astype(float)):
            n, weight = np.sum([side[since] for side in sides], axis=0)
            rows.append({
                "term": part["term"].iloc[0], "arm": arm, "since": int(since) if whole else since,
                "estimate": 0.0, "n": int(n), "population": weight, "df": 0, "method": BASE,
                "data_status": part["data_status"].iloc[0],
            })  # fmt: skip
    made = table
    if rows:
        place = {arm: at for at, arm in enumerate(table["arm"].unique())}
        kinds = table.dtypes[["since", "n", "df"]].to_dict()
        made = pd.concat([table, pd.DataFrame(rows).reindex(columns=table.columns).astype(
            {**kinds, "std_error": float})])  # fmt: skip
        made = made.sort_values(["arm", "since"], ignore_index=True, kind="stable",
                                key=lambda x: x.map(place) if x.name == "arm" else x)  # fmt: skip
        made.attrs = dict(table.attrs)
    seen = set(table["since"].astype(float))
    made.attrs["base"] = sorted({float(row["since"]) for row in rows} - seen)
    return made


def even_step(eff, what):
    """Years from one time to the next; refused where they, or the starts, are uneven."""
    times = eff.sample.times
    step = np.diff(times).min()
    helped = eff.sample.start[np.isfinite(eff.sample.start)]
    steps = np.r_[np.diff(times) - step, (helped - times[0]) % step, eff.anticipation % step]
    if not np.allclose(steps, 0):
        raise DataError(f"{what} needs evenly spaced times, with starts among them.",
                        found=f"times {', '.join(f'{one:g}' for one in times[:9])}; starts "
                        f"{', '.join(f'{one:g}' for one in np.unique(helped)[:9])}",
                        remedy="compare with starts= that name the first wave with help")  # fmt: skip
    return step
