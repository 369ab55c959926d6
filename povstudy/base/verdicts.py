"""Verdicts: what holds, what does not, what cannot be told, with the reasons in words."""

from dataclasses import dataclass

import pandas as pd

from .language import headed, in_words, texts, told, words
from .results import Result
from .status import handed_on

HOLDS, FALLS, OPEN = "holds", "does not hold", "cannot be told"


def minus(names, t):
    """One thing, or one minus another, in words."""
    return t(" minus ".join(names), "与".join(names) + "之差" * (len(names) > 1))


def named(arm, lang, names=None):
    """Words of an arm, or of one arm minus another, also after an outcome.

    Parameters
    ----------
    arm : str
        The arm, or ``"a - b"``, or ``"outcome, a - b"``.
    lang : {"en", "zh"}
        The language.
    names : dict, optional
        Texts of one's own, as in `told`.

    Returns
    -------
    str

    Examples
    --------
    >>> from povstudy.base.verdicts import named
    >>> named("social_work - none", "en")
    'social work minus no help'
    """
    names = {**texts("approach"), "both": texts("value")["both"], **(names or {})}
    parts = [[told(one, lang, names) for one in part.split(" - ")] for part in str(arm).split(", ")]
    t = words(lang)
    return t(", ", "，").join(minus(one, t) for one in parts)


def line(verdicts, lang="en", names=None):
    """Verdicts in a line, as figures and summaries show them.

    Parameters
    ----------
    verdicts : dict
        For each effect its verdict.
    lang, names
        As in `named`.

    Returns
    -------
    str

    Examples
    --------
    >>> from povstudy.base.verdicts import line
    >>> line({"social_work": "holds", "both": "cannot be told"})
    'Verdict. social work: holds; both: cannot be told.'
    """
    say = in_words("judged", lang)
    parts = [say["arm"].format(named(arm, lang, names), say[one]) for arm, one in verdicts.items()]
    return say["line"].format(words(lang)("; ", "；").join(parts))


class _Told(float):
    """A number as it is told: thousands in full, not as a power of ten."""

    def __format__(self, spec):
        large = spec.endswith("g") and 1000 <= abs(self) < 1e12
        return format(float(self), ("+" if "+" in spec else "") + ",.0f" if large else spec)


@dataclass(frozen=True, repr=False)
class Verdict(Result):
    """Verdicts on effects, with their reasons and the numbers they rest on.

    Attributes
    ----------
    table : DataFrame
        As `tidy` gives it.
    thresholds : dict
        What was asked of an effect that holds.
    """

    table: pd.DataFrame
    thresholds: dict

    def _main(self, lang):
        return handed_on(headed(self.told(lang), "verdicts_table", lang), self.table)

    def _told(self, lang):
        return ""  # the table says all of it

    def tidy(self):
        """Table of the verdicts: a row for each effect.

        Returns
        -------
        DataFrame
            What it is an effect of, ``verdict``, ``reasons`` (codes, in the order of the rule),
            ``estimate std_error ci_low ci_high``, the numbers of each check, ``n df method
            data_status``.
        """
        return self.table.copy()

    def verdicts(self):
        """For each effect its verdict.

        Returns
        -------
        dict
        """
        return {self._of(row): row["verdict"] for row in self.table.to_dict("records")}

    def told(self, lang="en", names=None):
        """Each verdict, its reasons, and what may help, in words.

        Parameters
        ----------
        lang, names
            As in `named`.

        Returns
        -------
        DataFrame
            ``effect verdict estimate why then``, all of them texts.
        """
        say, why, then = (in_words(name, lang) for name in ("judged", "judged_why", "judged_then"))
        rows, pause = [], words(lang)("; ", "；")
        for row in self.table.to_dict("records"):
            row = {name: _Told(x) if isinstance(x, float) else x for name, x in row.items()}
            codes = row["reasons"].split("; ") if row["reasons"] else [self.thresholds["stands"]]
            helps = dict.fromkeys(then[code] for code in codes if code in then)
            rows.append({
                "effect": named(self._of(row), lang, names), "verdict": say[row["verdict"]],
                "estimate": say["interval"].format(**row),
                "why": pause.join(why[code].format(**{**row, **self.thresholds}) for code in codes),
                "then": pause.join(helps),
            })  # fmt: skip
        return pd.DataFrame(rows)

    def summary(self, lang="en"):
        """Say each verdict, its reasons, and what may help.

        Parameters
        ----------
        lang : {"en", "zh"}
            The language.

        Returns
        -------
        str
        """
        say, lines = in_words("judged", lang), [line(self.verdicts(), lang)]
        for row in self.told(lang).to_dict("records"):
            parts = [say["row"].format(**row)]
            parts += [say["then"].format(row["then"])] * bool(row["then"])
            lines.append(words(lang)(" ", "").join(parts))
        return "\n".join(lines)

    def _of(self, row):
        """What a row is an effect of: the columns before the verdict."""
        names = self.table.columns[: self.table.columns.get_loc("verdict")]
        return ", ".join(str(row[one]) for one in names)
