"""Panels of Spark: rows that are alike are counted, and spells are made, where the panel lies.

As `alike` and `masks`, in what Spark has in place of bits: what was seen of a household at another
time stands beside its row by a join with the panel moved by so much, or by a window of its rows.
"""

import numpy as np
import pandas as pd

from ..base.asking import ask
from ..base.columns import step_of
from .alike import Every, named
from .households import (
    marks,
    refuse,
    refuse_grid,
    refuse_nobody,
    refuse_off_grid,
    refuse_start,
    refuse_twice,
    waves_of,
    whole_times,
)

TIMES = 10_000  # periods of a panel
HOUSEHOLDS = 1000  # that are looked at where nobody was seen again


class Joined:
    """As `Panel` of `alike`, of a table of Spark."""

    def __init__(self, rows, by, names, code=None, size=2):
        """Name the columns."""
        self.engine, self.names, self.size = rows, names, size
        self.made, self.keys = named(rows, by, names, code)
        self.rows, self.of = rows.frame.select(**self.made), rows.nw.col

    def _each(self, name):
        """Each value of a column with one of its households and times, and rows without household."""
        of = self.of
        rows = self.rows.select(x=of(name), h="h", t="t", lost=self.engine._one(of("h").is_null()))
        found = rows.group_by("x").agg(of("h").min(), of("t").min(), of("lost").sum())
        return self.engine._fetch(found.head(TIMES + 1))

    def checked(self, step, lost):
        """The step; refuses times that are none, marks that are neither 0 nor 1, and rows twice."""
        of, (household, time, state) = self.of, self.names
        times = self._each("t")
        if count := int(times["lost"].sum()):
            refuse_nobody(household, count)
        self.fits = len(times) <= TIMES
        each = pd.DataFrame({household: times["h"], time: times["x"]})
        self.times = times["h"], whole_times(each, household, time)
        if lost is not None:
            states = self._each("s")
            states = states[states["x"].notna()] if lost else states
            marks(states["x"].rename(state), states["h"], states["t"].to_numpy())
        twice = self.rows.group_by("h", "t").agg(n=self.engine.nw.len()).filter(of("n") > 1)
        for found in self.engine._fetch(twice.head(1)).to_dict("records"):
            refuse_twice(found["h"], found["t"], self.names[:2])
        return step_of(waves_of(self.times[1]), time, step)

    def counted(self, read, there=False):
        """Count rows that are alike: see `Panel.counted`; ``there`` is of no use here."""
        nw, of, every = self.engine.nw, self.of, Every(self.size)
        kinds, code = every.read(read)
        rows = self.rows.with_columns(t=of("t").cast(nw.Int64()))
        if any(left for _, left in every.asked):
            first = nw.when(of("code") == 1).then(of("t")).min()
            rows = rows.with_columns(poor=first.over("h"))
            left = nw.when((of("code") == 0) & (of("t") > of("poor"))).then(of("t")).min()
            rows = rows.with_columns(gone=left.over("h"))
        known = rows.select("h", "t", "code")
        pattern = nw.lit(0)
        for i, (offset, left) in reversed(list(enumerate(every.asked))):
            if left:
                seen, size = nw.when(of("gone") <= of("t") + offset).then(nw.lit(0)), 2
            elif offset:
                rows = rows.join(
                    known.select(
                        **{f"h{i}": of("h"), f"t{i}": of("t") - offset, f"c{i}": of("code")}
                    ),
                    left_on=["h", "t"],
                    right_on=[f"h{i}", f"t{i}"],
                    how="left",
                )
                seen, size = of(f"c{i}"), self.size + 1
            else:
                seen, size = of("code"), self.size + 1
            pattern = pattern * size + nw.coalesce(seen + 1, nw.lit(0))
        ends = [f"f{i}" for i in range(len(self.engine.layout.fpc))]
        rows = rows.with_columns(kind_=pattern, idle=of("w") == 0)
        made = rows.group_by(*self.keys, "kind_", "idle").agg(
            weight_=of("w").sum(), rows_=nw.len(), **{one: of(one).max() for one in ends}
        )
        table = self.engine._fetch(made).drop(columns="idle")
        code = np.array(code)[table.pop("kind_").to_numpy(dtype=int)]
        table = table.rename(
            columns=self.keys | dict(zip(ends, self.engine.layout.fpc, strict=True))
        )
        return table, tuple(one[code] for one in kinds)

    def kinds(self, there):
        """Of some households code, time and state of each row that is known, in order."""
        some = self.rows.select("h").unique().head(HOUSEHOLDS)
        rows = self.rows.select("h", "t", "code").join(some, on="h", how="inner")
        rows = self.engine._fetch(rows).dropna().sort_values(["h", "t"])
        code = pd.factorize(rows["h"])[0]
        return code, rows["t"].to_numpy(dtype=np.int64), rows["code"].to_numpy(dtype=float)


def spells_by_windows(rows, names, kept, of_out, step, into, earlier=()):
    """Make spells, which Spark writes into a folder.

    Parameters
    ----------
    rows, names, kept, of_out, step, into, earlier
        As of `spells_by_masks`.

    Returns
    -------
    path
    """
    household, time, poor, start = names.values()
    panel, of, nw, one = Joined(rows, [], (household, time, poor)), rows.nw.col, rows.nw, rows._one
    step = panel.checked(step, False)
    refuse_off_grid(*panel.times, step)
    whole, more = nw.Int64(), {f"c{i}": rows.column(name) for i, name in enumerate(kept)}
    more["start"] = nw.lit(None).cast(nw.Float64()) if start is None else rows[start]
    table = rows.frame.select(**panel.made, **more)
    table = table.with_columns(t=of("t").cast(whole), on=one(of("code") == int(not of_out)))

    def along(expression):
        return expression.over("h", order_by="t")

    def first_where(condition):
        found = rows._fetch(table.filter(condition).select("h", "t", "start").head(1))
        return next(found.itertuples(index=False, name=None), None)

    if start is not None:
        if found := first_where(of("start") != of("start").floor()):
            refuse("A start is no whole number.", *found, "start= a column of periods")
        if found := first_where((of("on") == 0) & (of("start") == of("t"))):
            refuse_start(*found[:2], int(found[2]), of_out)
    table = table.with_columns(
        before=along(of("t").shift(1)), after=along(of("t").shift(-1)),
        was=along(of("on").shift(1)), will=along(of("on").shift(-1)),
    )  # fmt: skip
    near, next_to = of("before") == of("t") - step, of("after") == of("t") + step
    table = table.with_columns(
        near=one(near), begins=of("on") - one((of("on") == 1) & near & (of("was") == 1)),
        event=one((of("on") == 1) & next_to & (of("will") == 0)),
    )  # fmt: skip
    out, in_it = (of("on"), 1 - of("on")) if of_out else (1 - of("on"), of("on"))
    sums = {"id": of("begins"), "out": out, "in_it": in_it}
    table = table.with_columns(**{name: along(mark.cum_sum()) for name, mark in sums.items()})
    period = (of("t") - int(panel.times[1].min())) // step
    came = of("id") - 1, of("out") - out, of("in_it") - in_it
    came = dict(zip(earlier, [*came, period - came[1] - came[2]], strict=False))
    # From here on rows of a spell, then the first of each.
    table = table.filter(of("on") == 1).with_columns(
        last=of("t").max().over("h", "id"), event=of("event").max().over("h", "id"), **came
    )
    table = table.filter(of("begins") == 1)
    late = (of("near") == 0) & (of("start") <= of("t"))
    late = late & nw.coalesce(of("before") < of("start"), nw.lit(True))
    if start is not None:
        if found := first_where((of("start") > of("t")) & (of("start") <= of("last"))):
            refuse_start(*found[:2], int(found[2]), not of_out)
        if found := first_where(late & ((of("t") - of("start")) % step != 0)):
            refuse_grid(found[0], int(found[2]), int(panel.times[1].min()), step)
    entry = nw.when(late).then((of("t") - of("start").cast(whole)) // step).otherwise(nw.lit(0))
    table = table.with_columns(entry=entry.cast(whole))
    exit = of("entry") + (of("last") - of("t")) // step + of("event")
    table = table.with_columns(exit=exit.cast(whole)).filter(of("exit") > of("entry"))
    table = table.with_columns(spell=along(of("begins").cum_sum()))
    table = table.select(
        household_id="h", spell=of("spell").cast(whole), origin=of("t") - step * of("entry"),
        origin_known=(of("near") == 1) | (one(late) == 1), entry="entry", exit="exit",
        event=of("event") == 1, **{name: of(name).cast(whole) for name in came},
        **{name: of(f"c{i}") for i, name in enumerate(kept)},
    )  # fmt: skip
    ask(lambda: table.sink_parquet(str(into)), rows.path)
    return into
