"""Whether a model still fits: covariates beside those it was made on, falls since beside those it expects."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ...base.checks import need_columns, need_share
from ...base.columns import numbers_of
from ...base.ends import cause_of, ends_of
from ...base.errors import DataError
from ...base.language import in_words, told, words
from ...base.results import Result
from ...base.status import STATUSES, handed_on, status_of
from ...survey.cells import Layout, Rows
from ...survey.models.formulas import household_of
from ...survey.survey import Survey
from ..checks.validation import calibration_curve, validate_risk
from ..frailty import NAME
from ..prediction import in_memory
from ..rows import read_rows

UNLIKE = 0.10  # share of rows of a covariate that may be missing, not seen, or out of range
RATIO = 1.25  # observed over expected falls may be so many times too high or too low
_NEED = int(np.ceil((1.96 / np.log(RATIO)) ** 2))  # falls: their interval is no wider than that
FITS, FALLS, OPEN = "fits", "does not fit", "cannot be told"


@dataclass(frozen=True, repr=False, eq=False)
class StillFits(Result):
    """A fitted model beside the rows of a later year.

    Attributes
    ----------
    verdict : str
        ``"fits"``, ``"does not fit"`` or ``"cannot be told"``.
    reasons : tuple of str
        Codes, with the covariate where one is at fault.
    until : float or None
        Last period of the data of the fit.
    left_out : dict
        Household-periods since that could not be judged, by reason.
    """

    verdict: str
    reasons: tuple
    until: float | None
    left_out: dict
    _table: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __eq__(self, other):
        """Whether two say the same."""
        same = isinstance(other, StillFits) and self._table.equals(other._table)
        return same and (self.verdict, self.reasons, self.until, self.left_out) == (
            other.verdict, other.reasons, other.until, other.left_out)  # fmt: skip

    __hash__ = None

    def tidy(self):
        """Table of what was looked at.

        Returns
        -------
        DataFrame
            ``term variable estimate std_error ci_low ci_high n df method data_status``, with
            ``low high`` (the range of the fit) and ``new_levels`` (which levels were not seen).
            Terms of covariates are shares of rows: ``missing``, ``not seen``, ``outside``; terms
            of the falls since: ``observed falls``, ``expected falls``, ``observed / expected``,
            ``calibration slope``, ``auc``.
        """
        return self._table.copy()

    def summary(self, lang="en"):
        """Say whether the model still fits, and why.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say = in_words("still_fits", lang)
        why = in_words("still_fits_why", lang)
        table = self._table
        pause = words(lang)("; ", "；")
        known = {"low": 1 / RATIO, "high": RATIO, "until": self.until, "unlike": UNLIKE,
                 "need": _NEED}  # fmt: skip
        whys = [why[code].format(**known, **self._unlike(of, lang)) for code, of in self.reasons]
        lines = [say[self.verdict].format(pause.join(whys))]
        falls = table[table["variable"] == ""].set_index("term")
        if len(falls):
            ratio = falls.loc["observed / expected"]
            about = ratio[["n", "ci_low", "ci_high"]].to_dict() | {"level": table.attrs["level"]}
            lines.append(say["falls"].format(
                **about, until=self.until, ratio=ratio["estimate"],
                observed=falls.loc["observed falls", "estimate"],
                expected=falls.loc["expected falls", "estimate"],
                interval="" if np.isnan(ratio["ci_low"]) else say["interval"].format(**about)))  # fmt: skip
        if self.left_out:
            left = (f"{told(one, lang)} {n:,}" for one, n in self.left_out.items())
            lines.append(say["left"].format(pause.join(left)))
        status = words(lang)(*STATUSES[table["data_status"].iloc[0]])
        return "\n".join([*lines, say["rule"].format(**known, status=status)])

    def _unlike(self, of, lang):
        """What makes the rows of a covariate unlike those of the fit."""
        if not of:
            return {}
        say, own = in_words("still_fits", lang), self._table[self._table["variable"] == of]
        shares = dict(zip(own["term"], own["estimate"], strict=True))
        parts = [say[term].format(share) for term, share in shares.items() if share]
        return {"of": told(of, lang), "share": sum(shares.values()), "n": int(own["n"].iloc[0]),
                "parts": words(lang)(", ", "，").join(parts)}  # fmt: skip


def still_fits(fit, households, spells=None, level=0.95):
    """Set a model beside rows of a later year; see `RelapseFit.still_fits`."""
    need_share("level", level, 0.95)
    households, spells = in_memory(households), None if spells is None else in_memory(spells)
    need_columns(households, fit.formula.columns)
    status = status_of(households if spells is None else spells, fit.status)
    rows, reasons = [], []
    found, ranges = unlike(fit, households), fit.seen.ranges
    if "duration" in households:
        out = pd.to_numeric(households["duration"], errors="coerce").to_numpy(dtype=float)
        found["duration"] = {"missing": np.isnan(out), "outside": out >= fit.baseline.seen}
        ranges = {**ranges, "duration": (0, fit.baseline.seen - 1)}
    for name, parts in found.items():
        low, high = ranges.get(name, (np.nan, np.nan))
        for term, bad in parts.items():
            row = {"term": term, "variable": name, "estimate": bad.mean(), "n": len(bad),
                   "low": low, "high": high}  # fmt: skip
            if term == "not seen" and name in households:
                row["new_levels"] = ", ".join(households.loc[bad, name].map(str).unique()[:5])
            rows.append(row)
        counts = name != "duration" or not fit.baseline.open
        if counts and np.mean(sum(parts.values())) > UNLIKE:
            late = name == "duration" and parts["outside"].mean() > UNLIKE
            reasons.append(("longer" if late else "unlike", name))
    judged, left = (None, {}) if spells is None else _since(fit, spells)
    falls, ratio = ([], None) if judged is None else _falls(fit, judged, level, status)
    rows += falls
    if ratio is None:
        open_ = "none" if spells is None else "since"
    else:
        few = judged["unit"].nunique() < 2
        open_ = "alone" if few else "wide" if judged["event"].sum() < _NEED else "edge"
        reasons += [("more", "")] if ratio["ci_low"] > RATIO else []
        reasons += [("fewer", "")] if ratio["ci_high"] < 1 / RATIO else []
    verdict = FALLS
    if not reasons:
        good = ratio is not None and ratio["ci_low"] >= 1 / RATIO and ratio["ci_high"] <= RATIO
        verdict, reasons = (FITS, [("good", "")]) if good else (OPEN, [(open_, "")])
    names = ["term", "variable", "estimate", "std_error", "ci_low", "ci_high", "n", "df", "method",
             "low", "high", "new_levels"]  # fmt: skip
    rows = [{"method": "count" if one["variable"] == "" else "share of rows", "new_levels": "", **one}
            for one in rows]  # fmt: skip
    table = pd.DataFrame(rows).reindex(columns=names).assign(data_status=status)
    table.attrs["level"] = level
    return StillFits(verdict, tuple(reasons), fit.seen.until, left,
                     handed_on(table, households, spells))  # fmt: skip


def unlike(fit, rows):
    """Which rows are unlike those of a fit: for each covariate, by term.

    Parameters
    ----------
    fit : RelapseFit
    rows : DataFrame

    Returns
    -------
    dict of dict of ndarray
        ``missing``, ``not seen`` (levels; what is no number), ``outside`` its range. Of what the
        formula computes, such as the log of zero, ``not seen`` where there is any.
    """
    made, good = {}, np.ones(len(rows), dtype=bool)
    for name in fit.formula.columns:
        column, known = rows[name], fit.formula.known.get(name)
        lost = column.isna().to_numpy()
        if known is None:
            numbers = pd.to_numeric(column.astype(object), errors="coerce").to_numpy(dtype=float)
            odd = ~np.isfinite(numbers) & ~lost
        else:
            odd = ~column.isin(known).to_numpy() & ~lost
        made[name] = {"missing": lost, "not seen": odd}
        good &= ~(lost | odd)
        if name in fit.seen.ranges:
            low, high = fit.seen.ranges[name]
            made[name]["outside"] = ~odd & ((numbers < low) | (numbers > high))
    fit.formula.matrix(rows.loc[good, fit.formula.columns], computed := {})
    for label, bad in computed.items():
        made[label] = {"not seen": np.zeros(len(rows), dtype=bool)}
        made[label]["not seen"][good] = bad
    return made


def _since(fit, spells):
    """Household-periods after the last of the fit, with their risk; and who was left out."""
    until, step = fit.seen.until, fit.seen.step
    need_columns(spells, ["household_id", "origin", "entry", "exit", "event", *fit.formula.columns])
    own = spells.attrs.get("step", step)
    if own != step:
        raise DataError(
            "Periods of these spells are longer or shorter than those of the fit: its hazards are of others.",
            where="step of the spells", found=f"{own:g} beside {step:g}",
            remedy="spells by the step of the fit, or a fit by that of the spells",
        )  # fmt: skip
    origin = numbers_of(spells["origin"])
    if until is None or origin is None:
        raise DataError(
            "Which periods came after those of the fit cannot be told: that takes origin, the period in "
            "which each spell began, as a number.",
            where="column origin, of the spells that were fitted" if until is None else "column origin",
            found=None if until is None else str(spells["origin"].iloc[0]),
            remedy="make both tables of spells with ps.spells, which has it, and fit again",
        )  # fmt: skip
    table, cause = _marked(fit, spells)
    read = read_rows(Rows(table, Layout()), [], "household_id", cause, "refuse")
    ahead = np.floor((until - origin) / step)
    entry, exit = (
        pd.to_numeric(spells[one], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        for one in ("entry", "exit")
    )
    since = np.clip(exit - np.fmax(entry, ahead), 0, None)
    kept = np.arange(len(spells)) if read.kept is None else read.kept
    left = {"start not seen": int(np.nansum(np.delete(since, kept)))}  # they may lack anything
    table, ahead = spells.iloc[kept], ahead[kept]
    lost = np.flatnonzero(~np.isfinite(ahead))
    if len(lost):
        raise DataError(f"{len(lost):,} spells have no origin: when they began is not known.",
                        where=household_of(table, lost[0]), remedy="spells = spells[spells['origin'].notna()]")  # fmt: skip
    ahead = ahead.astype(np.int64)
    entry, exit = np.maximum(read.rows.entry, ahead), read.rows.exit
    width = np.maximum(exit - entry, 0)
    at = np.repeat(np.arange(len(table)), width)
    duration = entry[at] + np.arange(len(at)) - (np.cumsum(width) - width)[at]
    event = read.rows.event[at] & (duration == exit[at] - 1)
    asked = table.iloc[at].drop(columns=["duration"], errors="ignore").reset_index(drop=True)
    bad = np.zeros(len(asked), dtype=bool)
    for one in unlike(fit, asked).values():
        bad |= one.get("missing", False) | one["not seen"]
    late = ~bad & (duration >= fit.baseline.seen) & (not fit.baseline.open)
    left |= {"covariate unknown": int(bad.sum()), "longer out": int(late.sum())}
    good = np.flatnonzero(~(bad | late))
    left = {why: n for why, n in left.items() if n}
    if not len(good):
        return None, left
    asked = asked.iloc[good].assign(duration=duration[good]).reset_index(drop=True)
    again = NAME in fit.params.index and "spell" in asked and (asked["spell"] > 1).any()
    risk = fit.risk(asked, horizon=1, history=spells if again else None)["risk"]
    units = [one for one in fit.seen.units if one in asked]
    units = units if len(units) == len(fit.seen.units) else ["household_id"]
    return pd.DataFrame({
        "risk": risk, "horizon": 1, "time": 1, "event": event[good].astype(float),
        "unit": asked.groupby(units, sort=False, observed=True, dropna=False).ngroup(),
    }), left  # fmt: skip


def _marked(fit, spells):
    """Spells whose marks name the cause of the fit, and the cause; where nobody ended by it, none."""
    if fit.cause is None:
        return spells, None
    _codes, causes = ends_of(spells["event"], "event", lambda at: f"row {spells.index[at]!r}")
    if causes != ["event"] and cause_of(fit.cause, causes) < 0:
        return spells.assign(event=False), None
    return spells, fit.cause


def _falls(fit, judged, level, status):
    """Rows of the table on the falls since; and the ratio, with its interval."""
    n, observed, expected = len(judged), judged["event"].sum(), judged["risk"].sum()
    made = {"n": n, "variable": ""}
    rows = [{"term": "observed falls", "estimate": observed, **made},
            {"term": "expected falls", "estimate": expected, **made}]  # fmt: skip
    expected = max(expected, 1e-300)  # of periods in which nobody was seen to fall back it is 0
    ratio = {"term": "observed / expected", "estimate": observed / expected, "std_error": np.nan,
             "ci_low": np.nan, "ci_high": np.nan, **made}  # fmt: skip
    if judged["unit"].nunique() < 2:
        return [*rows, ratio], ratio
    found = calibration_curve(Survey(judged, psu="unit", status=status), groups=1).tidy(level)
    of = found[found["term"] == "observed"].iloc[0]
    ratio |= {name: of[name] * n / expected for name in ("std_error", "ci_low", "ci_high")}
    ratio |= {"df": of["df"], "method": of["method"]}
    rows.append(ratio)
    inner = judged[(judged["risk"] > 0) & (judged["risk"] < 1)]
    if 0 < inner["event"].sum() < len(inner) and inner["unit"].nunique() > 1:
        found = validate_risk(Survey(inner, psu="unit", status=status), link=fit.link).tidy(level)
        kept = ["term", "estimate", "std_error", "ci_low", "ci_high", "n", "df", "method"]
        found = found.loc[found["term"].isin(["calibration slope", "auc"]), kept]
        rows += found.assign(variable="").to_dict("records")
    return rows, ratio
