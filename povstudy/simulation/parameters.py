"""What a simulation is told: every number with its unit, range, source and standing."""

from dataclasses import dataclass, field, fields, replace
from numbers import Integral, Real

import pandas as pd

from ..base.checks import nearest
from ..base.errors import DataError
from ..base.language import in_words


def _number(default, low, high, unit, source="authors", basis="chosen"):
    about = {"low": low, "high": high, "unit": unit, "source": source, "basis": basis}
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class Mechanism:
    """One mechanism that can be switched off.

    Attributes
    ----------
    claim : str
        Claims of the essay that it stands for, as in ``ps.load("hypotheses")``.
    neutral : dict
        Values of parameters under which it does nothing.
    estimand : str
        Row of the truth table that is zero then.
    """

    claim: str
    neutral: dict
    estimand: str


MECHANISMS = {
    "listing_errors": Mechanism(
        "D3", {"listing_noise": 0.0, "county_bias_sd": 0.0}, "inclusion_error"),
    "third_party": Mechanism(
        "A2", {"third_party_gain": 0.0, "third_party_apart": 0.0, "third_party_bar": 0.0},
        "third_party_gain_exclusion"),
    "inside_resources": Mechanism("D1", {"revenue_elasticity": 0.0}, "channel_inside_resources"),
    "attention": Mechanism("D2", {"caseload_elasticity": 0.0}, "channel_attention"),
    "fit": Mechanism("D3, X7", {"mismatch_return": 1.0, "fit_part": 0.0}, "channel_fit"),
    "outside_resources": Mechanism(
        "D1, A3", {"outside_part": 0.0, "outside_inflow": 0.0}, "channel_outside_resources"),
    "staying": Mechanism(
        "A1, A4", {"staying_part": 0.0, "efficacy_gain": 0.0, "asset_gain": 0.0}, "channel_staying"),
    "after_withdrawal": Mechanism("D4", {"stay_share": 0.0}, "stays_administrative"),
    "transfers": Mechanism("D4", {"transfer": 0.0}, "transfer_while_helped"),
    "dependency": Mechanism("X1", {"work_response": 0.0}, "channel_dependency"),
    "complaints": Mechanism("X2", {"complaint_rate": 0.0}, "complaint_rate"),
    "costs": Mechanism("X3", {"cost_cadre": 0.0, "cost_worker": 0.0}, "cost_per_household"),
    "relocation": Mechanism("X4", {"relocation_tilt": 0.0}, "relocation_gap"),
    "deadlines": Mechanism("X8", {"bunching": 0.0, "deadline_push": 0.0}, "moved_reports"),
    "pathways": Mechanism(
        "A3, A5", {"collaboration_effect": 0.0, "complementarity": 0.0, "contract_inflation": 0.0},
        "channel_pathway"),
}  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """Parameters of a simulation, each with a default that may be changed.

    `describe` lists them with meaning, unit, range, source, and whether the value was *seen* in
    a public source, *derived* from such, or *chosen*. Effects are on log own income (labour and farm).

    Raises
    ------
    DataError
        For a value outside its range: names the field, the value and what is allowed.

    Notes
    -----
    ``social_work_effect`` is the extra effect of social work over equal spending on
    administration; its parts go through the fit of measures, resources from outside and what
    stays after withdrawal. Where better fit cannot bring its part (all measures fit already, or
    administration has no effect that fit could raise) that part is lost, as it is when a channel
    is off. Published trials disagree about its sign: its prior is uniform over its range, which
    holds zero, and a study draws from it or shows its ends.

    Where social work comes, a third party lists from the first year on. Weights of the survey
    make up for who is lost by village alone: households with a migrant are lost twice as often,
    so that later waves are a little too poor, as those of real surveys may be.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.Scenario(social_work_share=0.3).describe().loc["social_work_effect", "basis"]
    'chosen'
    >>> ps.Scenario(detection=2)
    Traceback (most recent call last):
    povstudy.base.errors.DataError: A parameter of the scenario lies outside its range.
      where: field detection
      found: 2
      remedy: detection=0.03  # a number from 0 to 1
    """

    # What each means stands in base/words.csv, list parameter.
    first_year: int = _number(2012, 1978, 2100, "year")
    line: float = _number(2300.0, 500, 20000, "yuan", "standard_2010", "seen")
    # Incomes.
    median_income: float = _number(5900.0, 1000, 50000, "yuan", "calibration")
    growth: float = _number(0.028, -0.05, 0.15, "log points per year", "calibration")
    county_sd: float = _number(0.13, 0, 0.6, "log points", "calibration")
    village_sd: float = _number(0.11, 0, 0.8, "log points", "calibration")
    household_sd: float = _number(0.22, 0, 0.8, "log points", "calibration")
    permanent_sd: float = _number(0.05, 0, 0.25, "log points", "calibration")
    persistence: float = _number(0.97, 0, 0.99, "share", "calibration")
    transitory_sd: float = _number(0.08, 0, 0.45, "log points", "calibration")
    illness_share: float = _number(0.12, 0, 1, "share")
    migrant_share: float = _number(0.35, 0, 1, "share")
    schooling_return: float = _number(0.03, 0, 0.2, "log points per year")
    labour_return: float = _number(0.35, 0, 1, "log points")
    no_labour_effect: float = _number(-0.15, -3, 0, "log points", "calibration")
    illness_effect: float = _number(-0.18, -0.6, 0, "log points", "chen_2020")
    migrant_effect: float = _number(0.19, 0, 0.6, "log points", "chen_2020")
    asset_effect: float = _number(0.15, 0, 0.5, "log points per SD", "zhou_2019")
    efficacy_effect: float = _number(0.05, 0, 0.5, "log points per SD", "zhou_2022")
    illness_risk: float = _number(0.022, 0, 0.3, "per year", "calibration")
    illness_ratio: float = _number(1.65, 1, 3, "ratio", "chen_2020")
    illness_long: float = _number(0.56, 0, 1, "share", "calibration")
    illness_stays: float = _number(0.35, 0, 0.95, "per year", "calibration")
    illness_stays_long: float = _number(0.92, 0, 0.99, "per year", "calibration")
    illness_loss: float = _number(2.10, 0, 3, "log points", "calibration")
    disaster_risk: float = _number(0.02, 0, 0.3, "per village and year")
    disaster_loss: float = _number(0.30, 0, 1.5, "log points")
    price_sd: float = _number(0.04, 0, 0.4, "log points")
    asset_buffer: float = _number(0.05, 0, 1, "per SD", "zhou_2019")
    farm_share: float = _number(0.55, 0, 1, "share")
    other_transfer: float = _number(150.0, 0, 1000, "yuan per person")
    # Listing.
    listing_noise: float = _number(0.35, 0, 1.5, "log points", "register_review")
    third_party_gain: float = _number(0.30, -0.5, 1, "share", "ruan_2021")
    third_party_apart: float = _number(0.70, 0, 1, "share")
    county_bias_sd: float = _number(0.15, 0, 0.6, "log points", "exit_cohort_2018")
    audit_noise: float = _number(0.10, 0, 0.5, "log points")
    audit_search: float = _number(10.0, 1, 50, "visits")
    relocation_share: float = _number(0.10, 0, 0.5, "share")
    relocation_tilt: float = _number(0.50, -2, 2, "per SD")
    complaint_rate: float = _number(0.10, 0, 1, "per year")
    # Where help is.
    administrative_share: float = _number(0.75, 0, 1, "share")
    social_work_share: float = _number(0.25, 0, 1, "share", "essay_coverage")
    selection: float = _number(0.50, -0.95, 0.95, "correlation")
    first_start: int = _number(2, 1, 40, "years")
    start_span: int = _number(3, 1, 20, "years")
    contract_share: float = _number(0.60, 0, 1, "share")
    # What help does.
    administrative_effect: float = _number(0.15, -0.3, 0.5, "log points", "meng_2013")
    revenue_elasticity: float = _number(0.30, -1, 1, "elasticity")
    revenue_sd: float = _number(0.40, 0, 1, "log points")
    budget: float = _number(47000.0, 1000, 1e6, "yuan per village and year")
    cost_cadre: float = _number(47000.0, 0, 300000, "yuan per year")
    cost_worker: float = _number(47000.0, 0, 300000, "yuan per year", "three_areas_plan", "derived")
    usual_caseload: float = _number(9.0, 1, 200, "households")
    caseload_elasticity: float = _number(-0.30, -1, 0, "elasticity", "carneiro_chile")
    fit_share: float = _number(0.50, 0, 1, "share")
    mismatch_return: float = _number(0.40, 0, 1, "share")
    social_work_effect: float = _number(0.03, -0.15, 0.15, "log points", "prior")
    fit_part: float = _number(0.30, 0, 1, "share")
    outside_part: float = _number(0.20, 0, 1, "share")
    staying_part: float = _number(0.50, 0, 1, "share")
    efficacy_gain: float = _number(0.20, -0.5, 1, "SD")
    asset_gain: float = _number(0.10, -0.5, 1, "SD")
    outside_inflow: float = _number(200.0, 0, 10000, "yuan per household and year")
    complementarity: float = _number(0.0, -0.1, 0.1, "log points")
    collaboration_effect: float = _number(0.0, -0.1, 0.1, "log points")
    contract_inflation: float = _number(0.10, 0, 1, "share")
    stay_share: float = _number(0.30, 0, 1, "share")
    fade: float = _number(0.10, 0, 1, "per year")
    transfer: float = _number(300.0, 0, 2000, "yuan per person and year")
    work_response: float = _number(-0.05, -0.46, 0.05, "share", "tan_soo_2025")
    # Survey and register.
    sample_villages: int = _number(20, 2, 100, "villages")
    sample_households: int = _number(20, 2, 50, "households")
    survey_noise: float = _number(0.03, 0, 0.5, "log points", "calibration")
    attrition: float = _number(0.03, 0, 0.5, "per wave")
    rotation: float = _number(0.0, 0, 0.5, "per wave")
    register_noise: float = _number(0.05, 0, 0.5, "log points")
    exit_check: float = _number(0.50, 0, 1, "per year")
    first_deadline: int = _number(4, 1, 40, "years")
    deadline_span: int = _number(3, 1, 20, "years")
    bunching: float = _number(0.50, 0, 1, "share")
    third_party_bar: float = _number(0.50, 0, 1, "share", "ruan_2021")
    deadline_push: float = _number(1.0, 0, 1, "share")
    detection: float = _number(0.03, 0, 1, "share", "register_returns", "derived")
    accompaniment_detection: float = _number(0.30, 0, 1, "share")
    off: tuple = ()  # names of mechanisms, as in `mechanisms_table`

    def __post_init__(self):
        """Refuse what lies outside its range."""
        for one in fields(self)[:-1]:
            _check(one, getattr(self, one.name))
        off = (self.off,) if isinstance(self.off, str) else self.off
        off = tuple(off) if isinstance(off, list | tuple | set) else (off,)
        object.__setattr__(self, "off", off)
        unknown = [name for name in off if not isinstance(name, str) or name not in MECHANISMS]
        if unknown:
            raise DataError(
                "There is no such mechanism to switch off.", where="field off", found=repr(unknown[0]),
                remedy=f"off={nearest(unknown[0], MECHANISMS) or 'deadlines'!r}  # one of {', '.join(MECHANISMS)}",
            )  # fmt: skip
        if self.line <= self.other_transfer:
            raise DataError(
                "Transfers that everyone has lie above the line: nobody could be poor.",
                where="fields line, other_transfer", found=f"{self.line:g}, {self.other_transfer:g}",
                remedy="other_transfer below line",
            )  # fmt: skip
        parts = self.fit_part + self.outside_part + self.staying_part
        if parts > 1 + 1e-9:
            raise DataError(
                "The parts of the effect of social work add up to more than the whole.",
                where="fields fit_part, outside_part, staying_part", found=round(parts, 6),
                remedy="parts that add up to 1 or less",
            )  # fmt: skip

    def active(self):
        """The scenario in which mechanisms that are off have neutral parameters.

        Returns
        -------
        Scenario

        Examples
        --------
        >>> import povstudy as ps
        >>> ps.Scenario(off="dependency").active().work_response
        0.0
        """
        neutral = {}
        for name in self.off:
            neutral |= MECHANISMS[name].neutral
        return replace(self, **neutral)

    def describe(self, lang="en"):
        """List the parameters.

        Parameters
        ----------
        lang : {"en", "zh"}
            Language of meaning and source.

        Returns
        -------
        DataFrame
            ``value default unit low high basis meaning source``, a row for each parameter.
        """
        meaning, source = in_words("parameter", lang), in_words("source", lang)
        rows = {}
        for one in fields(self)[:-1]:
            about = one.metadata
            rows[one.name] = {
                "value": float(getattr(self, one.name)), "default": float(one.default),
                "unit": about["unit"], "low": about["low"], "high": about["high"],
                "basis": about["basis"], "meaning": meaning[one.name],
                "source": source[about["source"]],
            }  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")


def _check(one, value):
    about = one.metadata
    whole = isinstance(one.default, int)
    kind = "a whole number" if whole else "a number"
    right = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if not right or not about["low"] <= value <= about["high"]:
        raise DataError(
            "A parameter of the scenario lies outside its range.",
            where=f"field {one.name}", found=repr(value),
            remedy=f"{one.name}={one.default}  # {kind} from {about['low']} to {about['high']}",
        )  # fmt: skip


def mechanisms_table(lang="en"):
    """List the mechanisms that `Scenario` can switch off by ``off=``.

    Parameters
    ----------
    lang : {"en", "zh"}
        Language of the meaning.

    Returns
    -------
    DataFrame
        ``claim estimand neutral meaning``; the estimand is zero when the mechanism is off.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.simulation.mechanisms_table().loc["dependency", ["claim", "estimand"]].tolist()
    ['X1', 'channel_dependency']
    """
    meaning = in_words("mechanism", lang)
    rows = {
        name: {
            "claim": one.claim, "estimand": one.estimand,
            "neutral": ", ".join(f"{key}={value:g}" for key, value in one.neutral.items()),
            "meaning": meaning[name],
        }
        for name, one in MECHANISMS.items()
    }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("mechanism")
