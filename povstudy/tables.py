"""Tables that set figures side by side and say whether they agree.

Each takes ``lang=`` and returns a plain DataFrame with the words of that language; the
numbers are computed from the datasets, never typed in.
"""

import pandas as pd

from .errors import DataError
from .lines import implied_population, one_standard
from .sources import load
from .style import words

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
            continue  # the list that F20 is checked with
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
    table.attrs["title"] = t("Every figure of the essay, checked", "文中全部数字的核对")
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
    same = ("equals the official series", "与官方序列一致")
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
    # 700 million: poor of 1978 at the 2010 standard, from its rate and the rural
    # population that the 1978 standard implies; in 100 million persons.
    rural = implied_population(old.reset_index()).set_index("year")["population_10k"]
    since_1978 = (rate[1978] / 100 * rural[1978] - poor[2014]) / 1e4
    claimed = value["F6", "fall"]
    limit = old["poor_population_10k"][1985] / 1e4
    holds = abs(since_1978 - claimed) <= _TOLERANCE * claimed
    rules["F6", "fall"] = (
        f"{since_1978:.1f}",
        "condition" if holds else "differs",
        f"counted from 1978 at the 2010 standard ({rate[1978]:g} % of some {rural[1978]:,.0f} "
        f"× 10,000 rural people, down to {poor[2014]:,.0f}); not from the mid-1980s as the essay "
        f"has it: at the 1978 standard all the poor of 1985 were {limit:.2f} × 100 million, and the "
        "tables hold no count of 1985 at the 2010 standard",
        f"按2010年标准、自1978年起算（农村约{rural[1978]:,.0f}万人的{rate[1978]:g}%，降至"
        f"{poor[2014]:,.0f}万人）；并非文中所说的上世纪80年代中期：按1978年标准，1985年贫困人口总共"
        f"{limit:.2f}亿人；数据表中没有1985年按2010年标准的人数",
    )
    needed = poor[2015] / 5
    ok = needed > value["F7", "yearly_fall"]
    rules["F7", "yearly_fall"] = (
        f"{needed:,.0f}",
        "holds" if ok else "differs",
        f"a target, not a result: {poor[2015]:,.0f} poor in five years are {needed:,.0f} a year",
        f"为目标而非结果：{poor[2015]:,.0f}万人分五年，每年{needed:,.0f}万人",
    )
    return rules


def _implied_rules(essay):
    """F8 to F20: nothing independent to check with; what the figures imply instead."""
    value = essay.set_index(["id", "measure"])["value"]
    sent, planned = value["F13", "workers_sent"], value["F9", "workers_sent"]
    trained, to_train = value["F18", "workers_trained"], value["F10", "workers_trained"]
    contacts = value["F17", "beneficiaries"] * 1e4
    events = {
        key: value[key]
        for key in (("F14", "casework"), ("F15", "group_work"), ("F16", "community_work"))
    }
    per_event = contacts / sum(events.values())
    plan = ("a plan, known only through the essay", "为计划，仅见于该文")
    lost = ("the essay's source note is lost", "文中注释缺失")
    reasons = {
        ("F8", "team_members"): ("given in words, without a source", "仅有文字表述，无来源"),
        ("F9", "workers_sent"): plan,
        ("F10", "workers_trained"): plan,
        ("F11", "purchase_spend"): lost,
        ("F12", "provinces"): lost,
        ("F12", "counties"): lost,
        ("F13", "workers_sent"): (
            f"{lost[0]}; it is {sent / planned:g} yearly cohorts of the plan (2013-15), or "
            f"{sent / (4 * planned):.0%} of four (2012-15)",
            f"{lost[1]}；相当于计划的{sent / planned:g}个年度（2013-15年），或四个年度（2012-15年）的"
            f"{sent / (4 * planned):.0%}",
        ),
        ("F17", "beneficiaries"): (
            f"{lost[0]}; {per_event:.0f} person-times for each recorded event and "
            f"{contacts / sent:.0f} for each worker: not contact of the depth of casework",
            f"{lost[1]}；每次活动{per_event:.0f}人次，每名社工{contacts / sent:.0f}人次："
            "不可能是个案深度的接触",
        ),
        ("F18", "workers_trained"): (
            f"{lost[0]}; {trained / (3 * to_train):.1f} times the plan of three years, "
            f"{trained / (4 * to_train):.1f} times that of four",
            f"{lost[1]}；为三年计划的{trained / (3 * to_train):.1f}倍，四年计划的"
            f"{trained / (4 * to_train):.1f}倍",
        ),
        ("F19", "ministries"): ("no list of the bodies at hand", "手头无部委名单"),
    }
    for key, count in events.items():
        reasons[key] = (
            f"{lost[0]}; {count / sent:.1f} for each worker sent",
            f"{lost[1]}；平均每名社工{count / sent:.1f}次",
        )
    rules = {key: ("", "uncheckable", *reason) for key, reason in reasons.items()}
    listed = value["F20", "groups_listed"]
    rules["F20", "groups_stated"] = (
        f"{listed:g}",
        "holds" if listed == value["F20", "groups_stated"] else "differs",
        f"the essay's own list names {listed:g}",
        f"文中实际列出{listed:g}类",
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
    essay = load("essay_figures").set_index("id")["value"]
    exits, regions, place = load("county_exits"), load("china_regions"), load("relapse_monitoring")
    rows = [
        (t("fall of 2015 (10,000 persons)", "2015年减少（万人）"), essay["F3"], poor[2014] - poor[2015]),
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
    table.attrs["title"] = t("Sums and differences that must hold", "必须成立的和与差")
    return table


_TOTALS = {"monitored": "监测对象", "risk_removed": "风险已消除", "risk_not_removed": "风险未消除"}


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
        ``year``, official and World Bank incidence in percent, and their difference, for
        the years that both have.

    Examples
    --------
    >>> import pandas as pd
    >>> import povstudy as ps
    >>> mine = pd.DataFrame({"year": [2015], "entity_code": ["CHN"], "value": [5.7]})
    >>> ps.tables.world_bank_check(mine)["difference"].item()
    0.0
    """
    theirs = world_bank[world_bank["entity_code"] == country].set_index("year")["value"]
    if theirs.empty:
        raise DataError(f"The World Bank table has no rows for {country!r}.", remedy='"CHN"')
    ours = one_standard(load("china_incidence"), standard).set_index("year")["incidence_percent"]
    both = pd.DataFrame({"official": ours, "world_bank": theirs}).dropna()
    both["difference"] = both["world_bank"] - both["official"]
    table = both.rename_axis("year").reset_index()
    if lang == "zh":
        table.columns = ["年份", "官方（%）", "世界银行（%）", "差"]
    table.attrs["title"] = words(lang)(
        "The World Bank republishes the official series", "世界银行转载官方序列"
    )
    return table
