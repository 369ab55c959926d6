"""The truth of each estimand: the same random numbers under other help.

Sums and counts are kept, block by block; `truth_table` divides them in the end. Every effect
compares a household with itself: nothing is estimated.
"""

from collections import defaultdict

import numpy as np
import pandas as pd
from scipy import special

from .incomes import asset_buffer, illness_risks
from .mechanisms import APPROACHES, CHANNELS, cost, helpers, relocation_chance, village_sums

ARMS = APPROACHES[1:]
HORIZON = 5  # years after exit that are told

_DIRECT = "direct, marginal: households that both assessors list, villages with any help, which starts in the year of its first; "
DEFINITIONS = {
    "headcount": "share of all households truly below the line, as things went",
    "headcount_lasting": "share of all households with lasting income below the line in the first year",
    "mean_log_income": "mean true log income of all households, as things went",
    "inclusion_error": "share of listed households whose lasting income is not below the line; arm is the assessor, all villages",
    "exclusion_error": "share of households with lasting income below the line that are not listed; arm is the assessor, all villages",
    "third_party_gain_exclusion": "exclusion error of cadres minus that of a third party",
    "effect_log_income": _DIRECT + "true log income under the arm minus under no help",
    "effect_poverty": _DIRECT + "share truly below the line under the arm minus under no help",
    "att_log_income": "direct, marginal: listed households of villages with this help in the end; as things went minus no help, by calendar year",
    "att_log_income_helped": "direct, marginal: listed households whose last help by this year was of this kind; as things went minus no help, by calendar year",
    "att_log_income_since_start": "as att_log_income, by years since help began in the village (0 is the first year)",
    "total_log_income": "total, marginal: all with lasting income below the line in the first year, villages with any help; each arm with its own list, minus no help with the list of cadres",
    "poverty_free_years": "total, marginal: of the same households, mean number of years truly above the line, on the list or not",
    "poverty_free_years_effect": "poverty_free_years under the arm minus under no help",
    "stayed_out": "total, marginal: of the same households, share that left the list early enough for the first time and was truly above the line in each of the next years (year is how many)",
    "stayed_out_effect": "stayed_out under the arm minus under no help",
    "hazard_marginal": _DIRECT + "share truly below the line in this year after first exit, of those not below since exit; everyone of them who left under the arm",
    "hazard_ratio_marginal": "hazard_marginal under the arm over under no help",
    "hazard_ratio_conditional": "direct, conditional on lasting income and illness: ratio of complementary log-log hazards of being below the line in the first year after exit, given lasting income of that year (long illness is in it) and illness at the exit, both of the exit without help, at usual prices and without disaster; households that leave under every arm, by help or before it, geometric mean weighted by the hazard without help",
    "channel_": "direct: change of log own income while helped that goes through this channel, villages with any help",
    "stays_administrative": "direct: change of log own income in the year after withdrawal of administrative help",
    "stays": "direct: change of log own income in the year after withdrawal",
    "transfer_while_helped": "transfers by the programme, yuan per person and year, of those helped",
    "transfer_share_at_exit": "share of transfers in reported income at first exit",
    "moved_reports": "share of first exits whose report was moved above the line, as things went",
    "deadline_exits": "share of first exits in the deadline year of the county, as things went",
    "false_exits": "share of first exits with true income below the line, as things went",
    "register_relapse": "falls seen by the register, per household and year out, as things went",
    "true_relapse": "households and years out that are truly below the line, share, as things went",
    "complaint_rate": "complaints per year of poor households left out in villages with help, as things went",
    "relocation_gap": "chance to be moved of listed households with assets above the mean minus those below, mountain villages",
    "cost_per_household": "spending on helpers per year and household listed in the first year, villages with help, yuan",
}  # fmt: skip


class Tally(defaultdict):
    """Sums and counts by ``(estimand, arm, year)``; tallies of blocks add up.

    Examples
    --------
    >>> from povstudy.simulation.world.truth import Tally
    >>> tally = Tally()
    >>> tally.mean("headcount", "", 2012, [True, False])
    >>> tally["headcount", "", 2012].tolist()
    [1.0, 2.0]
    """

    def __init__(self):
        """Start empty."""
        super().__init__(_zero)

    def mean(self, estimand, arm, year, values):
        """Add the values of a mean."""
        values = np.asarray(values)
        self.add(estimand, arm, year, values.sum(dtype=np.float64), values.size)

    def add(self, estimand, arm, year, total, count):
        """Add a sum and what it is divided by."""
        self[estimand, arm, year] += (float(total), float(count))

    def join(self, other):
        """Add the sums of another block."""
        for key, (total, count) in other.items():
            self.add(*key, total, count)


def _zero():
    return np.zeros(2)


def tally_effects(tally, runs, direct, total, first_year, line):
    """Effects by arm and year: on the households that every arm lists, and on all poor.

    Parameters
    ----------
    tally : Tally
        Changed.
    runs : list of Followed
        Under each of ``APPROACHES``.
    direct, total : ndarray of bool
        Listed by both assessors; poor in the first year. In villages with any help.
    first_year : int
        Calendar year of the first row.
    line : float
        Poverty line.
    """
    logs = [np.log(run.income, dtype=float) for run in runs]
    for arm, name in enumerate(APPROACHES):
        run = runs[arm]
        for year in range(len(run.income)):
            if arm:
                change, calendar = logs[arm][year] - logs[0][year], first_year + year
                tally.mean("effect_log_income", name, calendar, change[direct])
                tally.mean("total_log_income", name, calendar, change[total])
        if arm:
            poor = (run.income < line).astype(np.int8)
            poor -= runs[0].income < line
            for year, row in enumerate(poor):
                tally.mean("effect_poverty", name, first_year + year, row[direct])
        free = (run.income >= line).sum(axis=0)
        tally.mean("poverty_free_years", name, 0, free[total])
        _tally_exits(tally, run, name, direct, total, line)


def _tally_exits(tally, run, name, direct, total, line):
    """Staying out, and the marginal hazard, by years after the first exit."""
    years, count = run.income.shape
    every, above = np.arange(count), run.income >= line
    stays = run.left >= 0
    for after in range(1, min(HORIZON, years - 2) + 1):
        at = run.left + after
        seen = stays & (at < years)  # not below since exit, and observed
        fine = above[np.minimum(at, years - 1), every]
        tally.mean("hazard_marginal", name, after, ~fine[seen & direct])
        stays = seen & fine
        tally.mean("stayed_out", name, after, stays[total])


def tally_conditional(tally, block, direct):
    """Ratio of hazards at the same lasting income and illness, in the first year after exit.

    Parameters
    ----------
    tally : Tally
        Changed.
    block : Block
        As simulated.
    direct : ndarray of bool
        Households that count.
    """
    scenario, runs = block.scenario, block.runs
    same = direct.copy()
    for run in runs:
        same &= (run.left >= 0) & (run.left < block.years - 1)
    same = np.flatnonzero(same)
    if scenario.transitory_sd < 1e-3:
        return
    at, who = runs[0].left[same], block.chosen[same]
    # Long illness of the year is in lasting income; the chance of a short one beside it:
    short, long = illness_risks(scenario, block.folk.ill[who])
    before, now = block.lost.ill[at, who], block.lost.ill[at + 1, who]
    chance = np.select(
        [now == 2, before == 0, before == 1], [0, short / (1 - long), scenario.illness_stays], 0
    )
    loss = scenario.illness_loss * asset_buffer(scenario, block.folk.assets[who])
    bar = np.log(scenario.line - scenario.other_transfer) - block.lasting[at + 1, who]
    hazards = []
    for arm, run in enumerate(runs):
        ever = run.approach[run.left[same], same] > 0  # helped before it left
        reach = bar - block.stays[arm][same] * ever
        well, ill = (special.ndtr(x / scenario.transitory_sd) for x in (reach, reach + loss))
        hazards.append(np.clip((1 - chance) * well + chance * ill, 1e-12, 1 - 1e-12))
    logs = np.log(-np.log1p(-np.array(hazards)))
    for arm in range(1, len(runs)):
        ratio = hazards[0] @ (logs[arm] - logs[0])
        tally.add("hazard_ratio_conditional", APPROACHES[arm], 1, ratio, hazards[0].sum())


def tally_listing(tally, lists, poor):
    """Errors of each assessor against lasting income in the first year."""
    for name, listed in zip(("cadre", "third_party"), lists, strict=True):
        tally.mean("inclusion_error", name, 0, ~poor[listed])
        tally.mean("exclusion_error", name, 0, ~listed[poor])


def tally_register(tally, run, deadline, line):
    """What the register does as things went, beside what is true."""
    gone = np.flatnonzero(run.left >= 0)
    at = run.left[gone]
    tally.mean("moved_reports", "", 0, run.moved[at, gone])
    tally.mean("deadline_exits", "", 0, deadline[gone] == at)
    tally.mean("false_exits", "", 0, run.income[at, gone] < line)
    transfers = run.income[at, gone] - run.own[at, gone]
    tally.mean("transfer_share_at_exit", "", 0, transfers / run.reported[at, gone])
    for year in range(len(run.income)):
        out = ~run.listed[year] & (run.left >= 0) & (run.left < year)
        tally.add("register_relapse", "", 0, run.relapsed[year].sum(), out.sum())
        tally.add("true_relapse", "", 0, (run.income[year] < line)[out].sum(), out.sum())


def truth_table(tally):
    """Divide the sums and say what each row is.

    Parameters
    ----------
    tally : Tally
        Of all blocks.

    Returns
    -------
    DataFrame
        ``estimand arm year value definition``; year is a calendar year, or years after start or
        exit, or 0 where there is none.
    """
    values = {key: total / count for key, (total, count) in tally.items() if count > 0}
    for estimand, arm, year in list(values):
        if estimand == "hazard_ratio_conditional":
            values[estimand, arm, year] = np.exp(values[estimand, arm, year])
        none = values.get((estimand, "none", year))
        if arm in ARMS and estimand in ("poverty_free_years", "stayed_out"):
            values[f"{estimand}_effect", arm, year] = values[estimand, arm, year] - none
        if arm in ARMS and estimand == "hazard_marginal" and none:
            values["hazard_ratio_marginal", arm, year] = values[estimand, arm, year] / none
        if estimand == "exclusion_error" and arm == "third_party":
            gain = values[estimand, "cadre", year] - values[estimand, arm, year]
            values["third_party_gain_exclusion", "", year] = gain
    order = {name: place for place, name in enumerate(DEFINITIONS)}
    rows = [
        (estimand, arm, int(year), float(value), _definition(estimand))
        for (estimand, arm, year), value in values.items()
    ]
    rows.sort(key=lambda row: (order.get(row[0], order["channel_"]), row[0], row[1], row[2]))
    return pd.DataFrame(rows, columns=["estimand", "arm", "year", "value", "definition"])


def _definition(estimand):
    if estimand.removeprefix("channel_") in CHANNELS and estimand.startswith("channel_"):
        return DEFINITIONS["channel_"]
    return DEFINITIONS[estimand]


def tally_actual(tally, block, actual, alone):
    """Effects of help as things went, and headcounts of all households.

    Parameters
    ----------
    tally : Tally
        Changed.
    block : Block
        As simulated.
    actual, alone : ndarray, years x chosen households
        True log income as things went and without help.
    """
    scenario, first = block.scenario, block.scenario.first_year
    starts = [start[block.village] for start in block.starts]
    final = block.states[0][-1][block.village]
    begin = np.minimum(*starts)
    listed = block.listed[block.chosen]
    for arm in range(1, len(APPROACHES)):
        mine = np.flatnonzero(listed & (final == arm))
        for year in range(block.years):
            had = listed & (block.actual.approach[year] == arm)
            tally.mean("att_log_income_helped", APPROACHES[arm], first + year,
                       (actual[year] - alone[year])[had])  # fmt: skip
            change = actual[year, mine] - alone[year, mine]
            tally.mean("att_log_income", APPROACHES[arm], first + year, change)
            since = year - begin[mine]
            for age in range(block.years - scenario.first_start):
                tally.mean("att_log_income_since_start", APPROACHES[arm], age, change[since == age])
    for year in range(block.years):
        income = block.income(year)
        tally.mean("headcount", "", first + year, income < scenario.line)
        tally.mean("mean_log_income", "", first + year, np.log(income, dtype=float))
    tally.mean("headcount_lasting", "", first, block.poor)


def tally_channels(tally, block, direct):
    """What each mechanism does, on the households that both assessors list."""
    scenario = block.scenario
    loads = {third: village_sums(block.lists[third]) for third in (0, 1)}
    for arm in range(1, len(APPROACHES)):
        name = APPROACHES[arm]
        for channel, values in block.channels[arm].items():
            tally.mean(f"channel_{channel}", name, 0, values[direct])
        tally.mean(
            "stays_administrative" if arm == 1 else "stays", name, 0, block.stays[arm][direct]
        )
        run = block.runs[arm]
        paid = run.income - run.own - np.float32(scenario.other_transfer)
        tally.mean("transfer_while_helped", name, 0, paid[run.helped])
        load = loads[int(arm > 1)][block.any_help]
        spent = helpers(scenario, arm) * cost(scenario, arm) * len(load)
        tally.add("cost_per_household", name, 0, spent, load.sum())
    left_out = block.poor[block.chosen] & ~block.listed[block.chosen]
    complaints, helped = block.complaints(), block.states[0][:, block.village] > 0
    tally.mean("complaint_rate", "", 0, complaints[left_out & helped])
    assets = block.folk.assets[block.chosen]
    there = block.listed[block.chosen] & (block.where.region[block.village] == 2)
    chance = np.minimum(relocation_chance(scenario, assets), 1)
    high, low = chance[there & (assets > 0)], chance[there & (assets <= 0)]
    if len(high) and len(low):
        tally.add("relocation_gap", "", 0, (high.mean() - low.mean()) * len(high), len(high))
