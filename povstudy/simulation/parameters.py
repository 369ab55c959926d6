"""What a simulation is told: every number with its unit, range, source and standing."""

from dataclasses import dataclass, field, fields, replace
from numbers import Integral, Real

import pandas as pd

from ..base.errors import DataError
from ..base.language import words

_CHOSEN = "chosen by the authors"
_RESULTS = "chosen so that the calibration table holds"


def _number(default, low, high, unit, text, zh, source=_CHOSEN, basis="chosen"):
    about = {"low": low, "high": high, "unit": unit, "text": text, "zh": zh}
    return field(default=default, metadata=about | {"source": source, "basis": basis})


def _seen(default, low, high, unit, text, zh, source, basis="seen"):
    return _number(default, low, high, unit, text, zh, source, basis)


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
    text, zh : str
        What it says.
    """

    claim: str
    neutral: dict
    estimand: str
    text: str
    zh: str


MECHANISMS = {
    "listing_errors": Mechanism(
        "D3", {"listing_noise": 0.0, "county_bias_sd": 0.0}, "inclusion_error",
        "who assesses sees lasting income with error", "评议人看到的长期收入有误差"),
    "third_party": Mechanism(
        "A2", {"third_party_gain": 0.0, "third_party_apart": 0.0, "third_party_bar": 0.0}, "third_party_gain_exclusion",
        "a third-party social worker lists with less error and lets fewer reports be moved",
        "第三方社会工作者评定误差较小，移动的上报较少"),
    "inside_resources": Mechanism(
        "D1", {"revenue_elasticity": 0.0}, "channel_inside_resources",
        "help is worth more where the county has more own revenue", "县级财力越强帮扶越有力"),
    "attention": Mechanism(
        "D2", {"caseload_elasticity": 0.0}, "channel_attention",
        "help is worth less where a helper has more households", "帮扶户数越多每户得到的关注越少"),
    "fit": Mechanism(
        "D3, X7", {"mismatch_return": 1.0, "fit_part": 0.0}, "channel_fit",
        "a measure that does not fit the cause is worth less", "措施与致贫原因不匹配则效果较低"),
    "outside_resources": Mechanism(
        "D1, A3", {"outside_part": 0.0, "outside_inflow": 0.0}, "channel_outside_resources",
        "social work links resources from outside the county", "社会工作链接县外资源"),
    "staying": Mechanism(
        "A1, A4", {"staying_part": 0.0, "efficacy_gain": 0.0, "asset_gain": 0.0},
        "channel_staying",
        "self-efficacy and assets, which stay after withdrawal", "退出后仍留存的自我效能与资产"),
    "after_withdrawal": Mechanism(
        "D4", {"stay_share": 0.0}, "stays_administrative",
        "part of the administrative effect stays after withdrawal", "行政帮扶效果在退出后部分留存"),
    "transfers": Mechanism(
        "D4", {"transfer": 0.0}, "transfer_while_helped",
        "transfers while helped, gone at withdrawal", "帮扶期间的转移收入，退出即止"),
    "dependency": Mechanism(
        "X1", {"work_response": 0.0}, "channel_dependency",
        "help changes the labour income of able adults", "帮扶影响有劳动能力者的劳动收入"),
    "complaints": Mechanism(
        "X2", {"complaint_rate": 0.0}, "complaint_rate",
        "poor households that were left out complain", "漏评贫困户的投诉"),
    "costs": Mechanism(
        "X3", {"cost_cadre": 0.0, "cost_worker": 0.0}, "cost_per_household",
        "resident teams and workers cost money", "驻村工作队与社会工作者的成本"),
    "relocation": Mechanism(
        "X4", {"relocation_tilt": 0.0}, "relocation_gap",
        "relocation reaches households with more assets first", "搬迁优先惠及资产较多的户"),
    "deadlines": Mechanism(
        "X8", {"bunching": 0.0, "deadline_push": 0.0}, "moved_reports",
        "in deadline years reports move just above the line", "达标年份上报收入向线上集中"),
    "pathways": Mechanism(
        "A3, A5", {"collaboration_effect": 0.0, "complementarity": 0.0, "contract_inflation": 0.0},
        "channel_pathway",
        "contract against collaboration; both kinds of help together", "合同与协作两条路径"),
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
      remedy: a number from 0 to 1, such as detection=0.03
    """

    # fmt: off
    first_year: int = _number(2012, 1978, 2100, "year", "first year", "首年")
    line: float = _seen(2300.0, 500, 20000, "yuan", "poverty line, constant 2010 prices",
        "贫困线（2010年不变价）", "National Bureau of Statistics, 2010 standard")
    # Incomes.
    median_income: float = _number(5900.0, 1000, 50000, "yuan", "income of a usual household in the first year",
        "首年一般家庭收入", _RESULTS)
    growth: float = _number(0.028, -0.05, 0.15, "log points per year", "real growth", "实际增长", _RESULTS)
    county_sd: float = _number(0.13, 0, 0.6, "log points", "differences of counties", "县间差异", _RESULTS)
    village_sd: float = _number(0.11, 0, 0.8, "log points", "differences of villages", "村间差异", _RESULTS)
    household_sd: float = _number(0.22, 0, 0.8, "log points", "lasting differences of households not in their traits",
        "家庭间其他长期差异", _RESULTS)
    permanent_sd: float = _number(0.05, 0, 0.25, "log points", "yearly permanent shock", "每年持久冲击", _RESULTS)
    persistence: float = _number(0.97, 0, 0.99, "share", "of permanent shocks that is left after a year",
        "持久冲击逐年保留的份额", _RESULTS)
    transitory_sd: float = _number(0.08, 0, 0.45, "log points", "transitory income", "暂时收入", _RESULTS)
    illness_share: float = _number(0.12, 0, 1, "share", "households with chronic illness", "慢性病户比例")
    migrant_share: float = _number(0.35, 0, 1, "share", "households with a migrant, of those able", "有外出务工者的比例")
    schooling_return: float = _number(0.03, 0, 0.2, "log points per year", "of schooling", "受教育年限的回报")
    labour_return: float = _number(0.35, 0, 1, "log points", "all members able to work, against none", "劳动力比例的回报")
    no_labour_effect: float = _number(-0.15, -3, 0, "log points", "nobody able to work, besides", "无劳动力的额外影响", _RESULTS)
    illness_effect: float = _number(-0.18, -0.6, 0, "log points", "of chronic illness", "慢性病的影响",
        "direction: Chen and others 2020; size chosen")
    migrant_effect: float = _number(0.19, 0, 0.6, "log points", "of a migrant worker", "外出务工的影响",
        "direction: Chen and others 2020; size chosen")
    asset_effect: float = _number(0.15, 0, 0.5, "log points per SD", "of assets", "资产的影响",
        "direction: Zhou and Wang 2019; size chosen")
    efficacy_effect: float = _number(0.05, 0, 0.5, "log points per SD", "of self-efficacy", "自我效能的影响",
        "direction: Zhou and others 2022; size chosen")
    illness_risk: float = _number(0.022, 0, 0.3, "per year", "that grave illness begins, without chronic illness",
        "大病发生风险（无慢性病户）", _RESULTS)
    illness_ratio: float = _number(1.65, 1, 3, "ratio", "of this risk with chronic illness, to without",
        "慢性病户与其他户大病风险之比", "direction: Chen and others 2020; size chosen")
    illness_long: float = _number(0.56, 0, 1, "share", "of grave illnesses that last for years", "其中长期不愈的份额", _RESULTS)
    illness_stays: float = _number(0.35, 0, 0.95, "per year", "that a short one lasts another year", "短期大病再持续一年的概率", _RESULTS)
    illness_stays_long: float = _number(0.92, 0, 0.99, "per year", "that a long one lasts another year", "长期大病再持续一年的概率", _RESULTS)
    illness_loss: float = _number(2.10, 0, 3, "log points", "income lost in such a year", "大病当年收入损失", _RESULTS)
    disaster_risk: float = _number(0.02, 0, 0.3, "per village and year", "disaster", "灾害风险")
    disaster_loss: float = _number(0.30, 0, 1.5, "log points", "income lost in such a year", "灾害当年收入损失")
    price_sd: float = _number(0.04, 0, 0.4, "log points", "prices of farm products, by county and year", "农产品价格波动")
    asset_buffer: float = _number(0.05, 0, 1, "per SD", "by which assets lessen losses", "资产对损失的缓冲",
        "direction: Zhou and Wang 2019; size chosen")
    farm_share: float = _number(0.55, 0, 1, "share", "of own income from the farm, without a migrant; half of it with one",
        "无外出者自有收入中农业的份额")
    other_transfer: float = _number(150.0, 0, 1000, "yuan per person", "transfers that everyone has", "普惠性转移收入")
    # Listing.
    listing_noise: float = _number(0.35, 0, 1.5, "log points", "error of cadres about lasting income", "干部评议误差",
        "near 11 % wrongly listed in the register review of 2015-16; size chosen")
    third_party_gain: float = _number(0.30, -0.5, 1, "share", "of the error that a third party avoids",
        "第三方评议减少的误差", "direction: Ruan 2021; size chosen")
    third_party_apart: float = _number(0.70, 0, 1, "share", "of the variance of its error that cadres do not share",
        "第三方误差方差中与干部无关的份额")
    county_bias_sd: float = _number(0.15, 0, 0.6, "log points", "error that a county shares", "县内共同误差",
        "exit cohort of 2018: errors cluster by county; size chosen")
    relocation_share: float = _number(0.10, 0, 0.5, "share", "of listed households relocated, in mountain counties", "山区搬迁比例")
    relocation_tilt: float = _number(0.50, -2, 2, "per SD", "by which assets raise the chance to move", "资产对搬迁机会的影响")
    complaint_rate: float = _number(0.10, 0, 1, "per year", "complaints of poor households left out", "漏评户投诉率")
    # Where help is.
    administrative_share: float = _number(0.75, 0, 1, "share", "villages with administrative help", "有行政帮扶的村")
    social_work_share: float = _number(0.25, 0, 1, "share", "villages with social work", "有社会工作的村",
        "coverage of 240 of 832 counties in the essay; by village chosen")
    selection: float = _number(0.50, -0.95, 0.95, "correlation", "of poverty of a village with getting help",
        "村贫困程度与获得帮扶的相关")
    first_start: int = _number(2, 1, 40, "years", "after the first year, when help begins earliest", "帮扶最早开始年")
    start_span: int = _number(3, 1, 20, "years", "over which villages begin", "各村先后开始的年数")
    contract_share: float = _number(0.60, 0, 1, "share", "of social work under contract; the rest in collaboration", "合同路径的份额")
    # What help does.
    administrative_effect: float = _number(0.15, -0.3, 0.5, "log points", "on own income while helped",
        "行政帮扶对自有收入的影响", "Meng 2013: 0.32 over six years; range 0.05-0.30; value chosen")
    revenue_elasticity: float = _number(0.30, -1, 1, "elasticity", "of the effect to own revenue of the county", "效果对县财力的弹性")
    revenue_sd: float = _number(0.40, 0, 1, "log points", "own revenue of counties", "县财力差异")
    budget: float = _number(47000.0, 1000, 1e6, "yuan per village and year", "the same for every kind of help", "每村每年经费（各方式相同）")
    cost_cadre: float = _number(47000.0, 0, 300000, "yuan per year", "of a cadre of a resident team; default equal to a worker",
        "驻村干部年成本")
    cost_worker: float = _seen(47000.0, 0, 300000, "yuan per year", "of a social worker", "社会工作者年成本",
        "three-areas plan in Chongqing, 16.85 million yuan for 357 workers, divided", "derived")
    usual_caseload: float = _number(9.0, 1, 200, "households", "per helper, where the effects hold as given", "标准帮扶户数")
    caseload_elasticity: float = _number(-0.30, -1, 0, "elasticity", "of the effect to the caseload", "效果对帮扶户数的弹性",
        "direction: Carneiro and others on Chile; size chosen")
    fit_share: float = _number(0.50, 0, 1, "share", "measures that fit the cause, by cadres", "干部措施与原因匹配率")
    mismatch_return: float = _number(0.40, 0, 1, "share", "of the effect, where the measure does not fit", "不匹配措施的相对效果")
    social_work_effect: float = _number(0.03, -0.15, 0.15, "log points",
        "of social work over equal spending on administration", "同等支出下社会工作的额外影响",
        "prior: uniform over the range, which holds zero; Uganda and Niger above, Chile and Padua at zero; value chosen")
    fit_part: float = _number(0.30, 0, 1, "share", "of this by better fit", "其中经由匹配")
    outside_part: float = _number(0.20, 0, 1, "share", "of this by resources from outside", "其中经由县外资源")
    staying_part: float = _number(0.50, 0, 1, "share", "of this by what stays after withdrawal", "其中经由留存能力")
    efficacy_gain: float = _number(0.20, -0.5, 1, "SD", "self-efficacy under social work", "社会工作提升自我效能")
    asset_gain: float = _number(0.10, -0.5, 1, "SD", "assets under social work", "社会工作增加资产")
    outside_inflow: float = _number(200.0, 0, 10000, "yuan per household and year", "goods and money linked by workers", "链接的县外资源")
    complementarity: float = _number(0.0, -0.1, 0.1, "log points", "of both kinds of help together", "两种帮扶互补")
    collaboration_effect: float = _number(0.0, -0.1, 0.1, "log points", "of collaboration over contract", "协作相对合同")
    contract_inflation: float = _number(0.10, 0, 1, "share", "by which paid agencies report more activities", "受托机构多报比例")
    stay_share: float = _number(0.30, 0, 1, "share", "of the administrative effect that stays after withdrawal", "行政效果退出后留存份额")
    fade: float = _number(0.10, 0, 1, "per year", "by which what stays is lost", "留存效果逐年消退")
    transfer: float = _number(300.0, 0, 2000, "yuan per person and year", "to helped households, of any approach", "帮扶户转移收入")
    work_response: float = _number(-0.05, -0.46, 0.05, "share", "of labour income while helped", "帮扶期间劳动收入变化",
        "Tan-Soo and others 2025 to -0.46; others near zero; value chosen")
    # Survey and register.
    sample_villages: int = _number(20, 2, 100, "villages", "sampled of the 100 of a county", "每县抽取村数")
    sample_households: int = _number(20, 2, 50, "households", "sampled of the 50 of a village", "每村抽取户数")
    survey_noise: float = _number(0.03, 0, 0.5, "log points", "error of income in the survey", "调查收入误差", _RESULTS)
    attrition: float = _number(0.03, 0, 0.5, "per wave", "households lost; twice this with a migrant", "样本流失")
    rotation: float = _number(0.0, 0, 0.5, "per wave", "of the households of a village replaced", "样本轮换")
    register_noise: float = _number(0.05, 0, 0.5, "log points", "error of reported income", "上报收入误差")
    exit_check: float = _number(0.50, 0, 1, "per year", "households reported above the line that leave", "达线户当年退出概率")
    first_deadline: int = _number(4, 1, 40, "years", "after the first year, earliest deadline of a county", "县最早达标年")
    deadline_span: int = _number(3, 1, 20, "years", "over which counties have deadlines", "各县达标年跨度")
    bunching: float = _number(0.50, 0, 1, "share", "reports moved above the line in the deadline year", "达标年上报收入移至线上的份额")
    third_party_bar: float = _number(0.50, 0, 1, "share", "of these that a third party prevents", "其中被第三方阻止的份额",
        "direction: Ruan 2021; size chosen")
    deadline_push: float = _number(1.0, 0, 1, "share", "by which all above the line leave in the deadline year", "达标年全部退出的程度")
    detection: float = _seen(0.03, 0, 1, "share", "true falls that the register sees", "返贫被登记系统发现的份额",
        "register returns of 0.1-1.4 % a year against 5-20 % in surveys", "derived")
    # fmt: on
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
                remedy=f"one of {', '.join(MECHANISMS)}",
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
            Language of the meaning.

        Returns
        -------
        DataFrame
            ``value default unit low high basis meaning source``, a row for each parameter.
        """
        t = words(lang)
        rows = {}
        for one in fields(self)[:-1]:
            about = one.metadata
            rows[one.name] = {
                "value": float(getattr(self, one.name)), "default": float(one.default),
                "unit": about["unit"], "low": about["low"], "high": about["high"],
                "basis": about["basis"], "meaning": t(about["text"], about["zh"]),
                "source": about["source"],
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
            remedy=f"{kind} from {about['low']} to {about['high']}, such as {one.name}={one.default}",
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
    t = words(lang)
    rows = {
        name: {
            "claim": one.claim, "estimand": one.estimand,
            "neutral": ", ".join(f"{key}={value:g}" for key, value in one.neutral.items()),
            "meaning": t(one.text, one.zh),
        }
        for name, one in MECHANISMS.items()
    }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("mechanism")
