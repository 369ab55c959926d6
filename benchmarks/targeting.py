"""What errors of targeting by county cost, with their design errors, beside two other ways.

    .venv/bin/python benchmarks/targeting.py --peers OTHER/bin/python

A register of a million rows: 300 counties (strata) with 40 villages (PSUs) each. ``--peers``
names a Python that has samplics (``pip install samplics``); it does one county in ten, which
is scaled up. Prints CPU seconds, the least of three runs after the imports; what the sides
give must agree.
"""

import argparse
import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd

ROWS, COUNTIES, VILLAGES = 1_000_000, 300, 40
FEW = 10  # one county in so many, for the slow side
RATES = {
    "inclusion error of the listed": ("wrong_in", "listed"),
    "inclusion error of the not poor": ("wrong_in", "others"),
    "exclusion error of the poor": ("wrong_out", "poor"),
}


def register():
    """Rows with who is poor, who is listed, and the design."""
    rng = np.random.default_rng(0)
    village = np.sort(rng.integers(0, COUNTIES * VILLAGES, ROWS))
    poor = rng.random(ROWS) < rng.beta(2, 8, COUNTIES * VILLAGES)[village]
    return pd.DataFrame({
        "county": village // VILLAGES, "village": village, "w": rng.gamma(4, 1, ROWS),
        "poor": poor, "listed": rng.random(ROWS) < np.where(poor, 0.7, 0.1),
    })  # fmt: skip


def parts(table):
    """Columns above and below the lines of the three rates."""
    listed, poor = (table[name].to_numpy(dtype=float) for name in ("listed", "poor"))
    return {
        "listed": listed, "poor": poor, "others": 1 - poor,
        "wrong_in": listed * (1 - poor), "wrong_out": (1 - listed) * poor,
    }  # fmt: skip


def povstudy(table, design):
    """All eight terms; the design looked at in the same time."""
    import povstudy as ps

    svy = ps.Survey(table, weight="w", **design)
    found = ps.targeting_errors(svy, by="county").tidy()
    return found[found["term"].isin(RATES)][["estimate", "std_error"]].to_numpy()


def by_hand(table, design):
    """The three rates in pandas, for this design alone: strata are counties, nothing is checked."""
    w, columns = table["w"].to_numpy(), parts(table)
    weighted = pd.DataFrame({name: w * x for name, x in columns.items()})
    keys = [table["county"], table[design["psu"]]] if "psu" in design else None
    units = weighted.groupby(keys).sum() if keys else weighted.set_index(table["county"])
    sums, made = units.groupby(level=0).sum(), []
    for top, bottom in RATES.values():
        rate = sums[top] / sums[bottom]
        here = units.index.get_level_values(0)
        z = (units[top] - units[bottom] * rate.reindex(here).to_numpy()) / sums[bottom].reindex(here).to_numpy()  # fmt: skip
        each = z.groupby(level=0)
        error = np.sqrt(each.var(ddof=1) * each.size())
        made.append(np.column_stack([rate, error]))
    return np.concatenate(made)


def samplics(table, design):
    """The three rates by the package samplics."""
    from samplics import TaylorEstimator
    from samplics.utils.types import PopParam

    columns, made = parts(table), []
    for top, bottom in RATES.values():
        one = TaylorEstimator(PopParam.ratio)
        psu = {"psu": table[design["psu"]].to_numpy()} if "psu" in design else {}
        one.estimate(
            y=columns[top], x=columns[bottom], samp_weight=table["w"].to_numpy(),
            stratum=table["county"].to_numpy(), domain=table["county"].to_numpy(), **psu,
        )  # fmt: skip
        found = one.to_dataframe()
        made.append(found[["_estimate", "_stderror"]].to_numpy(dtype=float))
    return np.concatenate(made)


def timed(side, table, design, runs=3):
    """Least CPU seconds, and the numbers."""
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        numbers = side(table, design)
        seconds.append(time.process_time() - start)
    return min(seconds), numbers


DESIGNS = {
    "villages are units": {"strata": "county", "psu": "village"},
    "rows are units": {"strata": "county"},
}


def main():
    """Print a table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--peers", default=None)
    asked.add_argument("--child", default=None, help=argparse.SUPPRESS)
    asked = asked.parse_args()
    table = register()
    if asked.child:
        few = table[table["county"] % FEW == 0]
        seconds, numbers = timed(samplics, few, DESIGNS[asked.child], runs=1)
        print(json.dumps({"seconds": seconds, "numbers": numbers.tolist()}))
        return
    print(f"{ROWS:,} rows, {COUNTIES} counties: CPU seconds")
    for name, design in DESIGNS.items():
        ours, numbers = timed(povstudy, table, design)
        hand, theirs = timed(by_hand, table, design)
        np.testing.assert_allclose(numbers, theirs, rtol=1e-8)
        print(f"  {name:<22} povstudy, 8 terms {ours:8.3f}   pandas, 3 terms {hand:8.3f}")
        if asked.peers:
            command = [asked.peers, "-W", "ignore", __file__, "--child", name]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                print("  samplics could not be run:", done.stderr.strip().splitlines()[-1])
                continue
            found = json.loads(done.stdout.splitlines()[-1])
            few = numbers.reshape(3, COUNTIES, 2)[:, ::FEW].reshape(-1, 2)
            np.testing.assert_allclose(few, found["numbers"], rtol=1e-6)
            print(f"  {'':<22} samplics, 3 terms {found['seconds'] * FEW:8.1f} "
                  f"({found['seconds']:.1f} for one county in {FEW})")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
