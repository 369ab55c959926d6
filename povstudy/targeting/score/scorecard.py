"""A score as a card that a village committee adds up by hand: bands, whole points, a page."""

from dataclasses import dataclass, replace
from itertools import pairwise
from numbers import Integral
from pathlib import Path

import numpy as np
import pandas as pd

from ...base.checks import listed, nearest, need_columns, need_whole
from ...base.checks import mean as meant
from ...base.errors import DataError
from ...base.files import write_whole
from ...base.language import headed, in_words, texts, told
from ...base.results import Result
from ...base.status import Source, handed_on
from ...measures.sums import mean
from ...survey.estimates import Estimates
from ...survey.models.formulas import household_of
from ...survey.ranks import quantiles
from . import leaving
from .judging import judged
from .page import page_of

# Columns that a score and its card add to the table: no label is of them.
_MADE = ("fitted_", "predicted", "order", "outcome_", "rank_", "poor_", "points", "by_points",
         "card")  # fmt: skip
BANDS, LEAST, FEW = 4, 0.05, 10  # of a number; of whom in a band; traits that are asked for


@dataclass(frozen=True)
class Question:
    """A trait and its answers.

    Attributes
    ----------
    trait : str
    cuts : ndarray or None
        Of a number: least value of each band but the first.
    levels : list
        Of a trait without bands: its values.
    whole : bool
        Whether it is a number without decimals.
    least : float
        Smallest number seen.
    """

    trait: str
    cuts: object
    levels: list
    whole: bool = False
    least: float = 0.0

    def __len__(self):
        """Number of answers."""
        return len(self.levels) if self.cuts is None else len(self.cuts) + 1

    def codes(self, column):
        """Answer of each row; -1 for one that is not on the card."""
        if self.cuts is None and not self.mark:
            return pd.Index(self.levels).get_indexer(column)
        number = np.asarray(pd.to_numeric(column.astype(object), errors="coerce"), dtype=float)
        if self.mark:
            return pd.Index(self.levels).get_indexer(number)
        return np.where(np.isfinite(number), np.searchsorted(self.cuts, number, side="right"), -1)

    @property
    def mark(self):
        """Whether it is answered by yes or no."""
        return self.cuts is None and set(self.levels) <= {0, 1}

    def answers(self, lang="en", labels=None):
        """Answers in words; ``labels`` as `_texts` gives them."""
        say = in_words("scorecard", lang)
        if self.cuts is None:
            plain = [say[("no", "yes")[int(one)]] if self.mark else str(one) for one in self.levels]
            return [(labels or {}).get((self.trait, level), one)
                    for level, one in zip(self.levels, plain, strict=True)]  # fmt: skip
        told = [f"{x:.12g}" for x in self.cuts]
        if not self.whole:
            middle = [say["from_under"].format(*pair) for pair in pairwise(told)]
            return [say["under"].format(told[0]), *middle, say["or_more"].format(told[-1])]
        ends = [x - 1 for x in self.cuts]
        first = say["up_to"] if self.least < ends[0] else "{:.12g}"
        middle = [
            f"{low:.12g}" if low == high else say["from_to"].format(f"{low:.12g}", f"{high:.12g}")
            for low, high in zip(self.cuts, ends[1:], strict=False)
        ]
        return [first.format(ends[0]), *middle, say["or_more"].format(told[-1])]


@dataclass(frozen=True, repr=False, eq=False)
class Scorecard(Result):
    """Questions, answers and whole points: the more points, the poorer.

    Attributes
    ----------
    questions : list of Question
    given : list of ndarray of int
        Points of each answer of each question.
    score : ProxyMeans
        Which it was made of.
    survey : Survey
        As that of the score, with ``points``, by a card made without the place of the row, and
        ``card``, by the card itself.
    """

    questions: list
    given: list
    score: object
    survey: object

    @property
    def most(self):
        """Points of the poorest answers together."""
        return int(sum(one.max() for one in self.given))

    def points(self, table):
        """Add up the points of households.

        Parameters
        ----------
        table : DataFrame
            With the traits of the card.

        Returns
        -------
        Series of Int64
            ``points``; missing where a trait is missing and the survey drops such rows.

        Raises
        ------
        DataError
            If a trait is missing, or an answer is not on the card.
        """
        need_columns(table, [one.trait for one in self.questions])
        made, known = np.zeros(len(table), dtype=np.int64), np.ones(len(table), dtype=bool)
        for question, given in zip(self.questions, self.given, strict=True):
            column = table[question.trait]
            code, empty = question.codes(column), column.isna().to_numpy()
            odd = np.flatnonzero((code < 0) & ~(empty & self.score.core.drops))
            if len(odd):
                raise DataError(
                    f"{len(odd):,} households have an answer that is not on the card.",
                    where=f"column {question.trait}, {household_of(table, odd[0])}",
                    found=repr(column.iloc[odd[0]]), remedy=f"one of {question.answers()}",
                )  # fmt: skip
            known &= code >= 0
            made += given[code]
        made = pd.Series(made, table.index, dtype="Int64", name="points").where(known)
        return handed_on(made, self.survey)

    def tidy(self):
        """Table of the card.

        Returns
        -------
        DataFrame
            ``trait answer points share data_status``; the share of the population that gives
            the answer.
        """
        rows, w = [], self.survey.weights[self.score.core.rows]
        for question, given in zip(self.questions, self.given, strict=True):
            code = question.codes(self.score.core.frame[question.trait])
            share = np.bincount(code, w, len(question)) / w.sum()
            rows += [{"trait": question.trait, "answer": answer, "points": int(p), "share": s}
                     for answer, p, s in zip(question.answers(), given, share, strict=True)]  # fmt: skip
        made = pd.DataFrame(rows).assign(data_status=self.survey.status)
        return handed_on(made, self.survey)

    def errors(self, coverage=None) -> Estimates:
        """Estimate what banding and rounding cost, in places that neither was made from.

        Parameters
        ----------
        coverage : float or sequence of float, optional
            As for `ProxyMeans.errors`.

        Returns
        -------
        Estimates
            The terms of `ProxyMeans.errors` for the ``score`` *model* and *scorecard*;
            ``.contrast("score", "scorecard", "model")`` is the loss. Households of one sum share
            what is left of the list for them.
        """
        scores = {"model": ("predicted", "order"), "scorecard": ("by_points", "by_points")}
        return judged(self.survey, scores, poor=self.score.poor, fit=False,
                      coverage=self.score.shares(coverage))  # fmt: skip

    def lookup(self, level=0.95):
        """Tell what a sum means, from places that the card was not made from.

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            For each band of sums ``points_from points_to share n`` (share of the population);
            the ``mean`` of the outcome's column with ``ci_low ci_high``, and the range of eight of
            ten households, ``low high``, where the outcome is an amount; ``poor`` with ``poor_low
            poor_high``, where it is known who is poor.
        """
        svy, score = self.survey, self.score
        table, income = svy.rows.table, score.core.income
        known = table["points"].notna().to_numpy()
        points, w = table["points"].to_numpy()[known], svy.weights[known]
        cuts = np.unique(quantiles(points, w, list(np.arange(1, 10) / 10))) + 1
        cuts = cuts[cuts <= min(points.max(), self.most)].astype(int)
        band = np.full(len(table), np.nan)
        band[known] = np.searchsorted(cuts, points, side="right")
        svy = svy.reopened(table.assign(band_=band))
        parts = mean(svy, "points", by="band_").tidy()
        made = pd.DataFrame({
            "points_from": np.r_[0, cuts], "points_to": np.r_[cuts - 1, self.most],
            "share": parts["population"] / parts["population"].sum(), "n": parts["n"],
        })  # fmt: skip
        if score.core.amounts:
            found = mean(svy, income, by="band_").tidy(level)
            ends = svy.rows.quantiles(income, [0.1, 0.9], ["band_"], False).T
            made = made.assign(mean=found["estimate"], ci_low=found["ci_low"], ci_high=found["ci_high"],
                               low=ends[0], high=ends[1])  # fmt: skip
        if score.poor:
            found = mean(svy, score.poor, by="band_").tidy(level)
            made = made.assign(poor=found["estimate"], poor_low=found["ci_low"], poor_high=found["ci_high"])  # fmt: skip
        return handed_on(made.assign(data_status=svy.status), svy)

    def cutoffs(self, coverage=None):
        """Tell from which sum on households are listed, for a share of the population.

        Parameters
        ----------
        coverage : float or sequence of float, optional
            As for `ProxyMeans.errors`.

        Returns
        -------
        DataFrame
            ``coverage points share next_share``: the least sum by which no more than that share
            is listed, who is listed so, and who would be listed from one sum less.
        """
        core, rows = self.score.core, []
        points = self.survey.rows.table["card"].to_numpy()[core.rows].astype(int)
        size = np.bincount(points, core.w, self.most + 2) / core.w.sum()
        above = size[::-1].cumsum()[::-1]  # who has so many points, or more
        for c in self.score.shares(coverage):
            least = int(np.argmax(above <= c + 1e-12))
            lower = points[points < least].max(initial=0)
            rows.append({"coverage": c, "points": least, "share": above[least], "next_share": above[lower]})  # fmt: skip
        return handed_on(pd.DataFrame(rows), self.survey)

    def table(self, lang="en", labels=None):
        """The card as a table to be read.

        Parameters
        ----------
        lang : {"en", "zh"}
        labels : dict or DataFrame, optional
            For a trait, or a pair of trait and level, its text or its texts in English and
            Chinese; or the columns of a dataset, ``ps.describe(name).columns``.

        Returns
        -------
        DataFrame
        """
        labels = self._texts(lang, labels)
        rows = [
            {
                "question": labels.get(question.trait, question.trait),
                "answer": answer,
                "points": int(p),
            }
            for question, given in zip(self.questions, self.given, strict=True)
            for answer, p in zip(question.answers(lang, labels), given, strict=True)
        ]
        return handed_on(headed(pd.DataFrame(rows), "scorecard_table", lang), self.survey)

    def page(self, path, lang="en", title=None, labels=None):
        """Write the card as a page to print: A4, with boxes for the points and what sums mean.

        Parameters
        ----------
        path : str or Path
            Of the HTML file, which asks the network for nothing.
        lang : {"en", "zh"}
        title : str, optional
        labels : dict or DataFrame, optional
            As for `table`; of the outcome's column its name and unit, and of the places that were
            left out their name.

        Returns
        -------
        Path
        """
        if Path(path).suffix.lower() not in ("", ".html", ".htm"):
            raise DataError("The page is written as HTML, which a browser prints, or saves as PDF.", where="argument path",
                            found=str(path), remedy=f"path={str(Path(path).with_suffix('.html'))!r}")  # fmt: skip
        source = self.survey.source or Source(self.survey.status, "")
        say = in_words("scorecard", lang)
        write_whole(path, page_of(self, say, lang, title, self._texts(lang, labels), source))
        return Path(path)

    def _texts(self, lang, labels):
        """Texts of traits, levels, places and the outcome in one language, from labels."""
        if labels is None:
            return {}
        if isinstance(labels, pd.DataFrame):  # as a dataset describes its columns
            title, ends = ("title_zh", "（）") if lang == "zh" else ("title", (" (", ")"))
            need_columns(labels, ["name", title, "unit"])
            said = texts("unit")
            units = [told(one, lang, said).join(ends)
                     if isinstance(one, str) and one and not one[0].isdigit() else ""
                     for one in labels["unit"]]  # fmt: skip
            return dict(zip(labels["name"], labels[title] + units, strict=True))
        levels = {one.trait: one.levels for one in self.questions if one.cuts is None}
        made = {}
        for key, text in labels.items():
            name, level = key if isinstance(key, tuple) else (key, None)
            there = self.survey.rows.columns
            if name in there and level is not None:
                name, there = level, levels.get(name, [level])
            shown = [one.trait for one in self.questions] if level is None else there
            near = nearest(name, [one for one in shown if one not in labels])
            if name not in there and (level is not None or near):  # lists of a dataset hold more
                raise DataError(f"A label is of what is not there.{meant(near)}", where="argument labels",
                                found=repr(key), remedy=f"one of {[one for one in there if one not in _MADE][:30]}")  # fmt: skip
            both = [text, text] if isinstance(text, str) else text
            if not (isinstance(both, tuple | list) and [*map(type, both)] == [str, str]):
                raise DataError("A label is a text, or one in English and one in Chinese.", where=f"label of {key!r}",
                                found=repr(text)[:80], remedy="a text, or a pair of texts")  # fmt: skip
            made[key] = both[lang == "zh"]
        return made

    def summary(self, lang="en"):
        """Say first what the card is worth in places it was not made from, beside the model.

        Parameters
        ----------
        lang : {"en", "zh"}

        Returns
        -------
        str
        """
        say, lines, errors = in_words("scorecard", lang), [], self.errors()
        table = errors.tidy().set_index(["coverage", "score", "term"])
        loss = errors.contrast("score", "scorecard", "model").tidy().set_index(["coverage", "term"])
        key, cut = "exclusion error of the poor", self.cutoffs().set_index("coverage")["points"]
        for c in self.score.coverage:
            lines.append(say["loss"].format(
                coverage=100 * c, card=100 * table.loc[(c, "scorecard", key), "estimate"],
                model=100 * table.loc[(c, "model", key), "estimate"], points=cut[c],
                **{end: round(100 * loss.loc[(c, key), end], 1) + 0.0 for end in ("estimate", "ci_low", "ci_high")},
            ))  # fmt: skip
        lines.append(say["size"].format(questions=len(self.questions), most=self.most))
        return "\n".join(lines)


# How a card is made -------------------------------------------------------------------


def made_card(score, points, traits):
    """Choose questions, fit their answers, make whole points; anew without each fold."""
    core = score.core
    need_whole("points", points, 10, such=100, most=10_000)
    names, number = _wanted(core, traits)
    questions = [_question(name, core.frame[name], core.w) for name in names]
    questions = [one for one in questions if len(one) > 1]
    codes = [one.codes(core.frame[one.trait]) for one in questions]
    # columns, without the first answer
    wide = np.array([len(one) - 1 for one in questions], dtype=int)
    blocks = [slice(*pair) for pair in pairwise(np.r_[1, 1 + np.cumsum(wide)])]
    marks = [code == i for code, n in zip(codes, wide, strict=True) for i in range(1, n + 1)]
    x = np.column_stack([np.ones(len(core.y)), *marks, core.y])
    parts = leaving.parts_of(*leaving.folds_of(core.place, len(core.places), core.w, False))
    sums = np.array([(x[part] * core.w[part, None]).T @ x[part] for part in parts])

    def card(rows, own):
        chosen = _chosen(own, blocks, number) if number else list(range(len(blocks)))
        picked = np.r_[0, *(np.r_[blocks[i]] for i in chosen)].astype(int)
        kind = core.kind if isinstance(core.kind, str) else "ols"
        if kind == "ols":
            slopes = np.linalg.pinv(own[np.ix_(picked, picked)], hermitian=True) @ own[picked, -1]
        else:
            w = core.w[rows] / core.w[rows].sum()
            slopes = leaving.fit(kind, x[rows][:, picked], core.y[rows], w, core.tau)
        slopes = np.split(slopes[1:] * (1 if core.upward else -1), np.cumsum(wide[chosen])[:-1])
        return chosen, _whole_points([np.r_[0.0, one] for one in slopes], points)

    def added(rows, chosen, given):
        return sum(p[codes[i][rows]] for i, p in zip(chosen, given, strict=True))

    everyone, out = np.arange(len(core.y)), np.empty(len(core.y))
    for part, own in zip(parts, sums, strict=True):
        rest = np.setdiff1d(everyone, part, assume_unique=True)
        out[part] = added(part, *card(rest, sums.sum(axis=0) - own))
    chosen, given = card(everyone, sums.sum(axis=0))
    made = added(everyone, chosen, given)
    asked = [_joined(questions[i], p) for i, p in zip(chosen, given, strict=True) if p.any()]
    made = {"points": out, "by_points": -out, "card": made}
    svy = core.with_columns(score.survey, core.rows, made)
    return Scorecard([one for one, _ in asked], [p for _, p in asked], score, svy)


def _joined(question, given):
    """A question whose neighbouring bands of as many points are one."""
    if question.cuts is None:
        return question, given
    new = np.diff(given) != 0
    return replace(question, cuts=question.cuts[new]), given[np.r_[True, new]]


def _wanted(core, traits):
    """Columns that may be asked for, and how many are to be chosen of them; 0 for all."""
    there = core.right.columns
    if traits is None or (isinstance(traits, Integral) and not isinstance(traits, bool)):
        number = FEW if traits is None else traits
        need_whole("traits", number, such=FEW)
        return core.distinct(there), number
    names = [*dict.fromkeys(listed(traits))]
    for one in names or [None]:
        if one not in there:
            raise DataError(f"A card asks for traits of the formula.{meant(nearest(one, there))}", where="argument traits",
                            found=one, remedy=f"some of {there[:30]}")  # fmt: skip
    return names, 0


def _question(name, column, weights):
    """Answers to a trait: marks and levels as they are, numbers in bands."""
    if isinstance(column.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(column):
        levels = pd.Categorical(column).remove_unused_categories().categories  # in their order
        return Question(name, None, list(levels))
    x = column.to_numpy(dtype=float)
    values = np.unique(x)
    if set(values) <= {0, 1}:
        return Question(name, None, [int(one) for one in values])
    whole = bool((values % 1 == 0).all())
    near = [] if not whole or len(values) >= 50 else [
        one for one in values[1:] if weights[x >= one].sum() >= LEAST * weights.sum()]  # fmt: skip
    if not 0 < len(near) < BANDS:  # else each number is a band, as rooms: 1, 2, 3 or more
        near = quantiles(x, weights, list(np.arange(1, BANDS) / BANDS))
        near = np.unique(near + 1 if whole else [float(f"{one:.2g}") for one in near])
    cuts, all_w, below = [], weights.sum(), 0.0
    for cut in near:  # a band, and what is left above it, hold some households
        under = weights[x < cut].sum() / all_w
        if under - below >= LEAST and 1 - under >= LEAST and len(cuts) < BANDS - 1:
            cuts, below = [*cuts, cut], under
    return Question(name, np.array(cuts), [], whole, values[0])


def _chosen(sums, blocks, number):
    """Questions one by one, each that which explains most beside the others (forward selection)."""
    left, chosen = sums.copy(), []
    whole = left[-1, -1] - left[0, -1] ** 2 / left[0, 0]
    left = left - np.outer(left[:, 0], left[0]) / left[0, 0]
    for _ in range(min(number, len(blocks))):
        gains = [
            0.0 if i in chosen else left[at, -1] @ np.linalg.pinv(left[at, at], 1e-9, True) @ left[at, -1]
            for i, at in enumerate(blocks)
        ]  # fmt: skip
        best = int(np.argmax(gains))
        if not gains[best] > 1e-6 * whole:
            break
        chosen.append(best)
        at = blocks[best]
        left = left - left[:, at] @ np.linalg.pinv(left[at, at], 1e-9, True) @ left[at]
    return chosen


def _whole_points(made, points):
    """Whole points of answers, none below 0, whose largest add up to what is wanted."""
    made = [one - one.min() for one in made]
    top = np.array([one.max() for one in made])
    if not top.sum() > 0:
        raise DataError("No trait tells the poor from others: a card would give all the same.",
                        where="argument traits", remedy="other traits")  # fmt: skip
    near = np.linspace(-0.1, 0.1, 2001)
    scale = points / top.sum() * (1 + near[np.argsort(np.abs(near), kind="stable")])
    best = scale[np.argmin(np.abs(np.rint(np.outer(scale, top)).sum(axis=1) - points))]
    return [np.rint(one * best).astype(np.int64) for one in made]
