"""Checks of the essay's figures, of identities, of the World Bank's series; ratios of output."""

import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import words
from ..base.status import handed_on
from ..sources.catalogue import load
from ..sources.outputs import output_ratios
from ..sources.series import one_standard

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
    return handed_on(table, essay)


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
    return handed_on(table, exits)


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
    return handed_on(table, world_bank)


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
        `povstudy.printed_range`, and what logic alone says of it. Figures have
        three digits; `povstudy.output_ratios` has them all.

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
    return handed_on(table, records)
