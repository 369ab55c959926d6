"""Tables that set figures side by side and say whether they agree.

Each takes ``lang=`` and returns a plain DataFrame with the words of that language; the
numbers are computed from the datasets, never typed in.
"""

import numpy as np
import pandas as pd

from .errors import DataError
from .lines import need_columns, one_standard
from .measures import mean
from .outputs import output_ratios
from .simulation import mechanisms_table
from .sources import load
from .style import words
from .survey import Survey
from .terms import BY_APPROACH, SIMULATED_SOURCES_ZH, SIMULATED_UNITS_ZH, TARGETS, TERMS, told

_VERDICTS = {
    "holds": ("holds", "成立"),
    "condition": ("holds with a condition", "有条件成立"),
    "differs": ("does not agree", "不一致"),
    "uncheckable": ("cannot be checked", "无法核对"),
}
_TOLERANCE = 0.05  # "about": within 5 percent of the figure


def essay_check(lang="en"):
    """Check every figure of the essay of Li and Xu (2016) against the official tables.

    Parameters
    ----------
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        One row for each figure: its number, what it counts, what the essay says, what
        the official tables give (blank where there is nothing to check with), the
        verdict and the reason.

    Notes
    -----
    F9 to F18 reach the tables only through the essay itself, so no agreement could be
    evidence; they are marked as not checkable, and what they imply is worked out.

    Examples
    --------
    >>> import povstudy as ps
    >>> check = ps.tables.essay_check().set_index("figure")
    >>> check.loc["F3", "verdict"]
    'holds'
    >>> check.loc["F6", "verdict"]
    'holds with a condition'
    """
    t = words(lang)
    essay = load("essay_figures")
    rules = _official_rules(essay) | _implied_rules(essay)
    rows = []
    for one in essay.itertuples():
        if (one.id, one.measure) not in rules:
            continue  # not of the essay: what its figures are compared with
        computed, verdict, english, chinese = rules[one.id, one.measure]
        period = t(one.period, one.period_zh)
        said = "" if pd.isna(one.value) else f"{_BOUND_WORDS[one.bound]}{one.value:,g} "
        rows.append(
            {
                "figure": one.id,
                "what": t(one.what, one.what_zh),
                "period": period,
                "essay": t(f"{said}{_UNITS[one.unit]}" if said else one.note, one.printed),
                "computed": computed,
                "verdict": t(*_VERDICTS[verdict]),
                "reason": t(english, chinese),
            }
        )
    table = pd.DataFrame(rows)
    if lang == "zh":
        table = table.rename(
            columns={
                "figure": "编号", "what": "含义", "period": "时期", "essay": "文中数字",
                "computed": "核算", "verdict": "结论", "reason": "理由",
            }
        )  # fmt: skip
    table.attrs["title"] = t(
        "The figures of the essay (F1-F20), checked", "文中数字（F1-F20）的核对"
    )
    return table


_BOUND_WORDS = {"exact": "", "about": "about ", "lower": "over "}
_UNITS = {
    "10k_persons": "× 10,000 persons",
    "100m_persons": "× 100 million persons",
    "10k_person_times": "× 10,000 person-times",
    "100m_yuan": "× 100 million yuan",
    "percent": "%",
    "persons": "persons",
    "persons_per_year": "persons a year",
    "provinces": "provinces",
    "counties": "counties",
    "cases": "cases",
    "sessions": "sessions",
    "activities": "activities",
    "ministries": "bodies",
    "groups": "groups",
}


def _official_rules(essay):
    """F1 to F7: figures that the official series can confirm or not."""
    value = essay.set_index(["id", "measure"])["value"]
    series = load("china_incidence")
    now = one_standard(series, "2010").set_index("year")
    old = one_standard(series, "1978").set_index("year")
    poor, rate = now["poor_population_10k"], now["incidence_percent"]
    same = ("quoted correctly from the official series", "与所引官方序列一致")
    other = ("differs from the official series", "与官方序列不一致")

    def agree(key, computed):
        ok = computed == value[key]
        return f"{computed:g}", "holds" if ok else "differs", *(same if ok else other)

    rules = {
        ("F1", "poor_population"): agree(("F1", "poor_population"), poor[2014]),
        ("F2", "poor_population"): agree(("F2", "poor_population"), poor[2015]),
        ("F3", "fall"): agree(("F3", "fall"), poor[2014] - poor[2015]),
        ("F4", "incidence"): agree(("F4", "incidence"), rate[2014]),
        ("F5", "incidence"): agree(("F5", "incidence"), rate[2015]),
    }
    since_1978 = value["F6", "poor_1978"] - poor[2014] / 1e4  # 100 million persons
    claimed, limit = value["F6", "fall"], old["poor_population_10k"][1985] / 1e4
    close = abs(since_1978 - claimed) <= _TOLERANCE * claimed
    rules["F6", "fall"] = (
        f"{since_1978:.1f}",
        "condition" if close else "differs",
        f"counted from 1978 at the 2010 standard (about {value['F6', 'poor_1978']:g} × 100 million, "
        f"a rounded public figure, less the {poor[2014]:,.0f} × 10,000 of 2014); not as dated: at the "
        f"1978 standard all the poor of 1985 were {limit:.2f} × 100 million, and the tables hold no "
        "count of 1985 at the 2010 standard",
        f"按2010年标准、自1978年起算（公开约数{value['F6', 'poor_1978']:g}亿人，减去2014年的"
        f"{poor[2014]:,.0f}万人）；按文中所说的起点则不能成立：按1978年标准，1985年贫困人口总共"
        f"{limit:.2f}亿人，本表没有1985年按2010年标准的人数",
    )
    needed = poor[2015] / 5
    ok = needed > value["F7", "yearly_fall"]
    rules["F7", "yearly_fall"] = (
        f"{needed:,.0f}",
        "holds" if ok else "differs",
        f"a target, not a result; it fits {poor[2015]:,.0f} poor in five years: {needed:,.0f} a year",
        f"为目标而非结果；与{poor[2015]:,.0f}万人分五年、每年{needed:,.0f}万人相符",
    )
    return rules


def _implied_rules(essay):
    """F8 to F20: nothing independent to check with; what the figures imply instead."""
    value = essay.set_index(["id", "measure"])["value"]
    sent, planned = value["F13", "workers_sent"], value["F9", "workers_sent"]
    trained, to_train = value["F18", "workers_trained"], value["F10", "workers_trained"]
    contacts, seen = value["F17", "beneficiaries"] * 1e4, value["F8", "team_members_2017"]
    events = {
        key: value[key]
        for key in (("F14", "casework"), ("F15", "group_work"), ("F16", "community_work"))
    }
    per_event = contacts / sum(events.values())
    plan = ("a plan, in our tables only through the essay", "为计划，本表仅据该文")
    lost = ("the essay's source note is lost", "原文注释缺失")
    reasons = {
        ("F8", "team_members"): (
            f"given in words, without a source; a public report has {seen:,.0f} by 2017, its "
            "publisher not recorded",
            f"仅有文字表述，无来源；有公开报道称2017年{seen:,.0f}人，发布者未记录",
        ),
        ("F9", "workers_sent"): plan,
        ("F10", "workers_trained"): plan,
        ("F11", "purchase_spend"): lost,
        ("F12", "provinces"): lost,
        ("F12", "counties"): lost,
        ("F13", "workers_sent"): (
            f"{lost[0]}; about {sent / planned:g} yearly cohorts of the plan (2013-15), or "
            f"{sent / (4 * planned):.0%} of four (2012-15)",
            f"{lost[1]}；约为计划的{sent / planned:g}个年度（2013-15年），或四个年度（2012-15年）的"
            f"{sent / (4 * planned):.0%}",
        ),
        ("F17", "beneficiaries"): (
            f"{lost[0]}; about {per_event:.0f} person-times for each recorded service and "
            f"{contacts / sent:.0f} for each worker on average: hardly contact of the depth of casework",
            f"{lost[1]}；平均每次服务（个案、小组、社区合计）约{per_event:.0f}人次，每名社工约"
            f"{contacts / sent:.0f}人次：很难达到个案工作的深度",
        ),
        ("F18", "workers_trained"): (
            f"{lost[0]}; about {trained / (3 * to_train):.1f} times the plan of three years, "
            f"{trained / (4 * to_train):.1f} times that of four",
            f"{lost[1]}；约为三年计划的{trained / (3 * to_train):.1f}倍，四年计划的"
            f"{trained / (4 * to_train):.1f}倍",
        ),
        ("F19", "ministries"): ("no list of the bodies to check with", "无部委名单可核"),
    }
    for key, count in events.items():
        reasons[key] = (
            f"{lost[0]}; about {count / sent:.1f} for each worker sent",
            f"{lost[1]}；平均每名社工约{count / sent:.1f}次",
        )
    rules = {key: ("", "uncheckable", *reason) for key, reason in reasons.items()}
    listed = value["F20", "groups_listed"]
    rules["F20", "groups_stated"] = (
        f"{listed:g}",
        "holds" if listed == value["F20", "groups_stated"] else "uncheckable",
        f"the essay's own list names {listed:g}; it has one more if the long-term sick and those "
        "unable to work are two groups, and it may be open",
        f"文中列出{listed:g}类；若“长期疾病”与“无劳动能力者”分计则多一类，且列举或未尽",
    )
    return rules


def identities(lang="en"):
    """Sums and differences that official figures must satisfy, each worked out.

    Parameters
    ----------
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        ``check``, ``published``, ``computed``, ``difference``.

    Examples
    --------
    >>> import povstudy as ps
    >>> bool((ps.tables.identities()["difference"] == 0).all())
    True
    """
    t = words(lang)
    poor = one_standard(load("china_incidence"), "2010").set_index("year")["poor_population_10k"]
    exits, regions, place = load("county_exits"), load("china_regions"), load("relapse_monitoring")
    rows = [
        (t("counties out by the last year", "累计摘帽县"),
         exits["cumulative_counties"].iloc[-1], exits["counties"].sum()),
        (t("counties on the list at the start", "贫困县总数"),
         exits["cumulative_counties"].iloc[-1],
         exits["counties"].iloc[0] + exits["remaining_counties"].iloc[0]),
    ]  # fmt: skip
    main = regions[regions["area"].isin(["East", "Central", "West"])]
    for year, one in main.groupby("year"):
        if len(one) == 3:
            rows.append((t(f"East + Central + West, {year} (10,000 persons)",
                           f"东部+中部+西部，{year}年（万人）"),
                         poor[year], one["poor_population_10k"].sum()))  # fmt: skip
    city = place[place["place"] == "Baoshan, Yunnan"].set_index(["unit", "measure"])["value"]
    for unit, chinese in (("households", "户"), ("persons", "人")):
        types = ("unstable_exited", "marginal", "sudden_hardship")
        for total in ("monitored", "risk_removed", "risk_not_removed"):
            rows.append((t(f"Baoshan 2021, {total.replace('_', ' ')}, three types ({unit})",
                           f"保山2021年{_TOTALS[total]}，三类之和（{chinese}）"),
                         city[unit, f"{total}_total"],
                         sum(city[unit, f"{total}_{kind}"] for kind in types)))  # fmt: skip
        rows.append((t(f"Baoshan 2021, removed + not removed ({unit})",
                       f"保山2021年已消除+未消除（{chinese}）"),
                     city[unit, "monitored_total"],
                     city[unit, "risk_removed_total"] + city[unit, "risk_not_removed_total"]))  # fmt: skip
    share = city["persons", "risk_removed_total"] / city["persons", "monitored_total"] * 100
    rows.append((t("Baoshan 2021, share of persons with risk removed (%)",
                   "保山2021年风险消除率（%，按人）"),
                 city["percent", "risk_removed_share"], round(share, 2)))  # fmt: skip
    table = pd.DataFrame(rows, columns=["check", "published", "computed"])
    table["difference"] = table["computed"] - table["published"]
    if lang == "zh":
        table.columns = ["核对项", "公布", "核算", "差"]
    table.attrs["title"] = t("Sums and differences that must hold", "加总与差额核对")
    return table


_TOTALS = {"monitored": "监测对象", "risk_removed": "风险已消除", "risk_not_removed": "风险未消除"}


_READ_IN = {
    "public source": "公开来源",
    "World Bank": "世界银行",
    "public source and World Bank": "公开来源与世界银行",
}


def world_bank_check(world_bank, *, country="CHN", standard="2010", lang="en"):
    """Set the official incidence beside the World Bank's series, which republishes it.

    Parameters
    ----------
    world_bank : DataFrame
        The dataset ``world_bank``: columns ``year``, ``entity_code``, ``value``.
    country : str
        Code of the country.
    standard : str
        Standard of the official series.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        ``year``, official and World Bank incidence in percent, their difference, and where
        the official figure was read, for the years that both have.

    Examples
    --------
    >>> import pandas as pd
    >>> import povstudy as ps
    >>> mine = pd.DataFrame({"year": [2015], "entity_code": ["CHN"], "value": [5.7]})
    >>> ps.tables.world_bank_check(mine)["difference"].item()
    0.0
    """
    t = words(lang)
    need_columns(world_bank, ["year", "entity_code", "value"])
    theirs = world_bank[world_bank["entity_code"] == country].set_index("year")["value"]
    if theirs.empty:
        raise DataError(f"The World Bank table has no rows for {country!r}.", remedy='"CHN"')
    ours = one_standard(load("china_incidence"), standard).set_index("year")
    both = pd.DataFrame({"official": ours["incidence_percent"], "world_bank": theirs}).dropna()
    both["difference"] = both["world_bank"] - both["official"]
    # Where we read the official figure in the World Bank's series, equality says nothing.
    both["official_read_in"] = ours["incidence_status"].map(
        lambda one: t(one, _READ_IN.get(one, one))
    )
    table = both.rename_axis("year").reset_index()
    if lang == "zh":
        table.columns = ["年份", "官方（%）", "世界银行（%）", "差", "官方数读自"]
    table.attrs["title"] = t(
        "The World Bank republishes the official series", "世界银行转载官方序列"
    )
    return table


def _number(value, digits):
    return "" if pd.isna(value) else f"{value:,.{digits}f}"


def estimates_table(table, title, names=None, lang="en"):
    """Estimates as a table to be read: with words, percent where that is usual, few digits.

    Parameters
    ----------
    table : DataFrame
        As `Estimates.tidy` gives it.
    title : str or tuple of str
        What the table shows, in English and Chinese.
    names : dict, optional
        For a column or value of the domains, or a term, its text or its texts in English and
        Chinese.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        Measure, domains, estimate, standard error, 95 percent interval, rows.

    Examples
    --------
    >>> import pandas as pd, povstudy as ps
    >>> svy = ps.Survey(pd.DataFrame({"income": [1150, 1725, 2300, 4000]}))
    >>> found = ps.poverty(svy, "income", line=2300, measures=["headcount"]).tidy()
    >>> ps.tables.estimates_table(found, ("Poverty", "贫困"))[["measure", "estimate"]].values.tolist()
    [['headcount ratio (%)', '50.0']]
    """
    t = words(lang)

    need_columns(table, ["term", "estimate", "std_error", "ci_low", "ci_high", "n"])
    columns = list(table.columns)
    groups = columns[1 : columns.index("estimate")]
    level = f"{100 * table.attrs.get('level', 0.95):g}"
    interval = t(f"interval_{level}", f"{level}%置信区间")
    rows = []
    for row in table.to_dict("records"):
        percent = row["term"] in TERMS and TERMS[row["term"]][2]
        scale = 100 if percent else 1
        digits = (
            1 if percent or abs(row["estimate"]) >= 1000 else 2 if abs(row["estimate"]) >= 1 else 4
        )
        text = lambda x, digits=digits, scale=scale: _number(scale * x, digits)  # noqa: E731
        rows.append(
            {
                t("measure", "指标"): told(row["term"], lang, names) + t(" (%)", "（%）") * percent,
                **{told(one, lang, names): told(row[one], lang, names) for one in groups},
                t("estimate", "估计值"): text(row["estimate"]),
                t("standard_error", "标准误"): _number(scale * row["std_error"], digits + 1),
                interval: t("{} to {}", "{}至{}").format(text(row["ci_low"]), text(row["ci_high"])),
                t("rows", "样本量"): f"{row['n']:,}",
            }
        )
    made = pd.DataFrame(rows)
    made.attrs["title"] = title if isinstance(title, str) else t(*title)
    return made


def published_check(published, found, lang="en"):
    """Set figures that a statistical office published beside those computed from its survey.

    Parameters
    ----------
    published : DataFrame
        As the dataset ``published_survey_figures``: columns ``figure name name_zh unit value
        decimals``.
    found : dict
        For codes of figures, the row of `Estimates.tidy` that answers it; shares become
        percent where that is the unit.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        Figure, unit, published, computed, difference, standard error (of which the published
        figure has one as large), and whether the published digits hold.

    Raises
    ------
    DataError
        If a figure was not published.

    Examples
    --------
    >>> import povstudy as ps
    >>> published = ps.load("published_survey_figures")
    >>> row = {"estimate": 0.3297, "std_error": 0.004}
    >>> ps.tables.published_check(published, {"gini": row})["holds"].item()
    'yes'
    """
    t = words(lang)
    need_columns(published, ["figure", "name", "name_zh", "unit", "value", "decimals"])
    table = published.set_index("figure")
    unknown = [one for one in found if one not in table.index]
    if unknown:
        raise DataError(
            "No such figure was published.", found=", ".join(unknown),
            remedy=f"one of {list(table.index)}",
        )  # fmt: skip
    rows = []
    for code, row in found.items():
        one = table.loc[code]
        scale, decimals = 100 if one["unit"] == "percent" else 1, int(one["decimals"])
        value, error = scale * row["estimate"], scale * row["std_error"]
        text = f"{{:,.{decimals}f}}".format
        rows.append(
            {
                "figure": t(one["name"], one["name_zh"]),
                "unit": t(one["unit"], _UNITS_ZH.get(one["unit"], one["unit"])),
                "published": text(one["value"]),
                "computed": f"{{:,.{decimals + 2}f}}".format(value),
                "difference": f"{{:+,.{decimals + 2}f}}".format(value - one["value"]),
                "standard_error": f"{{:,.{decimals + 2}f}}".format(error),
                "holds": t(*_HOLDS[text(value) == text(one["value"])]),
            }
        )
    made = pd.DataFrame(rows)
    if lang == "zh":
        made.columns = ["指标", "单位", "公布值", "计算值", "差", "标准误", "公布位数是否一致"]
    made.attrs["title"] = t(
        "Figures of a statistical office, computed again", "统计机构公布数字的复算"
    )
    return made


_HOLDS = {True: ("yes", "是"), False: ("no", "否")}
_UNITS_ZH = {"percent": "%", "ratio": "比值", "euro per year": "欧元/年"}
_ABOUT_RATIO = {
    "exact": ("exact figures, as reported", "精确数，据报告"),
    "about": ("near the quotient", "约为该商"),
    "lower": ("at least the quotient", "不低于该商"),
    "upper": ("at most the quotient", "不高于该商"),
    "none": ("quotient of two bounds: the true ratio may lie on either side",
             "两个界限之商：真值可能偏高或偏低"),
}  # fmt: skip
_BOUND_WORDS_ZH = {"exact": "", "about": "约", "lower": "多于", "upper": "少于"}


def programme_ratios(records, lang="en"):
    """Outputs per worker, per recorded event and per project, as a table to be read.

    Parameters
    ----------
    records : DataFrame
        As the dataset ``programme_outputs``.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        What is divided, by which figures, the quotient, its interval by the convention of
        `povstudy.outputs.printed_range`, and what logic alone says of it. Figures have
        three digits; `povstudy.outputs.output_ratios` has them all.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.tables.programme_ratios(ps.load("programme_outputs"))
    >>> table.loc[table["ratio"] == "person-times per worker", "interval"].item()
    '525 to 733'
    """
    t = words(lang)
    ratios = output_ratios(records)
    short = "{:.3g}".format
    bounds = t({**_BOUND_WORDS, "upper": "under "}, _BOUND_WORDS_ZH)
    rows = []
    for one in ratios.itertuples():
        low, high = short(one.low), short(one.high)
        rows.append(
            {
                "ratio": t(one.what, one.what_zh),
                "programme": t(one.programme, one.programme_zh),
                "place": t(one.place, one.place_zh),
                "period": f"{one.start_year}-{one.end_year}",
                "numerator": f"{bounds[one.numerator_bound]}{one.numerator:,.15g}",
                "denominator": f"{bounds[one.denominator_bound]}{one.denominator:,.15g}",
                "quotient": short(one.quotient),
                "interval": low if low == high else t(f"{low} to {high}", f"{low}至{high}"),
                "by_logic_alone": t(*_ABOUT_RATIO[one.bound]),
            }
        )
    table = pd.DataFrame(rows)
    if lang == "zh":
        table.columns = ["比值", "项目", "地点", "时期", "分子", "分母", "商", "区间", "仅凭逻辑"]
    table.attrs["title"] = t(
        "What was put out for each worker, event and project",
        "每名社工、每次服务、每个项目的产出",
    )
    return table


# The simulation -----------------------------------------------------------------------


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
    return table


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
        Name, meaning, value, range, unit, whether the value was seen in a public source or
        chosen, and the source.

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
            t("seen_or_chosen", "所见或选定"): [
                t(one, {"seen": "所见", "chosen": "选定"}[one]) for one in told_of["basis"]
            ],
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
    >>> found = ps.simulation.calibration_table(households=5_000)
    >>> ps.tables.calibration(found).loc[0, "seen"]
    '0.372'
    """
    t = words(lang)
    need_columns(table, ["seen", "low", "high", "simulated", "std_error", "inside"])
    text = lambda x: "" if pd.isna(x) else f"{x:.3g}"  # noqa: E731
    rows = []
    for name, one in table.iterrows():
        open_range = pd.isna(one["low"])
        inside = "" if open_range else t(*_HOLDS[bool(one["inside"])])
        span = t("{} to {}", "{}至{}").format(text(one["low"]), text(one["high"]))
        rows.append(
            {
                t("target", "目标"): told(name, lang, TARGETS),
                t("seen", "所见"): text(one["seen"]),
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
    return made


def seen_and_true(sim):
    """Poverty and relapse by year: by the register, by the survey, and in truth.

    Parameters
    ----------
    sim : Simulation
        Kept in memory.

    Returns
    -------
    DataFrame
        ``measure year series estimate ci_low ci_high``; shares. ``poverty`` is of all
        households: still listed (the survey's weights say how many live there), below the
        line in the survey, truly below it. ``relapse`` is of households that left the list
        before and are not on it: marked as fallen back by the register, below the line in
        the survey, truly below it. Intervals are of the survey.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.tables.seen_and_true(ps.simulate(households=5_000, years=4))
    >>> sorted(table["series"].unique())
    ['register', 'survey', 'truth']
    """
    panel, register = sim.panel, sim.register
    whole = panel.groupby("year")["weight"].sum().iloc[0]
    line = sim.parameters.loc["line", "value"]
    out, seen_out = _out(register), panel[_out(panel)]
    on_list = register[register["listed"]].groupby("year").size() / whole
    gone = register[out].assign(below=register.loc[out, "income_true"] < line).groupby("year")
    headcount = sim.truth[sim.truth["estimand"] == "headcount"].set_index("year")["value"]
    found = {
        ("poverty", "register"): on_list,
        ("poverty", "truth"): headcount,
        ("relapse", "register"): gone["relapsed"].mean(),
        ("relapse", "truth"): gone["below"].mean(),
    }
    parts = [
        pd.DataFrame({"measure": measure, "year": one.index, "series": series, "estimate": one.values})
        for (measure, series), one in found.items()
    ]  # fmt: skip
    for measure, rows in (("poverty", panel), ("relapse", seen_out)):
        svy = Survey(rows.assign(below=rows["poor"].astype(float)), weight="weight",
                     strata="stratum", psu="psu", status="simulated")  # fmt: skip
        tidy = mean(svy, ["below"], by="year").tidy().dropna(subset=["year"])
        part = tidy[["year", "estimate", "ci_low", "ci_high"]]
        parts.append(part.assign(measure=measure, series="survey"))
    table = pd.concat(parts, ignore_index=True)
    table = table[["measure", "year", "series", "estimate", "ci_low", "ci_high"]]
    table["year"] = table["year"].astype(int)
    table = table.sort_values(["measure", "series", "year"], ignore_index=True)
    table.attrs["source"] = panel.attrs["source"]
    return table


def _out(table):
    """Rows of households that left the list in an earlier year and are not on it."""
    return ~table["listed"] & (table["year"] > table["exit_year"].fillna(9999).astype(int))


def prior_effects(sims, after=3):
    """True effects of each approach under several assumptions about social work.

    Parameters
    ----------
    sims : list or dict of Simulation
        Of one seed, alike but for ``social_work_effect``, or for what the names of a dict say.
    after : int
        Years that a household has stayed out.

    Returns
    -------
    DataFrame
        ``scenario assumed arm measure after value``, the scenario by name or number: ``income`` is the change of log own income while
        helped, ``stayed_out`` the change of the share that left and stayed out, both
        against no help.

    Examples
    --------
    >>> import povstudy as ps
    >>> sims = [ps.simulate(ps.Scenario(social_work_effect=x), households=5_000) for x in (0, 0.1)]
    >>> ps.tables.prior_effects(sims)["assumed"].unique().tolist()
    [0.0, 0.1]
    """
    parts = []
    named = sims if isinstance(sims, dict) else dict(enumerate(sims))
    for scenario, sim in named.items():
        truth, assumed = sim.truth, sim.parameters.loc["social_work_effect", "value"]
        income = truth[truth["estimand"].str.startswith("channel_")].groupby("arm")["value"].sum()
        stayed = truth[(truth["estimand"] == "stayed_out_effect") & (truth["year"] == after)]
        for measure, years, one in (
            ("income", 0, income), ("stayed_out", after, stayed.set_index("arm")["value"]),
        ):  # fmt: skip
            named_by = {"scenario": scenario, "assumed": assumed, "measure": measure}
            found = pd.DataFrame({"arm": one.index, "after": years, "value": one.values})
            parts.append(found.assign(**named_by))
    columns = ["scenario", "assumed", "arm", "measure", "after", "value"]
    table = pd.concat(parts, ignore_index=True)[columns]
    table.attrs["source"] = sim.panel.attrs["source"]
    return table


def naive_and_true(sim, year):
    """What comparing helped and not helped households gives, beside the true effect.

    Parameters
    ----------
    sim : Simulation
        Kept in memory.
    year : int
        Of the comparison.

    Returns
    -------
    DataFrame
        ``arm comparison year estimate ci_low ci_high``, differences of log income between
        households that ever had this help and those that had none by that year: ``all``
        households of the survey, ``listed`` households in that year, and ``change`` of log
        income of listed households since the first year; ``truth`` has no interval.

    Examples
    --------
    >>> import povstudy as ps
    >>> sim = ps.simulate(households=20_000, years=6)
    >>> table = ps.tables.naive_and_true(sim, 2016)
    >>> table["comparison"].unique().tolist()
    ['all', 'listed', 'change', 'truth']
    """
    panel = sim.panel.assign(log_income=np.log(sim.panel["income"].astype(float)))
    first, now = (panel[panel["year"] == one] for one in (panel["year"].min(), year))
    before = first.set_index("household_id")
    began = now["household_id"].map(before["listed"])
    change = now["log_income"] - now["household_id"].map(before["log_income"])
    now = now.assign(change=change, began=began.eq(True), arm=now["approach"].astype(str))
    parts = []
    for name, rows, column in (
        ("all", now, "log_income"), ("listed", now[now["began"]], "log_income"),
        ("change", now[now["began"] & change.notna()], "change"),
    ):  # fmt: skip
        svy = Survey(rows, weight="weight", strata="stratum", psu="psu", status="simulated")
        found = mean(svy, [column], by="arm")
        for arm in _HELPED:
            part = found.contrast("arm", arm, "none").tidy()[["estimate", "ci_low", "ci_high"]]
            parts.append(part.assign(arm=arm, comparison=name))
    true = sim.truth[(sim.truth["estimand"] == "att_log_income") & (sim.truth["year"] == year)]
    true = true.rename(columns={"value": "estimate"})[["arm", "estimate"]]
    table = pd.concat([*parts, true.assign(comparison="truth")], ignore_index=True)
    table = table.assign(year=year)
    table = table[["arm", "comparison", "year", "estimate", "ci_low", "ci_high"]]
    table.attrs["source"] = sim.panel.attrs["source"]
    return table


_HELPED = ("administrative", "social_work", "both")
