"""How often errors of validation hold, what shortcuts cost, and CPU beside riskRegression of R.

    .venv/bin/python benchmarks/warning.py    # coverage of 2,000 samples into warning.csv; speed

Risks of the simulated households are right, a third of them is lost before the horizon and a
fifth seen late; outcomes go together within 40 villages (tests/simulated_risks.py). The
shortcuts: who is lost counts as not fallen back, or is left out; late entry is ignored;
households count as independent. Speed is in CPU seconds, the least of three runs after the
imports; R (``Rscript`` with riskRegression) runs on the same households, if it is at hand: Brier
score and AUC with the errors that follow from its estimated weights, and must agree.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import povstudy as ps

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
from simulated_risks import MEASURES, TRUTH, follow  # noqa: E402

SAMPLES, FILE = 2_000, HERE / "warning.csv"
SCORE = """
suppressMessages({library(survival); library(riskRegression)})
d <- read.csv(commandArgs(TRUE)[1])
start <- proc.time()
s <- Score(list(model = matrix(d$risk)), Surv(time, event) ~ 1, data = d, times = d$horizon[1] - 0.25,
           metrics = c("AUC", "Brier"), null.model = FALSE, cens.model = "km", se.fit = TRUE,
           contrasts = FALSE)
used <- proc.time() - start
cat(used[1] + used[2], s$AUC$score$AUC, s$AUC$score$se, s$Brier$score$Brier, s$Brier$score$se)
"""


def shortcut(table, way):
    """The same households as someone in a hurry sees them."""
    horizon = table["horizon"].iloc[0]
    known = (table["event"] & (table["time"] <= horizon)) | (table["time"] >= horizon)
    if way == "lost count as out":
        return table.assign(time=table["time"].where(known, horizon), entry=0)
    if way == "lost left out":
        return table[known].assign(entry=0)
    return table.assign(entry=0) if way == "late entry ignored" else table


def coverage():
    """Bias in percent of the truth (of zero: as it is), and how often intervals hold it."""
    ways = {"as it should be": "village", "lost count as out": "village", "lost left out": "village",
            "late entry ignored": "village", "villages ignored": None}  # fmt: skip
    rng, found = np.random.default_rng(0), {way: [] for way in ways}
    for _ in range(SAMPLES):
        table = follow(rng)
        for way, psu in ways.items():
            svy = ps.Survey(shortcut(table, way), weight="w", psu=psu)
            made = ps.validate_risk(svy).tidy()
            found[way].append(made[["estimate", "ci_low", "ci_high"]].to_numpy())
    truth, rows = np.array([TRUTH[one] for one in MEASURES]), []
    for way, made in found.items():
        value, low, high = np.moveaxis(np.array(made), 2, 0)
        bias = (value.mean(axis=0) - truth) / np.where(truth == 0, 1, truth)
        held = ((low <= truth) & (truth <= high)).mean(axis=0)
        rows += [(way, *one) for one in zip(MEASURES, truth, 100 * bias, 100 * held, strict=True)]
    columns = ["way", "term", "truth", "bias_percent", "coverage_percent"]
    pd.DataFrame(rows, columns=columns).round(2).to_csv(FILE, index=False)
    print(pd.read_csv(FILE).to_string())


def households(n):
    """Households that are seen from the start."""
    table = follow(np.random.default_rng(1), villages=n // 20)
    return table[table["entry"] == 0].drop(columns="entry").reset_index(drop=True)


def cpu(call):
    """CPU seconds, the least of three runs."""
    used = []
    for _ in range(3):
        start = time.process_time()
        made = call()
        used.append(time.process_time() - start)
    return min(used), made


def speed():
    """CPU seconds on 20,000 households beside R, and on a million."""
    small, large = households(25_000), households(1_250_000)
    ps.validate_risk(ps.Survey(small.head(1000)))
    mine, made = cpu(lambda: ps.validate_risk(ps.Survey(small)).tidy())
    print(f"{len(small):,} households, all measures: {mine:.3f} CPU s")
    for name, call in {
        "validate_risk": ps.validate_risk, "calibration_curve": ps.calibration_curve,
        "decision_curve": ps.decision_curve,
    }.items():  # fmt: skip
        used, _ = cpu(lambda call=call: call(ps.Survey(large, weight="w", psu="village")).tidy())
        print(f"{len(large):,} households in villages, {name}: {used:.2f} CPU s")
    if not shutil.which("Rscript"):
        return
    with tempfile.TemporaryDirectory() as folder:
        path, script = Path(folder) / "rows.csv", Path(folder) / "score.R"
        rows = small.assign(event=small["event"].astype(int))
        # Within a period who falls back does so before who is lost: half a period earlier.
        rows.assign(time=rows["time"] - 0.5 * rows["event"]).to_csv(path, index=False)
        script.write_text(SCORE)
        said = subprocess.run(["Rscript", script, path], capture_output=True, text=True, check=True)
    used, *wanted = map(float, said.stdout.split())
    table = made.set_index("term")[["estimate", "std_error"]]
    found = [*table.loc["auc"], *table.loc["brier"]]
    assert np.allclose(found, wanted, rtol=1e-2) and np.allclose(found[::2], wanted[::2], rtol=1e-6)
    print(f"riskRegression, Brier score and AUC: {used:.2f} CPU s, {used / mine:.0f} times")


if __name__ == "__main__":
    speed()
    coverage()
