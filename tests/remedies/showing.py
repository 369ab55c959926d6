"""Remedies of figures and tables.

For each: where it is raised, what is in scope, the call that is refused, and the call that is made
once the remedy is pasted; where the remedy is an argument, {} stands for it. ``None``: the same call.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

import povstudy as ps

from .measuring import chosen
from .tables import panel

HELP = panel().drop(columns="began")
HELP = HELP.assign(**{
    f"start_{arm}": np.where(HELP["household_id"] % 3 == at, 2014.0, np.nan)
    for at, arm in enumerate(["cash", "casework"])
})  # fmt: skip
EFF = ps.compare(HELP, "income", starts={"cash": "start_cash", "casework": "start_casework"})
RNG = np.random.default_rng(8)
RISK = RNG.beta(1.5, 4, 600).clip(0.01, 0.99)
WATCHED = pd.DataFrame({"risk": RISK, "horizon": 1, "time": 1, "event": RNG.random(600) < RISK}).assign(
    **{f"rule_{one}": one / 10 < RISK for one in range(1, 7)})  # fmt: skip
WATCH = ps.Survey(WATCHED)
PAIRS = ps.Survey(pd.DataFrame({"fifth": [1, 1, 2, 2], "later": [1, 2, 1, 2]}))
MOVED = ps.share(PAIRS, "later", by="fifth").tidy()
DECISION = ps.decision_curve(WATCH, rules=[f"rule_{one}" for one in range(1, 7)]).tidy()
ILL = ps.Survey(pd.DataFrame({"ill": RNG.random(300) < 0.3, "alone": RNG.random(300) < 0.3,
                              "income": RNG.lognormal(8, 1, 300), "place": ["a", "b", "c"] * 100}))  # fmt: skip
BALANCE = pd.DataFrame(
    {"arm": list("abcdefghij"), "covariate": "age", "difference": 0.2, "adjusted": 0.1}
)
BOUNDS = pd.DataFrame({"n": [200, 1000] * 6, "design_effect": np.repeat([1.0, 1.5, 2, 3, 4, 5], 2)})
BOUNDS["upper"] = ps.proportion_interval(0, BOUNDS["n"], design_effect=BOUNDS["design_effect"])[1]
MONITORED = ps.load("relapse_monitoring")
VISITS = pd.DataFrame({"province": ["云南省", "Guizhou"] * 2, "year": [2023] * 2 + [2024] * 2,
                       "visits": ["few", "many", "few", "few"]})  # fmt: skip
SIM = ps.simulate(households=5_000, years=4)
SPELLS = pd.DataFrame({"household_id": range(300), "entry": 0, "exit": RNG.integers(1, 6, 300),
                       "event": RNG.random(300) < 0.5, "assets": RNG.normal(size=300)})  # fmt: skip
FIT = ps.relapse_model("assets", SPELLS)
FOUND = pd.DataFrame({"estimate": [0.0], "ci_low": -1.0, "ci_high": 1.0, "n": 9})
THREE = smf.mnlogit("place ~ assets", SPELLS.assign(place=SPELLS["household_id"] % 3)).fit(disp=0)
TWO = pd.DataFrame({"household_id": [1, 1, 2, 2], "year": [2018, 2020] * 2, "start": [2019, 2019, 0, 0],
                    "income": [900.0, 3000, 1500, 1700]})  # fmt: skip
REGIONS = {"table": ps.load("china_regions")}
INCOMES = {"table": pd.DataFrame({"income": [900.0, 3000, 1500, -7], "weight": [1.0, 2, -1, 1]})}
GOOD = {"table": INCOMES["table"].drop(columns="weight"), "panel": TWO}
SPREAD, MOVES = "ps.figures.income_distribution(table, {})", "ps.figures.two_waves(panel, {})"
SITUATIONS = [
    ("tables/sidebyside.model_table", {"fit": FIT}, 'ps.model_table([fit], below="bracket")',
     "ps.model_table([fit], {})"),
    ("tables/sidebyside._kept", {"fit": FIT}, "ps.model_table([fit], keep=[])", "ps.model_table([fit], {})"),
    ("base/results.conf_int", {"fit": FIT}, "fit.conf_int(0.95)", "fit.conf_int({})"),
    ("tables/fits._of_table", {"model": ps.mean(ps.Survey(SPELLS.assign(model="a")), "assets", by="model")},
     "ps.model_table([model])", "ps.model_table([table])"),
    ("tables/fits._of_statsmodels", {"fit": THREE}, "ps.model_table([fit])", None),
    ("figures/own._in_order", REGIONS, 'ps.figures.regional_poor(table, colour=["red"])', "ps.figures.regional_poor(table, {})"),
    ("figures/own._by_name", REGIONS, 'ps.figures.regional_poor(table, colour={"Wst": "red"})', "ps.figures.regional_poor(table, {})"),
    ("figures/own._by_name", {"table": ps.load("china_incidence")}, 'ps.figures.poor_by_year(table, colour={"pour": "red"})',
     "ps.figures.poor_by_year(table, {})"),
    ("figures/own._colour", REGIONS, 'ps.figures.regional_poor(table, colour="firebrik")', "ps.figures.regional_poor(table, {})"),
    ("figures/own.need_words", REGIONS, 'ps.figures.regional_poor(table, labels=["West"])', "ps.figures.regional_poor(table, {})"),
    ("figures/own.renamed", REGIONS, 'ps.figures.regional_poor(table, labels={"Wst": "W"})', "ps.figures.regional_poor(table, {})"),
    ("figures/style.new_axes", REGIONS, 'ps.figures.regional_poor(table, figsize="singel")', "ps.figures.regional_poor(table, {})"),
    ("figures/style.new_axes", REGIONS, "ps.figures.regional_poor(table, figsize=(0, 4))", "ps.figures.regional_poor(table, {})"),
    ("figures/draw.drawn", REGIONS | {"ax": ps.figures.new_axes()}, "ps.figures.regional_poor(table, ax=ax, figsize=(6, 4))",
     "{}; ps.figures.regional_poor(table, ax=ax)"),
    ("figures/look/rows.look_at", INCOMES, "ps.figures.income_distribution(table)", None),
    ("figures/look/rows.lines_of", GOOD, SPREAD.format('line="low"'), SPREAD),
    ("figures/look/rows.lines_of", GOOD, SPREAD.format('line=ps.relative_line(0.5, by="year")'), SPREAD),
    ("figures/look/rows.__init__", {"table": GOOD["table"].tail(1)}, SPREAD.format("log=True"), SPREAD),
    ("figures/look/incomes.income_distribution", GOOD, SPREAD.format('kind="hist"'), SPREAD),
    ("figures/look/incomes.income_by_group", {"table": GOOD["table"].rename(columns={"income": "y"}).merge(pd.DataFrame({"by": range(30)}), how="cross")},
     'ps.figures.income_by_group(table, "y", by="by")', None),
    ("figures/look/waves._pairs", GOOD, MOVES.format("line=2300, waves=(2018, 2019)"), "ps.figures.two_waves(panel, line=2300, {})"),
    ("figures/look/waves._need_once", {"panel": pd.concat([TWO, TWO])}, MOVES.format("line=2300"), None),
    ("figures/look/waves._line_of", GOOD, MOVES.format("line={2018: 2000}"), MOVES),
    ("figures/look/waves._line_of", GOOD, MOVES.format("line=[2000, 2300]"), MOVES),
    ("figures/look/waves._need_once", {"panel": pd.concat([TWO, TWO])}, "ps.figures.panel_waves(panel)", None),
    ("figures/look/waves._patterns", {"panel": TWO.assign(start=[2018, 2019, 0, 0])},
     'ps.figures.panel_waves(panel, starts={"help": "start"})', None),
    ("figures/look/waves._patterns", {"panel": pd.DataFrame({"household_id": 1, "year": range(1900, 1990)}).query("year % 1 == 0")},
     "ps.figures.panel_waves(panel)", "ps.figures.panel_waves(panel.drop_duplicates(['household_id', 'year']))"),
    ("figures/look/waves.panel_waves", {"panel": TWO.rename(columns={"start": "start_admin"})},
     'ps.figures.panel_waves(panel, starts=["start_admin"])', "ps.figures.panel_waves(panel, {})"),
    ("tables/evidence._check", {"found": {"leaders": FOUND}}, "ps.tables.claims(found)",
     "ps.tables.claims()"),
    ("tables/evidence._check", {"found": {"sessions": pd.concat([FOUND] * 2)}},
     "ps.tables.claims(found)", None),
    ("tables/evidence._check", {"found": {"sessions": FOUND.assign(data_status="simulated")}},
     "ps.tables.claims(found)", None),
    ("figures/finding/audits.no_error_bounds", {"table": BOUNDS}, "ps.figures.no_error_bounds(table)", None),
    ("figures/finding/audits._measures", {"table": ps.load("register_audits").iloc[:1]},
     "ps.figures.exit_audit(table)", None),
    ("base/results._drawn", {"found": ps.poverty(ILL, "income", 3000, by="place")}, 'found.plot(term="gapp")',
     "found.plot({})"),
    ("figures/domains._one_term", {"table": ps.poverty(ILL, "income", 3000, by="place").tidy()},
     'ps.figures.estimates_by_domain(table, by="place")', None),
    ("figures/domains.deprivation_bars",
     {"table": ps.alkire_foster(ILL, ["ill", "alone"], by="place").tidy().query("term == 'H'"), "svy": ILL,
      "indicators": ["ill", "alone"]},
     'ps.figures.deprivation_bars(table, by="place")', None),
    ("figures/look/parts.income_makeup",
     {"table": ps.poverty(ILL, "income", 3000, by="place").tidy(),
      "svy": ps.Survey(pd.DataFrame({"wages": [1, 2], "income": [2, 3], "place": ["a", "b"]}))},
     'ps.figures.income_makeup(table, by="place")', None),
    ("figures/look/parts.waterfall",
     {"table": ps.decompose(ILL, "income", 3000, "place", base="a", value="b").tidy()},
     "ps.figures.waterfall(table)", None),
    ("figures/finding/ranking.roc_curve",
     {"table": ps.auc(ps.Survey(chosen()), "score").tidy().assign(cutoff=1), "svy": ps.Survey(chosen())},
     "ps.figures.roc_curve(table)", None),
    ("figures/effects.love_plot", {"table": BALANCE}, "ps.figures.love_plot(table)", None),
    ("figures/effects._refuse_one_arm_only", {"table": EFF.event_study("cash", "casework")},
     "ps.figures.event_study(table)", "{}"),
    ("figures/effects.arm_difference", {"table": EFF.event_study(), "eff": EFF},
     "ps.figures.arm_difference(table)", None),
    ("figures/ratios.hazard_ratios", {"table": FIT.hazard_ratios().drop(columns="hazard_ratio"), "fit": FIT},
     "ps.figures.hazard_ratios(table)", None),
    ("figures/lessons._rows", {"table": ps.lessons.seen_and_true(SIM)},
     'ps.figures.seen_and_true(table, measure="relapses")', "ps.figures.seen_and_true(table, {})"),
    ("figures/look/tiles._code", {"table": VISITS.replace({"Guizhou": "Guizou"})},
     'ps.figures.tile_map(table, "visits", by="year")', None),
    ("figures/look/tiles._code", {"table": VISITS.replace({"Guizhou": "Atlantis"})},
     'ps.figures.tile_map(table, "visits", by="year")', None),
    ("figures/look/tiles._rows", {"table": VISITS},
     'ps.figures.tile_map(table, "visits")', 'ps.figures.tile_map(table, "visits", {})'),
    ("figures/look/tiles._rows", {"table": pd.concat([VISITS, VISITS])},
     'ps.figures.tile_map(table, "visits", by="year")', None),
    ("tables/records.register_review", {"audits": ps.load("register_audits").query("measure != 'added'")},
     "ps.tables.register_review(audits)", None),
    ("figures/programmes.monitored_households", {"table": MONITORED},
     'ps.figures.monitored_households(table, place="Lijiang")',
     "ps.figures.monitored_households(table, {})"),
    ("figures/finding/contest.targeting_contest", {
        "svy": ps.Survey(chosen()), "rules": {"formula": "score"}, "table": ps.targeting_contest(
            ps.Survey(chosen()), {"formula": "score"}, poor="poor", coverage=0.3).band()},
     "ps.figures.targeting_contest(table)", None),
    ("figures/look/waves.mobility", {"table": pd.concat([MOVED, MOVED]), "pairs": PAIRS},
     "ps.figures.mobility(table)", None),
    ("figures/finding/targeting.calibration_curve", {"table": DECISION.assign(group=range(len(DECISION))),
                                             "svy": WATCH},
     "ps.figures.calibration_curve(table)", None),
    ("figures/finding/targeting.decision_curve", {"table": DECISION},
     'ps.figures.decision_curve(table[table["strategy"] < "rule_4"], model="risks")',
     'ps.figures.decision_curve(table[table["strategy"] < "rule_4"], {})'),
    ("figures/finding/targeting.decision_curve", {"table": DECISION}, "ps.figures.decision_curve(table)", None),
    ("tables/records.world_bank_check",
     {"world_bank": pd.DataFrame({"year": [2015], "entity_code": ["IND"], "value": [5.7]}),
      "ps": SimpleNamespace(tables=ps.tables, load=lambda name: pd.DataFrame(
          {"year": [2015], "entity_code": ["CHN"], "value": [5.7]}))},
     "ps.tables.world_bank_check(world_bank)", None),
    ("tables/simulated.mechanisms", {"sim": SIM, "table": SIM.truth.reset_index(drop=True).iloc[:].copy()},
     "table.attrs.clear(); ps.tables.mechanisms(table)", "{}"),
]  # fmt: skip
