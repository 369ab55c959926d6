"""What a simulation is told, by which mechanisms it works, and how it compares, in words."""

import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import headed, in_words, texts, told
from ..base.status import handed_on


def mechanisms(truth, lang="en"):
    """Set the two models of the essay side by side, mechanism by mechanism.

    Parameters
    ----------
    truth : DataFrame
        ``Simulation.truth``, which brings the list of mechanisms along.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        A row for each mechanism: the claims of the essay that it stands for, what
        administrative help and what social work does by it, what comes out under each in the
        simulation (or as things went, where it is not told by arm), and how it is switched off.

    Notes
    -----
    What comes out was put in: the table says what is assumed, and is no evidence of it.

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(households=5_000, years=4)
    >>> ps.tables.mechanisms(sim.truth).loc[0, "claims"]
    'D3'
    """
    need_columns(truth, ["estimand", "arm", "year", "value"])
    if "mechanisms" not in truth.attrs:
        raise DataError(
            "This table does not tell of which mechanisms it is the truth.",
            where='attrs["mechanisms"]', remedy="ps.tables.mechanisms(sim.truth)  # as simulated",
        )  # fmt: skip
    value = truth[truth["year"] == 0].set_index(["estimand", "arm"])["value"]
    meaning = in_words("mechanism", lang)
    by = {way: in_words(f"by_{way}", lang) for way in ("administration", "social_work")}
    rows = []
    for name, one in truth.attrs["mechanisms"].items():
        by_arm = {
            column: next(
                (_number(value[one["estimand"], arm]) for arm in arms
                 if (one["estimand"], arm) in value.index), "")
            for column, arms in _ARMS.items()
        }  # fmt: skip
        if name == "after_withdrawal":
            by_arm["social_work_value"] = _number(value["stays", "social_work"])
        rows.append({
            "mechanism": meaning[name], "claims": one["claim"],
            "administrative_help": by["administration"][name], "social_work": by["social_work"][name],
            "row_of_truth": one["estimand"], **by_arm, "nothing_happens_at": one["neutral"],
        })  # fmt: skip
    return handed_on(headed(pd.DataFrame(rows), "mechanisms", lang), truth)


_ARMS = {
    "administrative_value": ("administrative", "cadre"),
    "social_work_value": ("social_work", "third_party"),
    "as_things_went": ("",),
}


def _number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def parameters(scenario, lang="en"):
    """List what a simulation is told, as a table to be read.

    Parameters
    ----------
    scenario : Scenario
        As given to `simulate`.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        Name, meaning, value, range, unit, whether the value was seen in a public source,
        derived from such or chosen, and the source.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.tables.parameters(ps.simulation.Scenario())
    >>> table.loc[table["parameter"] == "line", "value"].item()
    '2,300'
    """
    table = scenario.describe(lang).reset_index()
    plain = lambda x: f"{x:,.6g}" if x < 1e6 else f"{x:.0f}"  # noqa: E731
    span = in_words("estimates_table", lang)["range"].format
    units, bases = texts("unit"), in_words("basis", lang)
    made = pd.DataFrame({
        "parameter": table["parameter"], "meaning": table["meaning"],
        "value": [f"{x:g}" if unit == "year" else plain(x)
                  for x, unit in zip(table["value"], table["unit"], strict=True)],
        "range": [span(f"{low:g}", f"{high:g}")
                  for low, high in zip(table["low"], table["high"], strict=True)],
        "unit": [told(one, lang, units) for one in table["unit"]],
        "basis": table["basis"].map(bases), "source": table["source"],
    })  # fmt: skip
    return headed(made, "parameters", lang)


def calibration(table, lang="en"):
    """Set what the simulation gives beside what was seen, as a table to be read.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.calibration_table` gives it.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        Target, what was seen and its range, what is simulated with its standard error,
        whether it lies inside, where it was seen, and what the target leaves open.

    Examples
    --------
    >>> import povstudy as ps
    >>> found = ps.simulation.calibration_table(households=50_000)
    >>> ps.tables.calibration(found).loc[0, "target"]
    '0.372'
    """
    need_columns(table, ["target", "low", "high", "simulated", "std_error", "inside"])
    text = lambda x: "" if pd.isna(x) else f"{x:.3g}"  # noqa: E731
    span, names = in_words("estimates_table", lang)["range"].format, texts("target")
    rows = []
    for name, one in table.iterrows():
        open_range = pd.isna(one["low"])
        rows.append({
            "rate": told(name, lang, names), "target": text(one["target"]),
            "range": "" if open_range else span(text(one["low"]), text(one["high"])),
            "simulated": text(one["simulated"]), "standard_error": text(one["std_error"]),
            "inside_range": "" if open_range else told("yes" if one["inside"] else "no", lang),
            **{column: told(name, lang, {name: one[column]} | texts(column))
               for column in ("where_seen", "not_pinned_down")},
        })  # fmt: skip
    return handed_on(headed(pd.DataFrame(rows), "calibration", lang), table)
