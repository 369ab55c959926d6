"""Two languages: the terms of tables and figures in English and Chinese."""

import pandas as pd

from .errors import DataError


def words(lang):
    """Return a function that picks the English or the Chinese of two texts.

    Parameters
    ----------
    lang : {"en", "zh"}
        The language wanted.

    Examples
    --------
    >>> from povstudy import style
    >>> t = style.words("zh")
    >>> t("poor persons", "贫困人口")
    '贫困人口'
    """
    if lang not in ("en", "zh"):
        raise DataError("Figures and tables speak English or Chinese.", found=lang, remedy='"zh"')
    return lambda english, chinese: chinese if lang == "zh" else english


TERMS = {  # what a measure is called, and whether it is shown in percent
    "headcount": ("headcount ratio", "贫困发生率", True),
    "gap": ("poverty gap index", "贫困深度指数", True),
    "severity": ("poverty severity index", "贫困强度指数", True),
    "watts": ("Watts index", "沃茨指数", True),
    "sst": ("Sen-Shorrocks-Thon index", "森—肖罗克斯—托恩指数", True),
    "line": ("poverty line", "贫困线", False),
    "gini": ("Gini coefficient", "基尼系数", True),
    "s80s20": ("S80/S20", "收入五等分比（S80/S20）", False),
    "mld": ("mean log deviation", "平均对数离差", True),
    "theil": ("Theil index", "泰尔指数", True),
    "population": ("population", "人口", True),
    "H": ("multidimensional headcount ratio", "多维贫困发生率", True),
    "A": ("intensity of multidimensional poverty", "多维贫困平均强度", True),
    "uncensored headcount": ("deprived", "受剥夺比例", True),
    "censored headcount": ("deprived and poor", "受剥夺且贫困比例", True),
    "contribution": ("contribution to M0", "对M0的贡献", True),
    "dimension contribution": ("contribution of the dimension to M0", "维度对M0的贡献", True),
    "share of the poor": ("share of the poor", "占贫困人口比重", True),
    "share of M0": ("share of M0", "占M0比重", True),
    "M0": ("adjusted headcount ratio M0", "多维贫困指数M0", True),
    "inclusion error of the listed": (
        "inclusion error, of the listed",
        "错评误差（占纳入者）",
        True,
    ),
    "inclusion error of the not poor": (
        "inclusion error, of the not poor",
        "错评误差（占非贫困者）",
        True,
    ),
    "exclusion error of the poor": ("exclusion error, of the poor", "漏评误差（占贫困者）", True),
    "exclusion error of the not listed": (
        "exclusion error, of the not listed",
        "漏评误差（占未纳入者）",
        True,
    ),
    "mistargeted": ("mistargeted", "瞄准错误", True),
    "coverage": ("listed", "纳入比例", True),
    "poor": ("poor", "贫困比例", True),
    "targeting ratio": (
        "targeting ratio (Coady-Grosh-Hoddinott)",
        "瞄准比（Coady—Grosh—Hoddinott）",
        False,
    ),
    "match rate": ("measure fits the cause", "措施与致贫原因匹配", True),
    "expected match rate": ("the same, if given without a look", "不看原因时的匹配", True),
    "match beyond chance": ("match beyond chance", "超出偶然的匹配", False),
    "excess above the line": ("excess of reports above the line", "线上多出的上报", True),
    "missing below the line": ("reports missing below the line", "线下缺少的上报", True),
    "excess over expected": ("excess over what is expected", "多出数与应有数之比", False),
    "exit rate, deadline year": ("exit rate, deadline year", "退出率，达标年", True),
    "exit rate, other years": ("exit rate, other years", "退出率，其他年份", True),
    "spike ratio": ("deadline year over other years", "达标年与其他年份之比", False),
    "observed risk": ("fell back within the horizon", "预测期内返贫比例", True),
    "predicted risk": ("predicted risk, mean", "平均预测风险", True),
    "observed / predicted": ("observed over predicted", "实际与预测之比", False),
    "calibration intercept": ("calibration intercept (0 is right)", "校准截距（0为准确）", False),
    "calibration slope": ("calibration slope (1 is right)", "校准斜率（1为准确）", False),
    "brier": ("Brier score", "Brier分数", False),
    "scaled brier": ("scaled Brier score", "标准化Brier分数", True),
    "auc": ("area under the ROC curve (AUC)", "ROC曲线下面积（AUC）", False),
    "sensitivity": ("listed, of those who fall back", "返贫户中列入的比例（灵敏度）", True),
    "positive predictive value": ("fall back, of the listed", "列入户中返贫的比例（阳性预测值）", True),
    "number needed to watch": ("households watched for each that falls back", "每发现一户返贫所需监测户数", False),
    "net benefit": ("net benefit per household", "每户净收益", False),
    "survivor": ("still out of poverty", "仍未返贫", True),
    "cumulative incidence": ("cumulative incidence", "累积发生率", True),
    "hazard": ("hazard", "风险率", True),
    "restricted mean": ("mean time within the horizon", "限定期内的平均时间", False),
    "exit rate": ("left poverty, of the poor", "脱贫（占贫困者）", True),
    "stayed poor": ("stayed poor, of the poor", "仍贫困（占贫困者）", True),
    "entry rate": ("became poor, of the others", "陷贫（占其余者）", True),
    "stayed out": ("stayed out, of the others", "仍不贫困（占其余者）", True),
    "poor again": ("poor again", "再次贫困", True),
    "relapse rate": ("relapse rate", "返贫率", True),
    "poverty": ("poverty over time", "多期贫困", True),
    "chronic poverty": ("chronic poverty", "长期贫困", True),
    "transient poverty": ("transient poverty", "暂时贫困", True),
    "mean of stayed_out": ("left and stayed out", "退出且未返贫", True),
    "mean of vep": ("chance to be poor, by the model", "模型给出的贫困概率", True),
    "mean of poor_later": ("poor in the later wave", "后一期贫困比例", True),
    "chronic share": ("chronic, of all poverty over time", "长期贫困占多期贫困", True),
}  # fmt: skip
WORDS = {
    "component": ("component", "成分"),
    "share": ("share of all", "占全体比重"),
    "level": ("level", "水平"),
    "within": ("within groups", "组内"),
    "between": ("between groups", "组间"),
    "total": ("total", "合计"),
    "growth": ("growth", "增长"),
    "redistribution": ("redistribution", "再分配"),
    "residual": ("residual", "残差"),
    "change": ("change", "变化"),
    "composition": ("whom they judged", "评定对象构成"),
    "rates": ("how they judged", "评定误差"),
    "difference": ("difference", "差"),
    "assessor": ("assessor", "评定人"),
    "cadre": ("cadres", "干部"),
    "third_party": ("third party", "第三方"),
    "third_party - cadre": ("third party less cadres", "第三方减干部"),
    "dimension": ("dimension", "维度"),
    "indicator": ("indicator", "指标"),
    "year": ("year", "年份"),
    "region": ("region", "地区"),
    "province": ("province", "省份"),
    "county": ("county", "县"),
    "approach": ("approach", "方式"),
    "list": ("list", "名单"),
    "risk": ("predicted risk", "预测风险"),
    "official rule": ("official rule", "官方规则"),
    "none": ("none", "无"),
    "administrative": ("administrative", "行政帮扶"),
    "social_work": ("social work", "社会工作"),
    "both": ("both", "两者"),
    "social_work - administrative": ("social work less administrative", "社会工作减行政帮扶"),
    "village_help": ("help in the village", "村内帮扶"),
    "horizon": ("years", "年数"),
    "transfers": ("transfers, point of income", "转移收入占比（百分点）"),
    "due": ("exit in", "退出于"),
    "deadline year": ("deadline year", "达标年"),
    "other year": ("another year", "其他年份"),
    "assets": ("assets", "资产"),
    "self_efficacy": ("self-efficacy", "自我效能"),
    "illness": ("long illness", "长期疾病"),
    "by_collaboration": ("by collaboration", "协作路径"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "fresh_illness": ("illness in the year", "当年患病"),
    "log_income": ("log income", "收入对数"),
    "bracket": ("income over the line", "收入与贫困线之比"),
    "model": ("model", "模型"),
    "True": ("yes", "是"),
    "False": ("no", "否"),
    "age_group": ("age", "年龄组"),
    "sex": ("sex", "性别"),
    "Male": ("men", "男性"),
    "Female": ("women", "女性"),
}


def told(value, lang, names=None):
    """A term, a column or a value of a domain in the words of a language.

    Parameters
    ----------
    value : object
        What stands in a table of estimates.
    lang : {"en", "zh"}
        The language.
    names : dict, optional
        Texts of one's own: for a value its text, or its texts in English and Chinese.

    Returns
    -------
    str
        Blank for a missing value; what has no words is told as it is.

    Examples
    --------
    >>> from povstudy.base.language import told
    >>> told("gini", "zh"), told("hills", "zh", {"hills": ("hills", "山区")})
    ('基尼系数', '山区')
    """
    t = words(lang)
    text = (names or {}).get(value, TERMS.get(value, WORDS.get(value)))
    if text is None:
        if isinstance(value, float) and value.is_integer():  # a year beside a missing one
            value = int(value)
        return "" if pd.isna(value) else str(value)
    return text if isinstance(text, str) else t(*text[:2])


# What each mechanism of the simulation lets administrative help and social work do.
BY_APPROACH = {
    "listing_errors": (
        ("cadres list with error, shared in part by a county",
         "干部评定有误差，部分误差为全县共有"),
        ("the same kind of error", "同类误差"),
    ),
    "third_party": (
        ("no second assessor", "无第二评估者"),
        ("lists as a third party, with less error, and bars part of the moved reports",
         "作为第三方评定，误差较小，并阻止部分移动的上报"),
    ),
    "inside_resources": (
        ("worth more where the county has more revenue", "县财力越强，效果越大"),
        ("the same", "相同"),
    ),
    "attention": (
        ("worth less with more households per cadre", "每名干部帮扶户数越多，效果越小"),
        ("the same, per worker", "相同，按每名社会工作者计"),
    ),
    "fit": (
        ("half of the measures fit the cause; the others are the campaign of the day",
         "半数措施与致贫原因匹配，其余为当时的统一项目"),
        ("measures fit more often if the assumed extra effect is above zero, less often if below",
         "假定的额外影响为正则匹配更多，为负则更少"),
    ),
    "outside_resources": (
        ("none from outside the county", "无县外资源"),
        ("part of the assumed extra effect comes this way", "假定的额外影响有一部分由此而来"),
    ),
    "staying": (
        ("nothing", "无"),
        ("part of the assumed extra effect, which stays after withdrawal and fades",
         "假定的额外影响的一部分，退出后留存并逐年消退"),
    ),
    "after_withdrawal": (
        ("part of the effect stays and fades", "效果部分留存并逐年消退"),
        ("the same, and what stays of the row above", "相同，另加上一行的留存"),
    ),
    "transfers": (
        ("paid while helped, gone at withdrawal", "帮扶期间发放，退出即止"),
        ("the same amount", "金额相同"),
    ),
    "dependency": (
        ("able adults earn less while helped", "帮扶期间有劳动能力者劳动收入减少"),
        ("the same", "相同"),
    ),
    "complaints": (
        ("poor households left out complain", "漏评的贫困户投诉"),
        ("the same rate; fewer are left out", "投诉率相同，漏评较少"),
    ),
    "costs": (
        ("a resident team, of the same budget", "驻村工作队，经费相同"),
        ("workers, of the same budget", "社会工作者，经费相同"),
    ),
    "relocation": (
        ("households with more assets move first", "资产较多的户先搬"),
        ("the same", "相同"),
    ),
    "deadlines": (
        ("in the deadline year reports move above the line", "达标年上报收入移至线上"),
        ("fewer, where a third party lists", "有第三方评定处较少"),
    ),
    "pathways": (
        ("nothing", "无"),
        ("contract or collaboration; by default equally good, and nothing more with both",
         "合同或协作；默认效果相同，两种帮扶并用亦无额外效果"),
    ),
}  # fmt: skip
YES_NO = {True: ("yes", "是"), False: ("no", "否")}
TARGETS = {  # of the calibration
    "leave_after_a_year": ("poor for one wave, not poor in the next, survey", "贫困一轮后脱离贫困的比例（调查）"),
    "leave_after_2_years": ("the same, poor for two waves in a row", "连续两轮贫困后脱离的比例"),
    "leave_after_3_years": ("the same, three waves", "连续三轮后脱离的比例"),
    "leave_after_4_years": ("the same, four waves", "连续四轮后脱离的比例"),
    "leave_after_5_years": ("the same, five waves", "连续五轮后脱离的比例"),
    "leave_running": ("poor in the first wave, since when is not known, not poor in the next", "首轮贫困（起始不明）次轮脱离的比例"),
    "back_within_four_years": ("of those who left, poor again within four years, survey", "脱离者四年内再现贫困的比例（调查）"),
    "above_twice_the_line": ("of those who left, income twice the line or more, survey", "脱离者中收入达贫困线两倍以上的比例（调查）"),
    "back_illness": ("back within four years: chronic illness over none", "四年内返贫之比：有慢性病比无慢性病"),
    "back_assets": ("the same: assets above the mean over below", "四年内返贫之比：资产高于均值比低于均值"),
    "back_migrant": ("the same: with a migrant over without", "四年内返贫之比：有外出务工者比无外出者"),
    "survey_over_register": ("relapse in the survey over relapse in the register", "调查返贫率与登记返贫率之比"),
    "register_relapse": ("relapse in the register, per year", "登记年返贫率"),
    "wrongly_listed": ("listed households that are not poor", "纳入者中非贫困户的比例"),
    "wrongly_left_out": ("poor households that are not listed", "贫困户中未纳入的比例"),
    "none": ("parameters without a target, such as", "无核对目标"),
}  # fmt: skip
SIMULATED_UNITS_ZH = {
    "SD": "标准差", "correlation": "相关系数", "elasticity": "弹性", "households": "户",
    "log points": "对数点", "log points per SD": "对数点/标准差", "log points per year": "对数点/年",
    "per SD": "每标准差", "ratio": "比值", "per village and year": "每村每年", "per wave": "每轮", "per year": "每年",
    "share": "份额", "villages": "村", "year": "年份", "years": "年", "yuan": "元",
    "yuan per household and year": "元/户·年", "yuan per person": "元/人",
    "yuan per person and year": "元/人·年", "yuan per village and year": "元/村·年",
    "yuan per year": "元/年",
}  # fmt: skip
SIMULATED_SOURCES_ZH = {
    "chosen by the authors": "作者选定",
    "chosen so that the calibration table holds": "为使校准表成立而选定",
    "no target speaks of these": "没有目标涉及这些参数",
    "National Bureau of Statistics, 2010 standard": "国家统计局，2010年标准",
    "direction: Chen and others 2020; size chosen": "方向：陈永伟、侯升万、符大海（2020）；大小为选定",
    "direction: Zhou and Wang 2019; size chosen": "方向：周迪、王明哲（2019）；大小为选定",
    "direction: Zhou and others 2022; size chosen": "方向：周迪、陈明成、邱铭坚（2022）；大小为选定",
    "direction: Ruan 2021; size chosen": "方向：阮荣平（2021）；大小为选定",
    "direction: Carneiro and others on Chile; size chosen": "方向：Carneiro等对智利的研究；大小为选定",
    "near 11 % wrongly listed in the register review of 2015-16; size chosen":
        "2015—2016年“回头看”约11%错评；大小为选定",
    "exit cohort of 2018: errors cluster by county; size chosen":
        "2018年退出批次：误差按县聚集；大小为选定",
    "coverage of 240 of 832 counties in the essay; by village chosen":
        "文中832县覆盖240县；按村的份额为选定",
    "Meng 2013: 0.32 over six years; range 0.05-0.30; value chosen":
        "Meng（2013）：六年0.32；范围0.05—0.30；取值为选定",
    "three-areas plan in Chongqing, 16.85 million yuan for 357 workers, divided":
        "重庆“三区”计划，357名社工1685万元，相除",
    "prior: uniform over the range, which holds zero; Uganda and Niger above, Chile and Padua at zero; value chosen":
        "先验：在含零的范围内均匀；乌干达、尼日尔为正，智利、帕多瓦为零；取值为选定",
    "no target": "无核对目标",
    "Tan-Soo and others 2025 to -0.46; others near zero; value chosen":
        "Tan-Soo等（2025）低至-0.46；其他接近零；取值为选定",
    "register returns of 0.1-1.4 % a year against 5-20 % in surveys":
        "登记年返贫率0.1%—1.4%，调查为5%—20%",
    # Of the calibration.
    "Chen, Hou and Fu 2020, rural panel survey (CFPS)": "陈永伟、侯升万、符大海（2020），农村追踪调查（CFPS）",
    "Chen, Hou and Fu 2020, rural panel survey (CFPS): near 15 % after 3-5 years":
        "陈永伟、侯升万、符大海（2020），农村追踪调查（CFPS）：3—5年后约15%",
    "5-20 % a year in surveys against 0.1-1.5 % in the register":
        "调查每年5%—20%，登记系统0.1%—1.5%",
    "State Council office, 2016-2018, over all who had left: 0.15-1.4 %":
        "国务院扶贫办，2016—2018年，除以全部已退出者：0.15%—1.4%",
    "register review 2015-16: 929 of 8,249 (10,000 persons); upper end ours":
        "2015—2016年“回头看”：8249万人中929万人；上限由我们设定",
    "register review 2015-16: 807 of 8,249; Alatas and others 2012: 0.52 (Indonesia)":
        "2015—2016年“回头看”：8249万人中807万人；Alatas等（2012）：0.52（印度尼西亚）",
    "drawn in between 0.37 and 0.086, which were seen: Chen, Hou and Fu 2020, rural panel survey (CFPS)":
        "在所见的0.37与0.086之间内插：陈永伟、侯升万、符大海（2020），农村追踪调查（CFPS）",
    "Chen, Hou and Fu 2020, rural panel survey (CFPS): most exits; the share is ours":
        "陈永伟、侯升万、符大海（2020），农村追踪调查（CFPS）：多数脱离者；比例由我们设定",
    "direction: Chen, Hou and Fu 2020, rural panel survey (CFPS); size ours":
        "方向：陈永伟、侯升万、符大海（2020），农村追踪调查（CFPS）；大小由我们设定",
    "direction: Zhou and Wang 2019; size ours": "方向：周迪、王明哲（2019）；大小由我们设定",
    "illness against transitory income and errors of the survey: more of one and less of another give the same":
        "大病、暂时收入与调查误差不能分开：此多彼少，结果相同",
    "share of long illnesses against how long they last; noise against short ones":
        "长期大病的份额与其持续时间；误差与短期大病",
    "illness_risk against transitory income; growth against persistence":
        "illness_risk与暂时收入；增长与持久性",
    "illness_loss: whoever falls from far above climbs back as far, whatever the depth":
        "illness_loss：从高处跌落者无论跌多深，都回到原处",
    "illness_ratio against illness_effect": "illness_ratio与illness_effect",
    "asset_effect against asset_buffer": "asset_effect与asset_buffer",
    "migrant_effect against who migrates": "migrant_effect与谁外出",
    "detection against errors of the survey: the ratio holds both": "发现率与调查误差：比值兼含二者",
    "detection against the true rate of falls": "发现率与真实返贫率",
    "errors of households against errors of counties; listing against the meaning of poor":
        "户的误差与县的误差；评定与“贫困”的含义",
    "as wrongly_listed": "同“纳入者中非贫困户的比例”",
}  # fmt: skip
APPROACHES = {
    "none": ("no help", "无帮扶"),
    "administrative": ("administrative help", "行政帮扶"),
    "social_work": ("social work", "社会工作"),
    "both": ("half of each", "两者各半"),
}
