"""A scorecard as a page to print: one HTML file, A4, black on white, that asks nothing of the network."""

from html import escape
from numbers import Real

import numpy as np
import pandas as pd

from ...base.rounding import short
from ...base.webfont import font_face

_CSS = """
@page{size:A4;margin:12mm}
body{max-width:186mm;margin:0 auto;color:#000;background:#fff;
 font:10pt/1.35 "Noto Sans","Noto Sans CJK SC","Microsoft YaHei","PingFang SC","povstudy Sans SC",sans-serif}
h1{font-size:15pt;margin:0 0 1mm}h2{font-size:11.5pt;margin:4mm 0 1mm;break-after:avoid}p{margin:1mm 0}
table{border-collapse:collapse;width:100%}th,td{border:.3mm solid #000;padding:.8mm 1.6mm;text-align:left}
td{vertical-align:middle}tr{break-inside:avoid;text-align:left!important}
#questions th{white-space:nowrap}#questions td:nth-child(3){line-height:1.55}
#questions td:last-child{width:16mm;height:6mm}#questions tr:last-child,#questions b{font-weight:bold}
#questions span{display:inline-block;margin-right:5mm;white-space:nowrap}
#questions b{border:.3mm solid #000;padding:0 1.2mm}#meaning td,#example td:last-child{text-align:right;white-space:nowrap}
u{display:inline-block;border-bottom:.3mm solid #000;min-width:30mm;text-decoration:none}
.next{break-before:page}.small{font-size:8.5pt}
"""


def page_of(card, say, lang, title, labels, source):
    """The page of a `Scorecard`.

    Parameters
    ----------
    card : Scorecard
    say : dict
        Words of the language.
    lang : {"en", "zh"}
    title : str or None
    labels : dict
        Texts of traits, levels, places and the outcome.
    source : Source

    Returns
    -------
    str
    """
    title, found = escape(source.heading(title or say["title"], lang)), card.lookup()
    label = lambda one: escape(str(labels.get(one, one)))  # noqa: E731
    asked = [
        (label(one.trait), [escape(x) for x in one.answers(lang, labels)], given)
        for one, given in zip(card.questions, card.given, strict=True)
    ]
    fields = "".join(f"{escape(one)} <u></u> " for one in say["fields"].split("|"))
    score = card.score
    made = say["made"].format(n=len(score.core.y), places=len(score.places),
                              columns=", ".join(map(label, score.leave_out)))  # fmt: skip
    income, line = label(score.core.income), ""
    if isinstance(score.line, Real):
        line = f"<p>{say['line'].format(line=f'{score.line:,.6g}', income=income)}</p>"
    body = "\n".join([
        f"<h1>{title}</h1><p>{say['how']}</p><p>{fields}</p>", _questions(asked, say, card.most),
        f"<h2>{say['means']}</h2>", line, _meaning(found, say, income),
        *_listing(card, say), f'<h2 class="next">{say["example"]}</h2>',
        _example(card, asked, found, say), f'<p class="small">{made} {escape(source.line(lang))}</p>',
    ])  # fmt: skip
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{font_face(body)}{_CSS}</style></head><body>\n{body}\n</body></html>\n"
    )


def _table(name, rows, *heads):
    return pd.DataFrame(rows, columns=heads).to_html(
        index=False, escape=False, border=0, table_id=name
    )


def _questions(asked, say, most):
    """Each question with its answers, the points of each, and a box."""
    told = lambda pairs: "".join(f"<span>{one} <b>{p}</b></span>" for one, p in pairs)  # noqa: E731
    rows = [[i, text, told(zip(answers, given, strict=True)), ""]
            for i, (text, answers, given) in enumerate(asked, 1)]  # fmt: skip
    rows.append(["", say["sum"].format(most=most), "", ""])
    return _table("questions", rows, *(say[x] for x in ("number", "question", "answers", "box")))


def _meaning(found, say, income):
    """What sums mean, as seen in places that the card was not made from."""
    made, percent = {say["points"]: _bands(found, say)}, lambda x: f"{100 * x:.0f}"
    made[say["share"]] = found["share"].map(percent)
    told = lambda text, form, names: [  # noqa: E731
        say[text].format(*map(form, row)) for row in found[names].to_numpy()
    ]
    if "poor" in found:
        made[say["poor"]] = told("between", percent, ["poor", "poor_low", "poor_high"])
    if "mean" in found:
        made[say["of_income"].format(income, say["mean"])] = told(
            "between", short, ["mean", "ci_low", "ci_high"]
        )
        made[say["of_income"].format(income, say["range"])] = told(
            "from_to", short, ["low", "high"]
        )
    return _table("meaning", zip(*made.values(), strict=True), *made)


def _bands(found, say):
    ends = zip(found["points_from"], found["points_to"], strict=True)
    return [str(low) if low == high else say["from_to"].format(low, high) for low, high in ends]


def _listing(card, say):
    """From which sum on households are listed, and what such a list gets wrong."""
    errors = card.errors().tidy().query("score == 'scorecard'").set_index(["coverage", "term"])
    for one in card.cutoffs().to_dict("records"):
        at = (100 * errors["estimate"]).loc[one["coverage"]]
        told = {"missed": at["exclusion error of the poor"], "points": one.pop("points"),
                "leak": at["inclusion error of the listed"], **{x: 100 * y for x, y in one.items()}}  # fmt: skip
        wrong = say["wrong" if card.score.poor else "wrong_poorest"]
        yield f"<p><b>{say['list'].format(**told)}</b> {wrong.format(**told)}</p>"


def _example(card, asked, found, say):
    """A made-up household, whose answers are the most common ones, filled in."""
    rows, core = [], card.score.core
    for question, (text, answers, given) in zip(card.questions, asked, strict=True):
        code = question.codes(core.frame[question.trait])
        at = int(np.argmax(np.bincount(code, core.w, len(answers))))
        rows.append([text, answers[at], int(given[at])])
    points = [row[-1] for row in rows]
    line = _bands(found, say)[np.flatnonzero(found["points_from"] <= sum(points))[-1]]
    told = say["added"].format(sum=" + ".join(map(str, points)), total=sum(points))
    table = _table("example", rows, say["question"], say["answer"], say["points"])
    return f"{table}<p>{told} {say['read'].format(band=line)}</p>"
