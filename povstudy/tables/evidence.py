"""Published effects as a table, and the claims of the essay beside the best real evidence."""

from statistics import NormalDist

import pandas as pd

from ..base.checks import mean, nearest, need_columns
from ..base.errors import DataError
from ..base.language import headed, in_words, spoken, words
from ..base.status import handed_on, status_of
from ..sources.catalogue import datasets, load

_SHARES = ("points", "percent")  # units that computed shares are told in
_REACH = NormalDist().inv_cdf(0.975)


def claims(found=None, lang="en"):
    """Set each claim of the essay of Li and Xu (2016) beside the best evidence that is real.

    Parameters
    ----------
    found : dict, optional
        What was computed from microdata: for an ``item`` of the dataset ``claim_evidence`` the
        row of `Estimates.tidy` (or of `trial_effects`) that answers it. Published figures come
        from their datasets; what is not given is told as not computed.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        A row for each of D1-D4, X1-X9, A1-A5: the claim, what the essay says and where, the
        evidence (where, who, what, with 95 percent intervals), a verdict, what simulation adds,
        the call that answers it on data of one's own (with what a row of ``table`` is; names of
        columns, lines and prices stand for one's own), and what study would settle it.

    Raises
    ------
    DataError
        If an item is unknown, has not one row, or was estimated on simulated data, which are
        never evidence.

    Notes
    -----
    The verdict follows from the evidence by a rule. What counts is evidence that the claim
    expects on one side of zero, and that has an interval. *Points for it*: every such interval
    lies on that side. *Points against it*: every one lies on the other. *Cannot be told*: an
    interval holds zero, or two disagree, or no piece of evidence has an interval. *Not tried*:
    there is no evidence here. *Not computed*: a piece that counts was not given. No evidence
    here is the claim itself, which is about China and its social workers, so none says that a
    claim holds or does not; an interval that holds zero is no evidence against it.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.tables.claims()
    >>> table[["claim", "verdict"]].iloc[[3, 15]].values.tolist()
    [['exits are not stable once the state leaves (D4)', 'cannot be told'],
     ['links resources from outside (A3)', 'not tried']]
    """
    say, t = in_words("claims", lang), words(lang)
    verdicts = in_words("claim_verdict", lang)
    found, evidence = found or {}, load("claim_evidence")
    computed = evidence.loc[evidence["rows"] == "", "item"].tolist()
    for item, table in found.items():
        _check(item, table, computed)
    rows = []
    for claim in load("hypotheses").to_dict("records"):
        own = evidence[evidence["claim"] == claim["id"]].to_dict("records")
        told = [_told(one, found, say, lang) for one in own]
        text = [one for one, _ in told]
        if len(text) > 1:
            text = [say["item"].format(n, one) for n, one in enumerate(text, 1)]
        said, where = claim[t("says", "says_zh")], claim[t("place", "place_zh")]
        rows.append({
            "claim": say["numbered"].format(claim[t("claim", "claim_zh")], claim["id"]),
            "essay": say["placed"].format(said, where),
            "evidence": t(" ", "").join(text) or say["none"],
            "verdict": verdicts[_verdict([side for _, side in told])],
            "simulation": claim[t("adds", "adds_zh")],
            "call": say["called"].format(claim[t("row", "row_zh")], claim["call"]) if claim["call"]
            else say["no_call"],
            "study": claim[t("settles", "settles_zh")],
        })  # fmt: skip
    return handed_on(headed(pd.DataFrame(rows), "claims", lang), evidence)


def evidence_table(evidence, title=None, lang="en"):
    """Published effects one by one, with what is known of their errors.

    Parameters
    ----------
    evidence : DataFrame
        Rows of ``ps.load("evidence")``.
    title : str or tuple of str, optional
        What the table shows, in English and Chinese.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        Study, kind of help, design, outcome, finding, effect in its own unit, its error, note.
        An effect without a published error says so: how much of it is chance is not known.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.tables.evidence_table(ps.load("evidence").query("help == 'cash'"))
    >>> table[["finding", "effect", "its error"]].iloc[0].tolist()
    ['loss', '−46.2 percent, as printed', 'no error was published']
    """
    say, t = in_words("evidence_table", lang), words(lang)
    lists = {one: in_words(one, lang) for one in ("help", "design", "finding", "printed_bound")}
    untold = in_words("error_told", lang) | {"none": say["none"]}
    need_columns(evidence, ["trial", "help", "design", "outcome", "finding", "estimate"])
    rows = []
    for one in evidence.to_dict("records"):
        effect, error = say["no_figure"], ""
        if pd.notna(one["estimate"]):
            number = f"{one['estimate']:,.12g}".replace("-", "−")
            number = lists["printed_bound"][one["bound"]].format(number)
            effect = say["of_unit"].format(number, one[t("unit", "unit_zh")])
            error = untold.get(one["error_kind"], say["standard_error"].format(one["std_error"]))
        rows.append({
            "study": one[t("trial", "trial_zh")], "help": lists["help"][one["help"]],
            "design": lists["design"][one["design"]], "outcome": one[t("outcome", "outcome_zh")],
            "finding": lists["finding"][one["finding"]], "effect": effect, "error": error,
            "note": one[t("note", "note_zh")],
        })  # fmt: skip
    made = headed(pd.DataFrame(rows), "evidence_table", lang)
    if title is not None:
        made.attrs["title"] = spoken(title, lang)
    return handed_on(made, evidence)


def _check(item, table, known):
    if item not in known:
        raise DataError(f"There is no evidence {item!r} that is computed.{mean(nearest(item, known))}",
                        where="argument found", found=f"known are {', '.join(known)}",
                        remedy='ps.load("claim_evidence")')  # fmt: skip
    need_columns(table, ["estimate", "ci_low", "ci_high", "n"])
    if len(table) != 1:
        raise DataError(f"The evidence {item!r} is one estimate.", where="argument found", found=f"{len(table)} rows",
                        remedy=f'found["{item}"] = found["{item}"].iloc[[0]]  # or the row that you mean')  # fmt: skip
    if status_of(table) == "simulated":
        raise DataError("Simulated data are never evidence that a claim is so.",
                        where=f"argument found, {item}", remedy=f'del found["{item}"]')  # fmt: skip


def _told(one, found, say, lang):
    """A piece of evidence in words, and on which side of zero it lies."""
    t, row = words(lang), _row(one, found)
    what = say["what"].format(one[t("place", "place_zh")], one[t("what", "what_zh")])
    if row is None:
        access = datasets().set_index("name")["access"].get(one["dataset"])
        told = say["needs_download" if access == "download" else "not_computed"]
        return say["told"].format(what, told), "missing" if one["expects"] else "untold"
    if pd.isna(row["estimate"]):
        told = say["no_figure"].format(in_words("finding", lang)[row["finding"]])
        return say["told"].format(what, told), "untold"
    published, share = one["rows"] != "", one["unit"] in _SHARES
    scale, form = 1 if published or not share else 100, ".1f" if share else ".2f"
    low, high = (f"{scale * row[end]:{form}}".replace("-", "−") for end in ("ci_low", "ci_high"))
    estimate = f"{scale * row['estimate']:{'g' if published else form}}".replace("-", "−")
    estimate = in_words("printed_bound", lang)[row.get("bound", "exact")].format(estimate)
    told = say["estimate"].format(estimate, one[t("unit", "unit_zh")])
    if pd.isna(row["ci_low"]):
        return say["told"].format(what, say["no_error"].format(told)), "untold"
    told = say["interval"].format(told, low, high, row["n"])
    side = "for" if row["ci_low"] > 0 else "against" if row["ci_high"] < 0 else "zero"
    if one["expects"] == "below":
        side = {"for": "against", "against": "for"}.get(side, side)
    return say["told"].format(what, told), side if one["expects"] else "untold"


def _row(one, found):
    """Estimate and interval of a piece of evidence: computed, or as published."""
    if one["rows"] == "":
        return found[one["item"]].iloc[0] if one["item"] in found else None
    (row,) = load(one["dataset"]).query(one["rows"]).to_dict("records")
    estimate, error = row.get("estimate", row.get("value")), row.get("std_error", float("nan"))
    ends = {"ci_low": estimate - _REACH * error, "ci_high": estimate + _REACH * error}
    return row | {"estimate": estimate, **ends}


def _verdict(sides):
    counting = {one for one in sides if one != "untold"}
    if "missing" in counting:
        return "not_computed"
    if counting == {"for"} or counting == {"against"}:
        return counting.pop()
    return "cannot" if sides else "not_tried"
