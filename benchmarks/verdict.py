"""How often effects are said to hold, in small worlds that are known.

    .venv/bin/python benchmarks/verdict.py       # 7,200 worlds, twenty minutes of CPU

Each world is a panel of 60 villages with 8 households over 8 years, of which 30 get help from the
sixth or the seventh year on. `KINDS` says what is wrong in it, if anything: who is helped (villages
with lower incomes, with incomes that grow anyway, or with a bad year before), who is lost, who gets
a second help. Shocks of villages last a year or fade slowly (``fading``). The effect is put in as a
multiple of the error that the same world has without it. ``bias`` of a kind is the mean distance of
estimates from that effect, in such errors, over all its worlds.

It writes verdict.csv: shares of worlds in which the verdict is *holds* or *does not hold*. Rows of
the kind ``parallel`` are the power table: what is said of effects of 0 to 6 errors.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
VILLAGES, HOUSEHOLDS, YEARS = 60, 8, 8
KINDS = {
    # name: selection, its strength, loss, second help
    "parallel": ("none", 0, "none", "none"),
    "levels": ("levels", 1, "none", "none"),
    "trends, faint": ("trends", 1, "none", "none"),
    "trends": ("trends", 2, "none", "none"),
    "trends, strong": ("trends", 4, "none", "none"),
    "bad year, faint": ("bad year", 0.25, "none", "none"),
    "bad year": ("bad year", 1.2, "none", "none"),
    "bad year, strong": ("bad year", 9, "none", "none"),
    "loss alike": ("none", 0, "alike", "none"),
    "loss, more of the helped": ("none", 0, "more", "none"),
    "loss of the helped who fare badly": ("none", 0, "badly", "none"),
    "second help by lot": ("none", 0, "none", "lot"),
    "second help of those who fare badly": ("none", 0, "none", "badly"),
    "levels, loss alike, second help by lot": ("levels", 1, "alike", "lot"),
}
POWER = (0, 1, 2, 3, 4, 6)


def world(kind, effect, fading, seed):
    """A panel, and the effect that was put in."""
    import povstudy as ps

    selection, strength, loss, switching = KINDS[kind]
    rng = np.random.default_rng([seed, list(KINDS).index(kind), effect, int(10 * fading)])
    village = np.repeat(np.arange(VILLAGES), HOUSEHOLDS)
    n = len(village)
    shock = rng.normal(size=(VILLAGES, YEARS))
    for j in range(1, YEARS):
        shock[:, j] = fading * shock[:, j - 1] + np.sqrt(1 - fading**2) * shock[:, j]
    level = rng.normal(size=VILLAGES)
    start = 2016 + np.arange(VILLAGES) % 2
    base = start - 2012  # place of the last year before help
    score = {"none": 0, "trends": 0, "levels": -level,
             "bad year": -shock[np.arange(VILLAGES), base]}[selection]  # fmt: skip
    score = strength * score + rng.normal(size=VILLAGES)
    helped = np.zeros(VILLAGES, dtype=bool)
    for one in (2016, 2017):
        here = np.flatnonzero(start == one)
        helped[here[np.argsort(-score[here])[: len(here) // 2]]] = True
    times, mine = 2011 + np.arange(YEARS), start[village]
    on = times >= mine[:, None]
    lasting = rng.normal(size=(n, YEARS))
    fate = lasting[np.arange(n), base[village] + 1]  # in the year of the start
    y = (8 + level[village, None] + rng.normal(size=(n, 1)) + 0.3 * shock[village]
         + 0.3 * rng.normal(size=(n, YEARS)) + 0.3 * np.cumsum(lasting, axis=1))  # fmt: skip
    table = pd.DataFrame({
        "household_id": np.repeat(np.arange(n), YEARS), "year": np.tile(times, n),
        "village": np.repeat(village, YEARS),
        "start": np.repeat(np.where(helped[village], mine, np.nan), YEARS),
    })  # fmt: skip
    plain = ps.compare(table.assign(y=y.ravel()), "y", "village", starts={"help": "start"})
    error = plain.tidy()["std_error"][0]
    if selection == "trends":
        y = y + helped[village, None] * strength * error / 1.9 * (times - 2015)
    y = y + effect * error * (on & helped[village, None])
    chance = {"none": 0.0, "lot": 0.35, "badly": 0.85 * (fate < 0)}[switching]
    second = np.where(helped[village] & (rng.random(n) < chance), mine + 1, np.nan)
    gone = rng.random(n) < {
        "none": 0.0, "alike": 0.15, "more": np.where(helped[village], 0.25, 0.1),
        "badly": np.where(helped[village] & (fate < 0), 0.8, 0.1),
    }[loss]  # fmt: skip
    table = table.assign(y=y.ravel(), second=np.repeat(second, YEARS))
    return table[~(gone[:, None] & (times > mine[:, None])).ravel()], effect * error, error


def judged(asked):
    """One world: the estimate less the effect, in errors; the verdict and its reasons."""
    import povstudy as ps

    table, effect, error = world(*asked)
    starts = {"help": "start", **({"more": "second"} if table["second"].notna().any() else {})}
    eff = ps.compare(table, "y", "village", starts=starts)
    row = eff.verdict().tidy().set_index("arm").loc["help"]
    return (*asked, (row["estimate"] - effect) / error, row["verdict"], row["reasons"])


COLUMNS = ["kind", "effect", "fading", "seed", "bias", "verdict", "reasons"]


def worlds(each, more=1):
    """What is asked: each kind without an effect and with one of four errors; the first with more.

    Parameters
    ----------
    each, more : int
        Worlds of each kind, effect and noise; so many times as many of those where all is well.
    """
    fading = (0.0, 0.6)
    asked = [(kind, effect, f, seed) for kind in list(KINDS)[1:] for effect in (0, 4)
             for f in fading for seed in range(each)]  # fmt: skip
    return asked + [("parallel", effect, f, seed) for effect in POWER for f in fading
                    for seed in range(each * more)]  # fmt: skip


def shares(found):
    """Table of the shares of worlds by kind and effect, with a row of all that are biased."""
    found = found.assign(bias=found.groupby("kind")["bias"].transform("mean"))
    biased = found[found["bias"].abs() > 1].assign(kind="all whose bias exceeds the error")
    both = biased.assign(effect="0 or 4")
    found = pd.concat([found, biased, both])
    grouped = found.groupby(["kind", "effect"], sort=False)
    return grouped.agg(
        bias=("bias", "mean"), worlds=("bias", "size"),
        holds=("verdict", lambda x: (x == "holds").mean()),
        does_not_hold=("verdict", lambda x: (x == "does not hold").mean()),
    ).reset_index()  # fmt: skip


def main(each=72, more=4):
    """Write the table."""
    start = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        found = pd.DataFrame(pool.map(judged, worlds(each, more), chunksize=10), columns=COLUMNS)
    made = shares(found).round(3)
    made.to_csv(HERE / "verdict.csv", index=False, lineterminator="\n")
    print(made.to_string(index=False))
    print(f"{len(found):,} worlds, {time.perf_counter() - start:.0f} seconds")


if __name__ == "__main__":
    main()
