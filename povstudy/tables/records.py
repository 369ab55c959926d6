"""Checks of the essay's figures, of identities, of the World Bank's series; ratios of output."""

import pandas as pd

from ..base.checks import need_columns
from ..base.errors import DataError
from ..base.language import headed, in_words, words
from ..base.status import handed_on
from ..sources.catalogue import load
from ..sources.outputs import output_ratios
from ..sources.series import implied_population as implied_range
from ..sources.series import one_standard

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
    t, essay = words(lang), load("essay_figures")
    rules = _official_rules(essay, lang) | _implied_rules(essay, lang)
    verdicts, units = in_words("verdict", lang), in_words("printed_unit", lang)
    bounds = in_words("printed_bound", lang)
    rows = []
    for one in essay.itertuples():
        if (one.id, one.measure) not in rules:
            continue  # not of the essay: what its figures are compared with
        computed, verdict, reason = rules[one.id, one.measure]
        said = one.note
        if pd.notna(one.value):
            said = f"{bounds[one.bound].format(f'{one.value:,g}')} {units[one.unit]}"
        rows.append({
            "figure": one.id, "what": t(one.what, one.what_zh), "period": t(one.period, one.period_zh),
            "essay": t(said, one.printed), "computed": computed, "verdict": verdicts[verdict],
            "reason": reason,
        })  # fmt: skip
    return handed_on(headed(pd.DataFrame(rows), "essay_check", lang), essay)


def _official_rules(essay, lang):
    """F1 to F7: figures that the official series can confirm or not."""
    value = essay.set_index(["id", "measure"])["value"]
    series = load("china_incidence")
    now = one_standard(series, "2010").set_index("year")
    old = one_standard(series, "1978").set_index("year")
    poor, rate = now["poor_population_10k"], now["incidence_percent"]
    say = in_words("essay_reason", lang)

    rules = {}
    for key, computed in {
        ("F1", "poor_population"): poor[2014], ("F2", "poor_population"): poor[2015],
        ("F3", "fall"): poor[2014] - poor[2015],
        ("F4", "incidence"): rate[2014], ("F5", "incidence"): rate[2015],
    }.items():  # fmt: skip
        ok = computed == value[key]
        rules[key] = f"{computed:g}", "holds" if ok else "differs", say["same" if ok else "other"]
    since_1978 = value["F6", "poor_1978"] - poor[2014] / 1e4  # 100 million persons
    claimed, limit = value["F6", "fall"], old["poor_population_10k"][1985] / 1e4
    close = abs(since_1978 - claimed) <= _TOLERANCE * claimed
    reason = say["F6"].format(of_1978=value["F6", "poor_1978"], of_2014=poor[2014], of_1985=limit)
    rules["F6", "fall"] = f"{since_1978:.1f}", "condition" if close else "differs", reason
    needed = poor[2015] / 5
    ok = needed > value["F7", "yearly_fall"]
    reason = say["F7"].format(poor=poor[2015], needed=needed)
    rules["F7", "yearly_fall"] = f"{needed:,.0f}", "holds" if ok else "differs", reason
    return rules


def _implied_rules(essay, lang):
    """F8 to F20: nothing independent to check with; what the figures imply instead."""
    value = essay.set_index(["id", "measure"])["value"]
    sent, planned = value["F13", "workers_sent"], value["F9", "workers_sent"]
    trained, to_train = value["F18", "workers_trained"], value["F10", "workers_trained"]
    contacts, seen = value["F17", "beneficiaries"] * 1e4, value["F8", "team_members_2017"]
    kinds = ("F14", "casework"), ("F15", "group_work"), ("F16", "community_work")
    events = {key: value[key] for key in kinds}
    per_event = contacts / sum(events.values())
    say = in_words("essay_reason", lang)
    reasons = {
        ("F8", "team_members"): say["F8"].format(seen=seen),
        ("F9", "workers_sent"): say["plan"], ("F10", "workers_trained"): say["plan"],
        **dict.fromkeys((("F11", "purchase_spend"), ("F12", "provinces"), ("F12", "counties")), say["lost"]),
        ("F13", "workers_sent"): say["F13"].format(cohorts=sent / planned, share=sent / (4 * planned)),
        ("F17", "beneficiaries"): say["F17"].format(per_event=per_event, per_worker=contacts / sent),
        ("F18", "workers_trained"): say["F18"].format(three=trained / (3 * to_train),
                                                      four=trained / (4 * to_train)),
        ("F19", "ministries"): say["F19"],
    }  # fmt: skip
    for key, count in events.items():
        reasons[key] = say["event"].format(per_worker=count / sent)
    rules = {key: ("", "uncheckable", reason) for key, reason in reasons.items()}
    listed = value["F20", "groups_listed"]
    same = "holds" if listed == value["F20", "groups_stated"] else "uncheckable"
    return rules | {
        ("F20", "groups_stated"): (f"{listed:g}", same, say["F20"].format(listed=listed))
    }


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
    say, units = in_words("identity", lang), in_words("unit", lang)
    poor = one_standard(load("china_incidence"), "2010").set_index("year")["poor_population_10k"]
    exits, regions, place = load("county_exits"), load("china_regions"), load("relapse_monitoring")
    total = exits["cumulative_counties"].iloc[-1]
    rows = [
        (say["counties_out"], total, exits["counties"].sum()),
        (say["counties_listed"], total,
         exits["counties"].iloc[0] + exits["remaining_counties"].iloc[0]),
    ]  # fmt: skip
    main = regions[regions["area"].isin(["East", "Central", "West"])]
    for year, one in main.groupby("year"):
        if len(one) == 3:
            of_regions = one["poor_population_10k"].sum()
            rows.append((say["regions"].format(year=year), poor[year], of_regions))
    city = place[place["place"] == "Baoshan, Yunnan"].set_index(["unit", "measure"])["value"]
    for unit in ("households", "persons"):
        types = ("unstable_exited", "marginal", "sudden_hardship")
        for all_types in ("monitored_total", "risk_removed_total", "risk_not_removed_total"):
            of_types = [city[unit, all_types.replace("total", one)] for one in types]
            text = say[all_types].format(unit=units[unit])
            rows.append((text, city[unit, all_types], sum(of_types)))
        removed, left = city[unit, "risk_removed_total"], city[unit, "risk_not_removed_total"]
        text = say["removed_or_not"].format(unit=units[unit])
        rows.append((text, city[unit, "monitored_total"], removed + left))
    share = city["persons", "risk_removed_total"] / city["persons", "monitored_total"] * 100
    rows.append((say["share_removed"], city["percent", "risk_removed_share"], round(share, 2)))
    table = pd.DataFrame(rows, columns=["check", "published", "computed"])
    table["difference"] = table["computed"] - table["published"]
    return handed_on(headed(table, "identities", lang), exits)


def implied_population(incidence, lang="en"):
    """Rural registered population that each count and rate imply, as a table to be read.

    Parameters
    ----------
    incidence : DataFrame
        As the dataset ``china_incidence``.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        Standard and year, the two published figures, the population that they imply and the
        range that rounding leaves, in 10,000 persons; `povstudy.implied_population` has all digits.

    Examples
    --------
    >>> import povstudy as ps
    >>> table = ps.tables.implied_population(ps.load("china_incidence"))
    >>> table.loc[table["year"] == 2015, ["low, × 10,000", "high, × 10,000"]].values.tolist()
    [[96948, 98681]]
    """
    implied = implied_range(incidence)
    rows = implied.merge(incidence[[*_IMPLIED[:4]]], on=["standard", "year"])[[*_IMPLIED]]
    rows = rows.sort_values(["standard", "year"], ignore_index=True)
    whole = list(_IMPLIED[4:])
    rows[whole] = rows[whole].round().astype("Int64")
    return handed_on(headed(rows, "implied_population", lang), incidence)


_IMPLIED = ("standard", "year", "poor_population_10k", "incidence_percent", "population_10k",
            "low_10k", "high_10k")  # fmt: skip


def world_bank_check(world_bank, *, lang="en"):
    """Set the official incidence beside the World Bank's series, which republishes it.

    Parameters
    ----------
    world_bank : DataFrame
        The dataset ``world_bank``: columns ``year``, ``entity_code``, ``value``.
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
    read_in = in_words("read_in", lang)
    need_columns(world_bank, ["year", "entity_code", "value"])
    theirs = world_bank[world_bank["entity_code"] == "CHN"].set_index("year")["value"]
    if theirs.empty:
        raise DataError("The World Bank table has no rows for 'CHN'.",
                        remedy='world_bank = ps.load("world_bank")')  # fmt: skip
    ours = one_standard(load("china_incidence"), "2010").set_index("year")
    both = pd.DataFrame({"official": ours["incidence_percent"], "world_bank": theirs}).dropna()
    both["difference"] = both["world_bank"] - both["official"]
    # Where we read the official figure in the World Bank's series, equality says nothing.
    both["official_read_in"] = ours["incidence_status"].map(lambda one: read_in.get(one, one))
    return handed_on(
        headed(both.rename_axis("year").reset_index(), "world_bank_check", lang), world_bank
    )


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
    bounds, about = in_words("printed_bound", lang), in_words("ratio_bound", lang)
    span = in_words("estimates_table", lang)["range"].format
    rows = []
    for one in ratios.itertuples():
        low, high = short(one.low), short(one.high)
        rows.append({
            "ratio": t(one.what, one.what_zh), "programme": t(one.programme, one.programme_zh),
            "place": t(one.place, one.place_zh), "period": f"{one.start_year}-{one.end_year}",
            "numerator": bounds[one.numerator_bound].format(f"{one.numerator:,.15g}"),
            "denominator": bounds[one.denominator_bound].format(f"{one.denominator:,.15g}"),
            "quotient": short(one.quotient), "interval": low if low == high else span(low, high),
            "by_logic_alone": about[one.bound],
        })  # fmt: skip
    return handed_on(headed(pd.DataFrame(rows), "programme_ratios", lang), records)


def register_review(audits, lang="en"):
    """Persons whom the review of 2015-16 took off the poverty register and put on it.

    Parameters
    ----------
    audits : DataFrame
        As the dataset ``register_audits``.
    lang : {"en", "zh"}
        Language of the words.

    Returns
    -------
    DataFrame
        Taken off, put on, and the change, in 10,000 persons, and what each tells. They are
        counts of corrections, not of all errors: no rate follows.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.tables.register_review(ps.load("register_audits"))["persons, × 10,000"].tolist()
    [-929, 807, -122]
    """
    say = in_words("review", lang)
    need_columns(audits, ["event", "measure", "value"])
    value = audits[audits["event"] == "register_review_2015_16"].set_index("measure")["value"]
    lacking = [one for one in ("removed", "added") if one not in value]
    if lacking:
        raise DataError(f"The review has no row for {lacking[0]}.", where="column measure",
                        found=", ".join(value.index) or "no review",
                        remedy='audits = ps.load("register_audits")')  # fmt: skip
    removed, added = int(value["removed"]), int(value["added"])
    rows = [(say["removed"], -removed, say["listed_wrongly"]), (say["added"], added, say["left_out"]),
            (say["change"], added - removed, say["no_rate"])]  # fmt: skip
    table = pd.DataFrame(rows, columns=["flow", "persons", "meaning"])
    return handed_on(headed(table, "register_review", lang), audits)
