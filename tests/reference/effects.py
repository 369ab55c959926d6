"""Panels with known effects, and a cluster bootstrap of what is estimated from one of them.

    PYTHONPATH=. .venv/bin/python tests/reference/effects.py

draws whole villages 10,000 times and writes effects.json: what each effect and each difference
of arms moved by. Without covariates all is done here from sums by village; with covariates the
group-time effects of povstudy are made again with each draw as weights.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

ARMS = ("administrative", "social_work")
STARTS = {"administrative": "start_admin", "social_work": "start_social_work"}
DRAWS = 10_000


def effect(arm, start, since):
    """What help does in a panel, exactly: it differs by arm, start and years since the start."""
    if arm == "administrative":
        return 0.12 - 0.02 * since + 0.01 * (start - 2015)
    return 0.05 + 0.04 * since + 0.01 * (start - 2015)


def make_panel(seed, villages=120, households=8, years=8, attrition=0.04, switchers=0.1):
    """Log incomes of households whom help reaches at different times, if ever.

    A quarter of the villages has no help; the others one arm, from 2014, 2015 or 2016 on, in
    equal parts. Within these, poorer households (``assets``) are helped more often, and their
    incomes move on a path of their own, so that trends are parallel among the alike only.
    Villages share yearly shocks. Households leave the panel, the poorer ones sooner. Some of
    those with administrative help get social work two years later.
    """
    rng = np.random.default_rng(seed)
    kinds = [None] * 2 + [(arm, start) for arm in ARMS for start in (2014, 2015, 2016)]
    kinds = [kinds[i % 8] for i in range(villages)]
    times = np.arange(2012, 2012 + years)
    village = np.repeat(np.arange(villages), households)
    n = len(village)
    assets = 0.3 * rng.normal(size=villages)[village] + rng.normal(size=n)
    helped = rng.random(n) < 1 / (1 + np.exp(0.6 * assets - 0.6))
    starts = {arm: np.full(n, np.nan) for arm in ARMS}
    log_income = (
        8 + 0.3 * assets[:, None] + 0.5 * rng.normal(size=(n, 1))
        + (0.02 + 0.02 * assets[:, None]) * (times - 2012)
        + 0.08 * rng.normal(size=(villages, years))[village] + 0.3 * rng.normal(size=(n, years))
    )  # fmt: skip
    for place, kind in enumerate(kinds):
        if kind is None:
            continue
        arm, start = kind
        here = np.flatnonzero((village == place) & helped)
        starts[arm][here] = start
        since = times - start
        log_income[here] += np.where(since >= 0, effect(arm, start, since), 0)
        if arm == "administrative":
            second = here[rng.random(len(here)) < switchers]
            starts["social_work"][second] = start + 2
            log_income[second] += np.where(since >= 2, 0.1, 0)
    last = rng.geometric(np.clip(attrition * np.exp(-0.3 * assets), 1e-9, 1), n) if attrition else years  # fmt: skip
    table = pd.DataFrame({
        "household_id": np.repeat(np.arange(n), years), "year": np.tile(times, n),
        "village": np.repeat(village, years), "log_income": log_income.ravel(),
        "assets": np.repeat(assets, years),
        **{STARTS[arm]: np.repeat(starts[arm], years) for arm in ARMS},
    })  # fmt: skip
    table = table[table["year"] - 2012 < 1 + np.repeat(last, years)] if attrition else table
    table.attrs["source"] = {"status": "simulated", "text": "Made up, with known effects"}
    return table.reset_index(drop=True)


def truth(by, years=8):
    """Effects that the panels hold: averages over starts, in equal parts."""
    cells = pd.DataFrame([
        (arm, start, year, year - start, effect(arm, start, year - start))
        for arm in ARMS for start in (2014, 2015, 2016) for year in range(start, 2012 + years)
    ], columns=["arm", "group", "year", "since", "truth"])  # fmt: skip
    return cells.groupby(["arm", *by])["truth"].mean()


def plain(panel):
    """Draws of the averages by arm from sums by village, without covariates; balanced panel."""
    wide = panel.pivot(index="household_id", columns="year", values="log_income")
    first = panel.groupby("household_id")[["village", *STARTS.values()]].first()
    village, count = first["village"].to_numpy(), first["village"].nunique()
    rng = np.random.default_rng(1)
    draws = rng.multinomial(count, np.full(count, 1 / count), DRAWS)
    per = lambda x: draws @ np.bincount(village, x, count)  # noqa: E731
    never = first[list(STARTS.values())].isna().all(axis=1).to_numpy(float)
    cells = []
    for arm, name in STARTS.items():
        for start in (2014, 2015, 2016):
            own = (first[name] == start).to_numpy(float)
            size = per(own)
            for year in wide.columns:
                if year == start - 1:
                    continue
                change = (wide[year] - wide[start - 1]).to_numpy()
                value = per(own * change) / size - per(never * change) / per(never)
                cells.append((arm, start, year, year - start, value, size))
    return cells


def averages(cells):
    """Standard deviations of the averages, and of differences over the same starts."""
    made = {}
    for by, place in (("overall", None), ("since", 3), ("year", 2), ("group", 1)):
        kept = [cell for cell in cells if by == "since" or cell[3] >= 0]
        for key in sorted({0 if place is None else cell[place] for cell in kept}):
            here = [cell for cell in kept if place is None or cell[place] == key]
            size = {(cell[0], *cell[1:3]): cell[5] for cell in here}
            value = {(cell[0], *cell[1:3]): cell[4] for cell in here}
            for arm in ARMS:
                own = [one for one in value if one[0] == arm]
                mean = sum(value[o] * size[o] for o in own) / sum(size[o] for o in own)
                made[f"{by} {key:g} {arm}"] = float(np.std(mean))
            both = [one[1:] for one in value if one[0] == ARMS[0]]
            weight = {o: size[(ARMS[0], *o)] + size[(ARMS[1], *o)] for o in both}
            gap = sum(weight[o] * (value[(ARMS[1], *o)] - value[(ARMS[0], *o)]) for o in both)
            made[f"{by} {key:g} social_work - administrative"] = float(
                np.std(gap / sum(weight.values()))
            )
    return made


if __name__ == "__main__":
    panel = make_panel(11, attrition=0, switchers=0)
    result = {
        "made with": f"numpy {np.__version__}",
        "draws": DRAWS,
        "plain": averages(plain(panel)),
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
