"""Numbers and words that stand for no answer: the one list of them, and how they are told from values.

Household surveys write "refused", "does not know", "does not apply" as numbers: -1, -2, -8, -9, -10
(CFPS), -1, -88, -99 (CHIP), -7, -9 (CHFS), -1 to -5 and -7 (National Longitudinal Surveys, by their
pages on item nonresponse), -3, -7, -9, -97 to -99 (other surveys of the World Bank's catalogue), -9 in
incomes and 99 in counts (EPH of Argentina), 77 and 99, 888 and 999 (questions of health surveys and of
needs assessments), and the greatest number that a column can hold, as 99999 or 999999 (IPUMS).
"""

import re
from functools import cached_property
from numbers import Real

import numpy as np

from .checks import listed
from .errors import DataError

# What labels of codes say that are no answers, without blanks, by the reason that is told.
_NO_ANSWER = {
    "not_applicable": "不适用|跳[答问过题]|(?:无需|不需要?|不用)(?:回答|填写)|无此项|n/?a|(?:not|doesnot|doesn['’]?t)appl(?:y|icable)"
    "|inap(?:plicable)?|(?:valid|legit(?:imate)?)?skip(?:ped)?|(?:question)?notasked|(?:notin|outof)universe|niu"
    "|no(?:se)?aplica|n[aã]oseaplica|nonapplicable|sansobjet",
    "withheld": "拒绝(?:回答|作答|透露|访问)?|拒[答访]|不愿意?(?:回答|透露|说)|(?:dk/)?rf|refus(?:es?d?|al)(?:to(?:answer|respond|say))?"
    "|(?:declined?|unwilling|prefer(?:s|red)?not)(?:to(?:answer|respond|say|state))?|refus[oeéó]",
    "not_available": "(?:我|受访者)?(?:不知道?|不太?清楚?|不(?:太?记得|确定)|记不(?:清楚?|得|起|住)了?|忘记?了|说不(?:清楚?|准|好)|不好说|很?难说)"
    "|无法(?:判断|回答|作答|确定|估计|获得)|(?:数据|系统)?缺失值?|缺[省答]|未知|不详|漏[答填问]|[未没](?:有)?填写?|空白|无效(?:值|回答|答案|数据)?"
    "|[未没无不](?:有)?(?:回答|应答|作答)|无数据|未(?:获得|采集|记录)|(?:do(?:es)?n['’]?t|donot|doesnot|can['’]?t|cannot)(?:know|remember|recall|say)|dk|un(?:known|sure)|notsure"
    "|(?:system)?missing(?:value|data|inerror)?|no(?:answer|response|data)|(?:item)?nonresponse|not(?:answered|stated|reported|recorded|specified|ascertained|available|interviewed)"
    "|unanswered|unabletodetermine|invalid(?:value|response|answer)?|(?:left)?blank|nosabe|ns/?nr|ns/?nc|norespond[eií]o?|sin(?:respuesta|datos?)|nesaitpas|nsp|(?:sans|non)r[eé]ponse|n[aã]o(?:sabe|respondeu)",
}  # fmt: skip


def reason_of(label):
    """Why a code with this label is no answer; empty if it is one.

    Parameters
    ----------
    label : str
        In plain characters.

    Returns
    -------
    str
        ``"not_applicable"``, ``"withheld"``, ``"not_available"`` or nothing; the first of several
        (不知道/拒绝回答), if all are such.

    Examples
    --------
    >>> from povstudy.base.codes import reason_of
    >>> reason_of("不适用"), reason_of("-1. Don't know"), reason_of("does not know anybody")
    ('not_applicable', 'not_available', '')
    """
    text = label.lower().strip("'\"[]<>* ").replace("(vol.)", "")
    text = re.sub(r"^[\[(]?-?[0-9]+[\])]?[.:、,\s-]*|[.。]$", "", text).strip()
    reasons = []
    for part in re.split(
        r"[/,、;|或(]|\bor\b|\s[-–—]+\s", "n.a" if text in ("n/a", "n.a") else text
    ):
        part = "".join(part.split()).strip(")]-.").replace("n.a", "na")
        reasons.append(next((reason for reason, words in _NO_ANSWER.items()
                             if re.fullmatch(words, part)), ""))  # fmt: skip
    return reasons[0] if all(reasons) else ""


# Numbers ------------------------------------------------------------------------------

_FAR = (-9, -8, -7)  # codes that few scales reach, and none without the steps between
_SMALL = 10  # codes from -1 to -10: which scales and changes have too
SHARE = 0.005  # of all rows, that hold a code in the midst of others
_SAMPLE = 20_000  # values that are looked at for codes in the midst of others, where there are more


def codes_of_width(digits):
    """Codes that fill a column of so many digits: 9 to the end, the three before it, 7s and 8s.

    Parameters
    ----------
    digits : int

    Returns
    -------
    list of float

    Examples
    --------
    >>> from povstudy.base.codes import codes_of_width
    >>> codes_of_width(3)
    [777.0, 888.0, 996.0, 997.0, 998.0, 999.0]
    """
    most = 10.0**digits - 1
    return [most // 9 * 7, most // 9 * 8, *np.arange(most - 3, most + 1).tolist()]


# What codebooks have for no answer below zero, and nines, the longest first.
LEAST = codes_of_width(2)[0]  # of the codes at the upper end
BELOW = (*range(-_SMALL, 0), *(-one for n in range(2, 10) for one in codes_of_width(n)))
NINES = tuple(10.0**digits - 1 for digits in range(3, 8))


class Looked:
    """A column of numbers in memory, as `suspects` looks at it; engines have the same methods."""

    def __init__(self, y):
        """Values; not a number where they are not known."""
        self.y = y

    def rows(self, low=-np.inf, high=np.inf):
        """Number of values from a low to a high one, both of them included."""
        return int(np.count_nonzero((self.y >= low) & (self.y <= high)))

    def below(self):
        """Rows of each code below zero: of many values, of those that a part of them shows."""
        known = [one for one in BELOW if (self._some == one).any()]
        return {one: self.rows(one, one) for one in known}

    def near(self, code):
        """Rows that hold values of the size of a code which are no codes, and how many values."""
        some = self._some[(self._some > 10 * code) & (self._some < code / 10)]
        some = some[~np.isin(some, BELOW)]
        return len(some) * self._step, len(np.unique(some))

    @cached_property
    def _step(self):
        return max(self.rows(high=0) // _SAMPLE, 1)

    @cached_property
    def _some(self):
        return self.y[self.y < 0][:: self._step]

    def nines(self, most):
        """Whether 999, 9999, ... may be as many rows as codes are."""
        some = np.ascontiguousarray(self.y[:: max(len(self.y) // _SAMPLE, 1)])
        found = max(np.count_nonzero(some == one) for one in NINES if one <= most)
        return found > SHARE / 2 * len(some)


def suspects(least, most, looked, income=False):
    """Numbers of a column that stand for no answer, as far as numbers alone can tell.

    Parameters
    ----------
    least, most : float
        Of the column.
    looked : Looked
        How many rows hold what.
    income : bool
        Whether it is known to be an income: -1 to -10 are suspect where the greatest value is ten
        times their size then; in other columns where half of the values are, and -7 to -9 also
        where three rows hold them and nothing lies between them and -2.

    Returns
    -------
    dict
        Codes, as whole numbers, with their rows; empty as a rule.

    Notes
    -----
    A value is suspect if it equals one of the usual codes to the last digit, several rows hold it,
    and it does not belong to the others:

    - below zero, -1 to -10, and -77, -88, -96 to -99 and their like of up to nine digits. Where all
      that is below zero are such codes, one of them has to be held by two rows, and all are suspect.
      Where losses stand beside it, a code has to be held by three rows, and by more than two
      beyond those near it (from a tenth of it to ten times it): all of them, or six times as many
      as these have on average;
    - at the upper end, 77, 88, 96 to 99 and their like of more digits: three rows at least, and
      nothing else from half of it on;
    - in the midst of others 999, 9999, 99999 and so on alone: five rows and 1 in 200 at least, and
      more than all values of the hundredth below it; 9998 and 9997 go with them.

    Round numbers, losses, scales such as -2 to 2, scores, temperatures, ages up to 99 and changes
    are not suspect by this rule.

    Examples
    --------
    >>> import numpy as np
    >>> from povstudy.base.codes import Looked, suspects
    >>> y = np.r_[np.arange(2000.0, 3000), [-8.0] * 50, -1]
    >>> suspects(y.min(), y.max(), Looked(y))
    {-8: 50, -1: 1}
    """
    found = _below(least, most, looked, income) if least < 0 else {}
    if most >= LEAST:
        found |= _above(most, looked, bool(found))
    return {int(code): int(count) for code, count in found.items()}


def told(name, found, of="rows of {} hold"):
    """What is suspect in a column, in words: the problem, and each code with its rows.

    Examples
    --------
    >>> from povstudy.base.codes import told
    >>> told("income", {-8: 50, -1: 1})[1]
    '-8 (50), -1 (1)'
    """
    problem = f"{sum(found.values()):,} {of.format(name)} what codebooks have for no answer: refused, not known, does not apply."
    return problem, ", ".join(f"{code} ({rows:,})" for code, rows in found.items())


def _below(least, most, looked, income):
    codes = looked.below()
    small = [one for one in codes if one >= -_SMALL]  # other numbers have these too
    if small:
        size = -10 * min(small)
        if not (most > size if income else 2 * looked.rows(size) > looked.rows(0)):
            far = [one for one in small if one in _FAR]
            if sum(codes[one] for one in far) < 3 or looked.rows(max(far) + 1e-9, -2.001):
                far = []
            codes = {one: count for one, count in codes.items() if one < -_SMALL or one in far}
    if not codes or max(codes.values()) < 2:
        return {}
    if sum(codes.values()) == looked.rows(least, 0) - looked.rows(0, 0):
        return codes
    found = {}
    for code, count in codes.items():
        rows, values = looked.near(code) if count > 2 else (count, 1)
        if count > 2 + min(6 * rows / max(values, 1), rows):
            found[code] = count
    return found


def _above(most, looked, more):
    usual = codes_of_width(len(str(int(most)))) if most < 1e15 else []
    if most in usual:
        found = {code: looked.rows(code, code) for code in usual if code <= most}
        found = {code: count for code, count in found.items() if count}
        while found and looked.rows(min(found) / 2) > sum(found.values()):
            found.pop(min(found))  # 7777 is an income where 9999 is none
        if sum(found.values()) > 2:
            return found
    if most < min(NINES) or not (more or looked.nines(most)):
        return {}
    found, least = {}, max(5, SHARE * looked.rows())
    for nines in (one for one in NINES if one <= most):
        count = looked.rows(nines, nines)
        if count >= least and count > looked.rows(0.99 * nines, nines - 4):
            beside = {one: looked.rows(one, one) for one in (nines - 2, nines - 1)}
            found |= {one: rows for one, rows in beside.items() if rows > 2} | {nines: count}
    return found


def read_codes(codes):
    """Codes as they were given, of all columns or by column; refused where they are no numbers.

    Parameters
    ----------
    codes : float, list of float, dict of these, or None

    Returns
    -------
    list, dict of list, or None

    Raises
    ------
    DataError

    Examples
    --------
    >>> from povstudy.base.codes import read_codes
    >>> read_codes({"income": -8, "age": (998, 999)})
    {'income': [-8], 'age': [998, 999]}
    """
    if codes is None:
        return None
    if isinstance(codes, dict):
        return {name: read_codes(listed(some)) for name, some in codes.items()}
    codes = listed(codes)
    odd = [one for one in codes if not isinstance(one, Real) or isinstance(one, bool) or one != one]
    if odd:
        raise DataError("Codes of no answer are numbers.", where="argument codes", found=repr(odd[0]),
                        remedy='codes=[-8, -9]  # or by column: codes={"income": [-8]}')  # fmt: skip
    return codes
