"""What a summary of cost-effectiveness says, in sentences."""

import numpy as np

from ..base.language import in_words, spoken, told, words
from ..base.rounding import short
from ..base.status import Source
from .dominance import STATUSES


def sentences(found, lang):
    """Which strategy for which amount, how sure that is, and how it was made; the first says what to choose."""
    say, table = in_words("worth_its_price", lang), found.frontier()
    t = words(lang)
    name = lambda one: told(one, lang, lists=("approach", "value"))  # noqa: E731
    unit = spoken(found.unit, lang)
    up = table[table["status"] == STATUSES[0]]
    names, steps = [name(one) for one in up["strategy"]], up["icer"].tolist()[1:]
    if not steps:
        made = [say["one"].format(names[0])]
    else:
        made = [say["up_to"].format(names[0], short(steps[0]), unit)]
        for at, one in enumerate(names[1:], 1):
            if at < len(steps):
                made.append(say["between"].format(one, short(steps[at - 1]), short(steps[at])))
            else:
                made.append(say["above"].format(one, short(steps[at - 1])))
    lines = [t(" ", "").join(made)]
    if found.status == "simulated":
        lines = [Source("simulated", "").heading(lines[0], lang, whole=True)]
    for row in table.itertuples():
        one, other = name(row.strategy), name(row.against)
        if row.status == STATUSES[1]:
            lines.append(say["dominated"].format(one, other))
        elif row.status == STATUSES[2]:
            lines.append(say["extended"].format(one))
        elif isinstance(row.shape, str):
            ends = [
                short(x) if np.isfinite(x) else say["no_end"] for x in (row.ci_low, row.ci_high)
            ]
            lines.append(say[row.shape].format(one, other, *ends, unit=unit))
    lines += _how_sure(found, say, steps or [found._amounts()[20]], unit)
    lines += [say[one] for one in found.notes]
    if found.left_out:
        lines.append(say["left_out"].format(t(", ", "、").join(map(name, found.left_out))))
    if found.dropped:
        lines.append(say["dropped"].format(found.dropped))
    return [*lines, say["discounted"]]


def _how_sure(found, say, steps, unit):
    """How likely the choice is wrong at each ratio, and what it costs not to know."""
    made = []
    for ratio in steps:
        at = found.acceptability([ratio])
        top = at.loc[at["best"]].iloc[0]
        all_of = found.information([ratio], {})["value"].iloc[0]
        made.append(
            say["sure"].format(short(ratio), unit, 100 * (1 - top["probability"]), short(all_of))
        )
    return made
