"""A relapse model told in words, in English and Chinese."""

import re

import numpy as np
import pandas as pd

from ..base.language import in_words, told, words
from ..base.status import STATUSES

_CHINESE = (  # of what a summary prints: terms of the baseline, and how errors were made
    (r"\bIntercept\b", "截距"), (r"^duration (\d+)\+$", r"脱贫后第\1年起"),
    (r"^duration ([0-9-]+)$", r"脱贫后第\1年"),
    (r"\bduration\b", "脱贫后年数"), (r", clustered by (.+)$", r"，按\1聚类"), (", households$", "，以户为单位"),
    (r", penalised likelihood \(Firth\)$", "，惩罚似然（Firth）"),
)  # fmt: skip


def _in_chinese(text):
    for english, chinese in _CHINESE:
        text = re.sub(english, chinese, text)
    return text


def summary(fit, lang):
    """Tell a fit in text; see `RelapseFit.summary`."""
    t, base, one = words(lang), fit.baseline, fit.frailty
    say = lambda text: t(text, _in_chinese(text))  # noqa: E731
    more = (
        t(" (pseudo: weighted)", "（伪似然：加权）") if fit.weighted
        else t(f", penalised {fit.profile.top:,.3f}", f"，惩罚后{fit.profile.top:,.3f}") if fit.profile
        else t(f", AIC {fit.aic:,.3f}", f"，AIC {fit.aic:,.3f}")
    )  # fmt: skip
    after = t(", holding after", "，此后沿用") if base.open else ""
    lines = [
        t(f"Relapse model ({fit.method}): ", f"返贫模型（{say(fit.method)}）：") + fit.formula.text,
        t(f"{fit.events:,} events in {fit.n:,} household-periods at risk, {fit.clusters:,} independent units; "
          f"data: {fit.status}",
          f"{fit.n:,}个处于风险中的户期内{fit.events:,}例返贫，{fit.clusters:,}个独立单元；"
          f"数据性质：{STATUSES[fit.status][1]}"),
        t("log-likelihood ", "对数似然 ") + f"{fit.loglik:,.3f}" + more,
        t("baseline: ", "基线：") + t(", ", "、").join(map(say, base.names)) + after
        + t(f" (seen up to {base.seen})", f"（观察至第{base.seen}期）"),
    ]  # fmt: skip
    if one is not None:
        tested = (
            t("not tested (pseudo-likelihood: weighted)", "未检验（伪似然：加权）") if fit.weighted
            else t(f"test of zero: {one.statistic:.3f}, p = {one.p_value:.3g} (half of chi-squared, 1 df)",
                   f"零方差检验{one.statistic:.3f}，p={one.p_value:.3g}（卡方之半，自由度1）")
        )  # fmt: skip
        lines.append(t(f"gamma frailty: variance {one.variance:.4f} (std. error {one.std_error:.4f}), ",
                       f"伽马脆弱项：方差{one.variance:.4f}（标准误{one.std_error:.4f}），") + tested)  # fmt: skip
    if base.quiet:
        lines.append(t(
            f"no events from period {base.quiet} on: a hazard of 0, at most {base.bound:.3g} (exact, one-sided 97.5 %)",
            f"自第{base.quiet}期起无人返贫：风险率为0，至多{base.bound:.3g}（精确，单侧97.5%）"))  # fmt: skip
    if fit.excluded:
        left = (f"{told(why, lang)} {n:,}" for why, n in fit.excluded.items())
        lines.append(t("left out: ", "未计入：") + t(", ", "，").join(left))
    heads = ("estimate", "std_error", "ci_low", "ci_high")
    heads = {one: t(one, in_words("printed", "zh")[one]) for one in heads}
    table = fit.tidy().set_index("term")[list(heads)].rename(columns=heads)
    table.index.name, inside = None, fit.formula.names
    ratio = t("hazard ratio", "风险比") if fit.link == "cloglog" else t("odds ratio", "优势比")
    table.loc[inside, ratio] = np.exp(fit.params[inside])
    table.index = [say(name) if name in base.names else name for name in table.index]
    with pd.option_context("display.unicode.east_asian_width", lang == "zh"):
        return "\n".join([*lines, "", table.to_string(float_format="{:.4f}".format, na_rep="")])
