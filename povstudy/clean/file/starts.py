"""Where the heads of a raw table stand: below titles and lines of a form, in one row or in two."""

import re
from collections import Counter

from .texts import head_key

_LOOKED = 60  # rows from the top in which heads are looked for
_YEAR = re.compile("(?:19|20)[0-9]{2}年?度?末?")
_UNIT = re.compile("[(（][^()（）0-9]{1,6}[)）]")
_CODE = re.compile("[A-Za-z]{0,4}[0-9]{2}[0-9.,-]*")
_VALUE = re.compile(r"[0-9.,:%/年月日 -]+")


def bare_key(cell):
    """Head as it is compared, without its brackets: 人均纯收入（元） is 人均纯收入."""
    key = head_key(cell)
    return re.sub(r"[(\[].*", "", key) or key


def known_heads(row, known):
    """How many heads of the codebook a row holds; a record with a code or an amount holds none."""
    row = list(row)
    if any(_CODE.fullmatch(cell.strip()) and not _YEAR.fullmatch(cell.strip()) for cell in row):
        return 0
    keys = {(head_key(cell), bare_key(cell)) for cell in row if cell.strip() and len(cell) < 60}
    return sum(whole in known or bare in known for whole, bare in keys)


def heads_of(rows, known):
    """Heads of a table, and in which rows they stand.

    Parameters
    ----------
    rows : list of list of str
        The first rows at least.
    known : collection of str
        Heads that the codebook knows, as `head_key` gives them.

    Returns
    -------
    heads : list of str
    first, last : int
        Rows that hold them, from 0.
    """
    if not rows:
        return [], 0, 0
    scores = [known_heads(row, known) for row in rows[:_LOOKED]]
    at = scores.index(max(scores)) if max(scores) > 1 else _first(rows, known)
    heads, first, last = list(rows[at]), at, at
    joined = _joined(rows[at - 1], heads, known, above=True) if at else None
    if joined:
        heads, first = joined, at - 1
    while last - first < 3 and last + 1 < len(rows):
        joined = _joined(heads, rows[last + 1], known, above=False)
        if not joined:
            break
        heads, last = joined, last + 1
    if known and last + 1 < len(rows) and _numbers(rows[last + 1]):
        last += 1
    return heads, first, last


def _first(rows, known):
    """The first row of several cells that is no line of a form, else the first of any."""
    for least in (2, 1):
        for i, row in enumerate(rows):
            if sum(bool(cell.strip()) for cell in row) >= least and (
                least == 1 or not is_form_line(row, known)
            ):
                return i
    return 0


def _joined(upper, lower, known, above):
    """Heads of two rows, the groups above and what they hold below; ``None`` if they are not two.

    A record below heads is none of them: it has values under the heads that are known.
    ``above`` tells that the lower row was found to be heads, and the upper one may be a title.
    """
    wide = max(len(upper), len(lower))
    upper, lower = ([*map(str.strip, row), *[""] * (wide - len(row))] for row in (upper, lower))
    units = all(map(_UNIT.fullmatch, filter(None, lower)))  # (元), (万元) in a row of their own
    few = sum(map(bool, upper)) < 2 or sum(map(bool, lower)) < 2 - units
    if few or is_form_line(upper, known) or any(map(_LABEL.match, upper)):
        return None

    def listed(cell):
        return bool(cell) and (head_key(cell) in known or bare_key(cell) in known)

    heads, group, counts, evident, below = [], "", Counter(lower), False, 0
    for j, (up, low) in enumerate(zip(upper, lower, strict=True)):
        group = up or (group if low and j and lower[j - 1] else "")
        year = bool(low) and bool(_YEAR.fullmatch(bare_key(low)))
        both = next(
            (one for one in (low + group, group + low) if group and low and listed(one)), ""
        )
        if year and group:
            both = low + group
        elif units and low and up:
            both = up + low
        # 脱贫情况, a head that is known, is a group where it goes on over the next column
        goes_on = above and j + 1 < wide and not upper[j + 1] and listed(lower[j + 1])
        if (low and not goes_on and listed(up) and not (listed(low) or both)) or (
            not year and _VALUE.fullmatch(low)
        ):
            return None  # a value below a head
        again = bool(group and low) and counts[low] > 1 and not units
        told = bool(both) and (not year or listed(group))
        evident |= told or (listed(up) and not low) or (above and again)
        below += told or listed(low)
        if again:  # 人均纯收入 below 2020年收入情况 and below 2021年收入情况
            of = re.search("(?:19|20)[0-9]{2}", group)
            both = low + group if year else (f"{of[0]}年" if of else group) + low
        heads.append(both if again else low if listed(low) else both or low or up)
    named = list(filter(None, heads))
    told = below and (evident or (below > 1 and not above)) and len({*named}) == len(named)
    return heads if told else None


def _numbers(row):
    """Whether a row numbers the columns of a form: 甲 乙 1 2 3."""
    cells = "".join(f"{cell.strip()} " for cell in row if cell.strip())
    counted = re.sub("^(?:[甲乙丙丁] )*", "", cells).split()
    return len(cells.split()) > 4 and counted == [str(i + 1) for i in range(len(counted))]


_LABEL = re.compile("[^:：]{1,15}[:：]")
_ASKS = re.compile(
    "(?:单位|部门|机关|乡镇|日期|时间|年度|截至|[制填报审核批负责联系经办]人|签[字章]|盖章|电话|[表文编]号|页码"
    "|unit|date|by|office|phone|page)[(（]?[^:：]{0,6}[:：]$", re.IGNORECASE
)  # fmt: skip
_BESIDE = re.compile(
    r"[(（【].*[)）】]|[0-9]{4}\s*[年./-]\s*[0-9]{1,2}(?:\s*[月./-]\s*(?:[0-9]{1,2}\s*日?)?)?|第?\s*[0-9]+\s*页.*"
    r"|[0-9]{0,4}\s*年\s*[0-9]{0,2}\s*月\s*[0-9]{0,2}\s*日"
)
_OFFICE = re.compile("(?:[局办处委部室会院站所]|政府|中心|小组|指挥部)(?:[(（].*[)）])?$")


def is_form_line(row, known=()):
    """Whether a row says who filled a form in, and when: labels with colons, and their values.

    Without a colon it is an office beside a date: 某县扶贫办 | 2019年6月.
    """
    cells, asked = [cell.strip() for cell in row if cell.strip()], False
    if any(head_key(cell) in known for cell in cells):
        return False
    if not any(_LABEL.match(cell) for cell in cells):
        dates = [bool(_BESIDE.fullmatch(cell)) for cell in cells]
        return any(dates) and all(told or _OFFICE.search(one) for told, one in zip(dates, cells, strict=True))  # fmt: skip
    for cell in cells:
        label = _LABEL.match(cell)
        if label and (label[0] != cell or _ASKS.search(cell)):
            asked = label[0] == cell
        elif asked and not label:
            asked = False
        elif not _BESIDE.fullmatch(cell):
            return False
    return True
