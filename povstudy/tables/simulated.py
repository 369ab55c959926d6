"""What a simulation is told, by which mechanisms it works, and how it compares, in words."""

import pandas as pd

from ..base.checks import need_columns
from ..base.language import (
    BY_APPROACH,
    SIMULATED_SOURCES_ZH,
    SIMULATED_UNITS_ZH,
    TARGETS,
    YES_NO,
    told,
    words,
)
from ..base.status import handed_on
from ..simulation.parameters import mechanisms_table


def mechanisms(truth, lang="en"):
    """Set the two models of the essay side by side, mechanism by mechanism.

    Parameters
    ----------
    truth : DataFrame
        ``Simulation.truth``.
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
    t = words(lang)
    need_columns(truth, ["estimand", "arm", "year", "value"])
    value = truth[truth["year"] == 0].set_index(["estimand", "arm"])["value"]
    listed = mechanisms_table(lang)
    rows = []
    for name, one in listed.iterrows():
        by_arm = {
            column: next(
                (_number(value[one["estimand"], arm]) for arm in arms
                 if (one["estimand"], arm) in value.index), "")
            for column, arms in _ARMS.items()
        }  # fmt: skip
        if name == "after_withdrawal":
            by_arm["social_work_value"] = _number(value["stays", "social_work"])
        administrative, social = BY_APPROACH[name]
        rows.append(
            {
                t("mechanism", "机制"): one["meaning"],
                t("claims", "文中论点"): one["claim"],
                t("administrative_help", "行政帮扶"): t(*administrative),
                t("social_work", "社会工作"): t(*social),
                t("row_of_truth", "真值表的行"): one["estimand"],
                t("administrative_value", "行政帮扶：数值"): by_arm["administrative_value"],
                t("social_work_value", "社会工作：数值"): by_arm["social_work_value"],
                t("as_things_went", "实际进程"): by_arm["as_things_went"],
                t("nothing_happens_at", "关闭时的参数"): one["neutral"],
            }
        )
    table = pd.DataFrame(rows)
    table.attrs["title"] = t(
        "The two models as mechanisms: what is assumed", "两种模式的机制：假定了什么"
    )
    return handed_on(table, truth)


_BASES = {"seen": "所见", "derived": "推算", "chosen": "选定"}
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
    t = words(lang)
    told_of = scenario.describe(lang)
    plain = lambda x: f"{x:,.6g}" if x < 1e6 else f"{x:.0f}"  # noqa: E731
    table = pd.DataFrame(
        {
            t("parameter", "参数"): told_of.index,
            t("meaning", "含义"): told_of["meaning"].to_list(),
            t("value", "取值"): [
                f"{x:g}" if unit == "year" else plain(x)
                for x, unit in zip(told_of["value"], told_of["unit"], strict=True)
            ],
            t("range", "范围"): [
                t(f"{low:g} to {high:g}", f"{low:g}至{high:g}")
                for low, high in zip(told_of["low"], told_of["high"], strict=True)
            ],
            t("unit", "单位"): [
                t(one, SIMULATED_UNITS_ZH.get(one, one)) for one in told_of["unit"]
            ],
            t("basis", "依据"): [t(one, _BASES[one]) for one in told_of["basis"]],
            t("source", "来源"): [
                t(one, SIMULATED_SOURCES_ZH.get(one, one)) for one in told_of["source"]
            ],
        }
    )
    table.attrs["title"] = t("What the simulation is told", "模拟的参数")
    return table


def calibration(table, lang="en"):
    """Set what the simulation gives beside what was seen, as a table to be read.

    Parameters
    ----------
    table : DataFrame
        As `povstudy.simulation.calibration_table` gives it.
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
    t = words(lang)
    need_columns(table, ["target", "low", "high", "simulated", "std_error", "inside"])
    text = lambda x: "" if pd.isna(x) else f"{x:.3g}"  # noqa: E731
    rows = []
    for name, one in table.iterrows():
        open_range = pd.isna(one["low"])
        inside = "" if open_range else t(*YES_NO[bool(one["inside"])])
        span = t("{} to {}", "{}至{}").format(text(one["low"]), text(one["high"]))
        rows.append(
            {
                t("rate", "比率"): told(name, lang, TARGETS),
                t("target", "目标"): text(one["target"]),
                t("range", "范围"): "" if open_range else span,
                t("simulated", "模拟"): text(one["simulated"]),
                t("standard_error", "标准误"): text(one["std_error"]),
                t("inside_range", "是否在范围内"): inside,
                **{
                    t(column, chinese): t(
                        one[column], SIMULATED_SOURCES_ZH.get(one[column], one[column])
                    )
                    for column, chinese in (
                        ("where_seen", "出处"),
                        ("not_pinned_down", "不能确定的参数"),
                    )
                },
            }
        )
    made = pd.DataFrame(rows)
    made.attrs["title"] = t("Does the simulation look like what was seen?", "模拟与所见是否相符？")
    return handed_on(made, table)
