"""A scorecard as a page to print: one HTML file, A4, black on white, that asks nothing of the network."""

from html import escape

import numpy as np

from ..base.webfont import font_face

_CSS = """
@page{size:A4;margin:12mm}
body{max-width:186mm;margin:0 auto;color:#000;background:#fff;
 font:10pt/1.35 "Noto Sans","Noto Sans CJK SC","Microsoft YaHei","PingFang SC","povstudy Sans SC",sans-serif}
h1{font-size:15pt;margin:0 0 1mm}h2{font-size:11.5pt;margin:4mm 0 1mm}p{margin:1mm 0}
table{border-collapse:collapse;width:100%}th,td{border:.3mm solid #000;padding:.8mm 1.6mm;text-align:left;
 vertical-align:middle}th{font-weight:bold}.number{text-align:right;white-space:nowrap}
.box{width:16mm;height:7mm}.blank{display:inline-block;border-bottom:.3mm solid #000;min-width:30mm}
.answer{display:inline-block;margin-right:5mm;white-space:nowrap}.answer b{border:.3mm solid #000;padding:0 1.2mm}
.small{font-size:8.5pt}tr,h2{break-inside:avoid;break-after:auto}h2{break-after:avoid}
.next{break-before:page}
"""


def page_of(card, say, lang, title, label, labels, source):
    """The page of a `Scorecard`.

    Parameters
    ----------
    card : Scorecard
    say : dict
        Words of the language.
    lang : {"en", "zh"}
    title : str or None
    label : callable
        Text of a trait.
    labels : dict or None
        Of traits and levels.
    source : Source

    Returns
    -------
    str
    """
    title = source.heading(title or say["title"], lang)
    asked = [
        (label(one.trait), one.answers(lang, labels), given)
        for one, given in zip(card.questions, card.given, strict=True)
    ]
    blanks = "".join(
        f"{escape(one)} <span class=blank></span> " for one in say["fields"].split("|")
    )
    parts = [
        f"<h1>{escape(title)}</h1>", f"<p>{escape(say['how'])}</p>", f"<p>{blanks}</p>",
        _questions(asked, say, card.most), f"<h2>{escape(say['means'])}</h2>",
        _meaning(card, say, label), *_listing(card, say),
        f"<h2 class=next>{escape(say['example'])}</h2>", _example(card, asked, say),
        f'<p class="small">{escape(_made(card, say))} {escape(source.line(lang))}</p>',
    ]  # fmt: skip
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{font_face(body)}{_CSS}</style></head><body>\n{body}\n</body></html>\n"
    )


def _row(cells, tag="td"):
    return "<tr>" + "".join(
        f"<{tag}{f' class={kind!r}' if kind else ''}>{text}</{tag}>" for kind, text in cells
    ) + "</tr>"  # fmt: skip


def _heads(*texts):
    return _row([("", escape(one)) for one in texts], "th")


def _questions(asked, say, most):
    """Each question with its answers, the points of each, and a box."""
    rows = [_heads(say["number"], say["question"], say["answers"], say["box"])]
    for i, (text, answers, given) in enumerate(asked, 1):
        told = "".join(f'<span class="answer">{escape(one)} <b>{p}</b></span>'
                       for one, p in zip(answers, given, strict=True))  # fmt: skip
        rows.append(_row([("number", i), ("", escape(text)), ("", told), ("box", "")]))
    rows.append(f'<tr><th colspan="3">{escape(say["sum"].format(most=most))}</th>'
                '<td class="box"></td></tr>')  # fmt: skip
    return f'<table id="questions">{"".join(rows)}</table>'


def _meaning(card, say, label):
    """What sums mean, as seen in places that the card was not made from."""
    found, income = card.lookup(), card.score.core.income
    poor, amounts = "poor" in found, "mean" in found
    heads = [say["points"], say["share"]]
    heads += [say["poor"]] * poor + [
        f"{label(income)}: {one}" for one in (say["mean"], say["range"])
    ] * amounts
    rows = [_heads(*heads)]
    for one in found.to_dict("records"):
        cells = [say["from_to"].format(one["points_from"], one["points_to"])
                 if one["points_from"] < one["points_to"] else str(one["points_from"]),
                 f"{100 * one['share']:.0f}"]  # fmt: skip
        if poor:
            cells.append(
                say["between"].format(
                    *(f"{100 * one[x]:.0f}" for x in ("poor", "poor_low", "poor_high"))
                )
            )
        if amounts:
            cells.append(
                say["between"].format(*(_short(one[x]) for x in ("mean", "ci_low", "ci_high")))
            )
            cells.append(say["from_to"].format(_short(one["low"]), _short(one["high"])))
        rows.append(_row([("number", escape(x)) for x in cells]))
    return f'<table id="meaning">{"".join(rows)}</table>'


def _listing(card, say):
    """From which sum on households are listed, and what such a list gets wrong."""
    errors = card.errors().tidy().query("score == 'scorecard'").set_index(["coverage", "term"])
    for one in card.cutoffs().to_dict("records"):
        missed, leak = (100 * errors.loc[(one["coverage"], term), "estimate"] for term in (
            "exclusion error of the poor", "inclusion error of the listed"))  # fmt: skip
        text = say["list"].format(coverage=100 * one["coverage"], points=one["points"],
                                  share=100 * one["share"], next_share=100 * one["next_share"])  # fmt: skip
        key = "wrong" if card.score.poor else "wrong_poorest"
        yield f"<p><b>{escape(text)}</b> {escape(say[key].format(missed=missed, leak=leak, coverage=100 * one['coverage']))}</p>"


def _example(card, asked, say):
    """A made-up household, whose answers are the most common ones, filled in."""
    rows, added = [_heads(say["question"], say["answer"], say["points"])], []
    core = card.score.core
    for question, (text, answers, given) in zip(card.questions, asked, strict=True):
        code = question.codes(core.frame[question.trait])
        at = int(np.argmax(np.bincount(code, core.w, len(answers))))
        added.append(int(given[at]))
        rows.append(_row([("", escape(text)), ("", escape(answers[at])), ("number", added[-1])]))
    found = card.lookup()
    here = found[found["points_from"] <= sum(added)].iloc[-1]
    text = say["added"].format(sum=" + ".join(map(str, added)), total=sum(added))
    line = say["from_to"].format(here["points_from"], here["points_to"])
    return (f'<table id="example">{"".join(rows)}</table><p>{escape(text)} '
            f"{escape(say['read'].format(band=line))}</p>")  # fmt: skip


def _made(card, say):
    score = card.score
    return say["made"].format(n=len(score.core.y), places=len(score.places),
                              columns=", ".join(map(str, score.leave_out)))  # fmt: skip


def _short(x):
    """A number with three figures that count."""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"
