"""What help does and how it errs: one small function for each mechanism, with its claim.

Names of claims are those of ``ps.load("hypotheses")``. A function says what the simulation
assumes if the claim holds; it is no evidence that it does. What help does is a change of log
own income; `help_effects` adds up its channels.
"""

import numpy as np
from scipy import special

from .people import CAUSES, HOUSEHOLDS, MEASURES, NEVER, REGION_STEP, REGIONS, exp

APPROACHES = ("none", "administrative", "social_work", "both")
DOSE = (0.0, 0.0, 1.0, 0.5)  # of social work in each approach; spending is the same
CHANNELS = (
    "administrative", "inside_resources", "attention", "fit", "outside_resources", "staying",
    "pathway", "dependency",
)  # fmt: skip
REACH = (0.5, 1.5)  # factors of the effect by caseload; nobody has seen more or less
_F = np.float32


def start_years(rng, scenario, effect):
    """When administrative help and social work start in each village; poor villages first.

    Parameters
    ----------
    rng : Generator
        Stream ``help``.
    scenario : Scenario
        Active; ``selection`` is the correlation of poverty with getting help.
    effect : ndarray
        Difference of log income of each village from the usual.

    Returns
    -------
    list of ndarray
        Administrative, social work: years from 0, or ``NEVER``.
    """
    starts = []
    for share in (scenario.administrative_share, scenario.social_work_share):
        need = need_of_help(rng, scenario, effect)
        year = scenario.first_start + rng.integers(0, scenario.start_span, len(effect))
        helped = need > -special.ndtri(share)
        starts.append(np.where(helped, year, NEVER))
    return starts


def need_of_help(rng, scenario, effect):
    """How much a village seems to need help: its poverty, as far as ``selection`` sees it."""
    spread = np.sqrt(scenario.village_sd**2 + scenario.county_sd**2 + REGION_STEP**2 * 2 / 3)
    own = rng.standard_normal(len(effect))
    return scenario.selection * -effect / spread + np.sqrt(1 - scenario.selection**2) * own


def listing_error(scenario, cadre, own, third_party):
    """D3, A2: error with which an assessor sees lasting log income.

    Cadres err by household and by county; a third-party social worker by less, and in part
    by errors of her own.

    Parameters
    ----------
    scenario : Scenario
        Active.
    cadre, own : tuple of ndarray
        Standard normal numbers of households, and of their counties: for cadres, and for the
        part of the error of a third party that is her own.
    third_party : bool
        Who assesses.

    Returns
    -------
    ndarray
    """
    sizes = _F(scenario.listing_noise), _F(scenario.county_bias_sd)
    error = sum(size * draws for size, draws in zip(sizes, cadre, strict=True))
    if not third_party:
        return error
    alone = sum(size * draws for size, draws in zip(sizes, own, strict=True))
    apart = scenario.third_party_apart
    mixed = _F(np.sqrt(1 - apart)) * error + _F(np.sqrt(apart)) * alone
    return _F(1 - scenario.third_party_gain) * mixed


def audit(scenario, share, lot, noise, lasting, listed, poor):
    """A2: a third party visits again, before help begins, and puts the list right.

    It visits a share of the listed, and of the poor left out, and sees lasting log income with
    an error of ``audit_noise``. Who seems poor to it is on the list then, and nobody else of
    those visited. To find one poor household left out takes ``audit_search`` visits.

    Parameters
    ----------
    scenario : Scenario
        Active.
    share : float
        Visited, of the listed and of the poor left out.
    lot, noise : ndarray
        Uniform and standard normal numbers of households.
    lasting : ndarray
        Lasting log income above the line, in the first year.
    listed, poor : ndarray of bool
        On the list before; poor by lasting income.

    Returns
    -------
    listed : ndarray of bool
        The list after the audit.
    visits : ndarray
        Visits for each household.
    """
    visited = (listed | poor) & (lot < share)
    seems = lasting + _F(scenario.audit_noise) * noise < 0
    visits = visited * np.where(listed, 1.0, scenario.audit_search)
    return np.where(visited, seems, listed), visits


def attention(scenario, listed, approach):
    """D2: what is left of the effect where one helper has many households.

    Parameters
    ----------
    scenario : Scenario
        Active; the budget buys cadres, workers or half of each.
    listed : ndarray
        Listed households of each village.
    approach : int
        Index into ``APPROACHES``.

    Returns
    -------
    ndarray
        Factor by village, between 0.5 and 1.5.
    """
    return np.clip(
        load_factor(scenario, np.maximum(listed, 1) / helpers(scenario, approach)), *REACH
    )


def load_factor(scenario, caseload):
    """D2: factor of the effect where a helper has so many households; see ``REACH``."""
    return (caseload / scenario.usual_caseload) ** scenario.caseload_elasticity


def cost(scenario, approach):
    """X3: yuan per year of one helper: a cadre of a resident team, a worker, or half of each."""
    dose = DOSE[approach]
    return (1 - dose) * scenario.cost_cadre + dose * scenario.cost_worker


def helpers(scenario, approach):
    """Helpers of a village that the budget buys; the usual number where they cost nothing."""
    return scenario.budget / (cost(scenario, approach) or type(scenario).cost_worker)


def inside_resources(scenario, revenue):
    """D1: factor by which own revenue of the county changes the effect of help."""
    return revenue**scenario.revenue_elasticity


def fit_gain(scenario):
    """D3: by how much more often the measures of social workers fit the cause.

    So much that the share ``fit_part`` of the effect of social work goes through it.
    """
    worth = _fit_values(scenario)[0] - _fit_values(scenario)[1]
    worth *= scenario.administrative_effect
    if worth < 1e-9:
        return 0.0
    gain = scenario.fit_part * scenario.social_work_effect / worth
    return float(np.clip(gain, -scenario.fit_share, 1 - scenario.fit_share))


def _fit_values(scenario):
    """Factors of the effect where a measure fits and where not; 1 on average for cadres."""
    mean = scenario.fit_share + (1 - scenario.fit_share) * scenario.mismatch_return
    mean = mean or 1.0
    return 1 / mean, scenario.mismatch_return / mean


def measures(scenario, draws, cause, assets, region, approach):
    """D3, X7, X4: the measure that each household gets.

    It fits the cause, or is the campaign of the day (industry); in mountain counties some are
    moved, the better off sooner.

    Parameters
    ----------
    scenario : Scenario
        Active.
    draws : tuple of ndarray
        Uniform numbers for fit and for relocation.
    cause, assets, region : ndarray
        Of each household.
    approach : int
        Index into ``APPROACHES``.

    Returns
    -------
    ndarray of int
        Index into ``MEASURES``.
    """
    rate = scenario.fit_share + DOSE[approach] * fit_gain(scenario)
    campaign = np.where(
        cause == CAUSES.index("funds"), MEASURES.index("training"), MEASURES.index("industry")
    )
    measure = np.where(draws[0] < rate, cause, campaign)
    moved = (draws[1] < relocation_chance(scenario, assets)) & (region == REGIONS.index("mountain"))
    return np.where(moved, MEASURES.index("relocation"), measure).astype(np.int8)


def relocation_chance(scenario, assets):
    """X4: chance of a listed household of a mountain county to be moved, higher with assets."""
    tilt = scenario.relocation_tilt
    return scenario.relocation_share * exp(tilt * assets - tilt**2 / 2)


def help_effects(scenario, approach, measure, cause, group):
    """Sum up the channels of one approach for each household.

    Parameters
    ----------
    scenario : Scenario
        Active.
    approach : int
        Index into ``APPROACHES``.
    measure, cause : ndarray
        Of each household.
    group : dict of ndarray
        ``attention inside collaboration farm able`` of each household.

    Returns
    -------
    channels : dict of ndarray
        Change of log own income while helped, by channel.
    stays : ndarray
        Change in the year after withdrawal; it fades from then on.
    """
    zero = np.zeros(len(measure), _F)
    if approach == 0:
        return dict.fromkeys(CHANNELS, zero), zero
    fits, fails = _fit_values(scenario)
    # A house elsewhere is as good as a measure that fits on average: it changes no fit.
    fit = np.where(measure == cause, fits, fails)
    fit = np.where(measure == MEASURES.index("relocation"), 1.0, fit)
    base = np.full(len(measure), scenario.administrative_effect)
    inside = base * (group["inside"] - 1)
    busy = base * group["inside"] * (group["attention"] - 1)
    fitting = base * group["inside"] * group["attention"] * (fit - 1)
    dose, extra = DOSE[approach], scenario.social_work_effect
    social = np.full(len(measure), dose * extra)
    stays = scenario.stay_share * (base + inside + busy + fitting)
    stays += scenario.staying_part * social
    channels = {
        "administrative": base,
        "inside_resources": inside,
        "attention": busy,
        "fit": fitting,
        "outside_resources": scenario.outside_part * social,
        "staying": scenario.staying_part * social,
        "pathway": pathway(scenario, approach, group["collaboration"]),
        "dependency": dependency(scenario, group["farm"], group["able"]),
    }
    return {name: value.astype(_F) for name, value in channels.items()}, stays.astype(_F)


def pathway(scenario, approach, collaboration):
    """A3, A5: collaboration in place of contract, and both kinds of help together."""
    worth = (DOSE[approach] > 0) * scenario.collaboration_effect * collaboration
    return worth + (APPROACHES[approach] == "both") * scenario.complementarity


def dependency(scenario, farm, able):
    """X1: help changes the labour income of households with someone able to work."""
    return np.log1p((1 - farm) * scenario.work_response * able, dtype=float)


def complain(scenario, draws, poor, listed, helped):
    """X2: poor households left out complain where their village gets help."""
    return (draws < scenario.complaint_rate) & poor & ~listed & helped


def capacities(scenario, approach, years_helped, years_since):
    """A1, A4: self-efficacy and assets gained under social work, fading after withdrawal.

    Parameters
    ----------
    scenario : Scenario
        Active.
    approach : ndarray of int
        Last help had, index into ``APPROACHES``.
    years_helped, years_since : ndarray
        Years of help had; years since withdrawal.

    Returns
    -------
    ndarray
        Share of the gains that a household has.
    """
    had = np.asarray(DOSE, _F)[approach] * (years_helped > 0)
    # In double precision and then rounded: single powers differ between processors.
    left = np.power(_F(1 - scenario.fade), years_since, dtype=np.float64)
    return had * left.astype(_F)


def activities(rng, scenario, workers, contract):
    """Reported output of workers in a year; paid agencies report more (A3 pathways).

    Rates per worker over three years are those of the three-areas plan: 2.0 cases, 1.6 group
    sessions, 2.2 community activities, 700 person-times.
    """
    more = np.where(contract, 1 + scenario.contract_inflation, 1.0)
    rates = {"cases": 2.0, "sessions": 1.6, "activities": 2.2, "person_times": 700.0}
    return {name: rng.poisson(rate / 3 * workers * more) for name, rate in rates.items()}


def village_sums(values):
    """Sum over the households of each village."""
    return values.reshape(-1, HOUSEHOLDS).sum(axis=1)
