"""Words that registers and surveys use: causes, statuses, types, yes and no, identifiers."""

import re

from .cell import Cell, CellError, known_word, mark, plain

CAUSES = {
    "illness": ("因病", "患病", "疾病", "因疾病"),
    "disability": ("因残", "残疾"),
    "schooling": ("因学", "上学"),
    "disaster": ("因灾", "自然灾害", "灾害"),
    "marriage": ("因婚",),
    "no_land": ("缺土地", "缺地"),
    "no_water": ("缺水",),
    "no_skill": ("缺技术", "缺技能"),
    "no_labour": ("缺劳力", "缺劳动力", "丧失劳动力", "因丧失劳动力"),
    "no_funds": ("缺资金",),
    "poor_transport": ("交通条件落后", "交通落后", "交通不便"),
    "low_motivation": ("自身发展动力不足", "自身发展力不足", "内生动力不足", "动力不足"),
    "other": ("其他", "其它", "其他原因", "其它原因"),
}
STATUSES = {
    "poor": ("未脱贫", "未脱贫户", "贫困", "贫困户", "在贫"),
    "pre_exit": ("预脱贫", "预脱贫户"),
    "exited_supported": ("脱贫(享受政策)", "脱贫享受政策", "已脱贫享受政策", "已脱贫(享受政策)",
                         "脱贫继续享受政策"),
    "exited": ("稳定脱贫", "稳定脱贫户", "稳定脱贫不再享受政策", "稳定脱贫(不再享受政策)", "脱贫",
               "脱贫户", "已脱贫", "已脱贫户", "脱贫不享受政策", "脱贫(不享受政策)", "正常脱贫"),
    "relapsed": ("返贫", "返贫户"),
    "newly_listed": ("新识别", "新识别户", "新增", "新致贫"),
    "removed": ("清退", "剔除", "已清退", "已剔除", "清退/剔除"),
    "natural_decrease": ("自然减少", "自然销户"),
}  # fmt: skip
MONITOR_TYPES = {
    "unstable_exited": ("脱贫不稳定户", "脱贫不稳定", "脱贫不稳户", "脱贫监测户"),
    "marginal": ("边缘易致贫户", "边缘易致贫", "边缘户"),
    "sudden_hardship": ("突发严重困难户", "突发严重困难", "突发困难户"),
    "not_monitored": ("非监测户", "非监测对象", "一般农户", "一般户"),
}


def _by_word(meanings):
    return {word: meaning for meaning, words in meanings.items() for word in words}


_CAUSES, _STATUSES, _MONITOR = map(_by_word, (CAUSES, STATUSES, MONITOR_TYPES))
_SEPARATORS = re.compile("[、;,/|+。·]+|以?及|和")
# One cause after another without a sign between: 因病因残致贫
_CAUSE = re.compile(f"({'|'.join(sorted(_CAUSES, key=len, reverse=True))})(?:[致返]贫)?")


def causes(raw):
    """Read a list of causes of poverty: 因病、缺劳力;缺技术.

    Parameters
    ----------
    raw : object
        The cell; causes stand apart by 、 ; , / or blanks, or follow each other: 因病因残.

    Returns
    -------
    list of str
        In the order of the cell, each once: `CAUSES` of ``povstudy.clean.words`` lists them;
        empty for a blank cell.

    Raises
    ------
    CellError
        ``unknown_cause``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.causes("因病、缺劳力;缺技术")
    ['illness', 'no_labour', 'no_skill']
    """
    text = plain(raw)
    if mark(text) is not None:
        return []
    found = []
    for part in _SEPARATORS.split(re.sub("缺[乏少]", "缺", "".join(text.split()))):
        if _CAUSE.sub("", part):  # what is left over is no cause
            known_word(part, _CAUSES, "unknown_cause", "cause of poverty")
        found += [_CAUSES[one] for one in _CAUSE.findall(part)]
    return list(dict.fromkeys(found))


def status(raw):
    """Read the status of a household in the register: 返贫, 稳定脱贫不再享受政策.

    Parameters
    ----------
    raw : object
        The cell.

    Returns
    -------
    Cell
        One of `STATUSES` of ``povstudy.clean.words``.

    Raises
    ------
    CellError
        ``unknown_status``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.status("返贫").value, ps.clean.status("稳定脱贫不再享受政策").value
    ('relapsed', 'exited')
    """
    return known_word(raw, _STATUSES, "unknown_status", "status of the register")


def monitor_type(raw):
    """Read the type of a monitored household: 突发严重困难户.

    Parameters
    ----------
    raw : object
        The cell.

    Returns
    -------
    Cell
        One of `MONITOR_TYPES` of ``povstudy.clean.words``.

    Raises
    ------
    CellError
        ``unknown_monitor_type``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.monitor_type("突发严重困难户").value
    'sudden_hardship'
    """
    return known_word(raw, _MONITOR, "unknown_monitor_type", "type of monitored household")


_YES = {"是", "有", "y", "yes", "true", "t", "√", "✓", "✔", "1", "1.0"}
_NO = {"否", "n", "no", "false", "f", "0", "0.0", "没有", "无", "不是", "×", "✗", "✘"}
# Codes of the China Family Panel Studies, where 1 is yes and 5 is no.
_CFPS_MISSING = {"-1": "not_available", "-2": "withheld", "-8": "not_applicable",
                 "-9": "not_available", "-10": "not_available"}  # fmt: skip


def yes_no(raw, yes=None, no=None):
    """Read yes or no: 是, 否, 有, Y, √, 1, 0.

    Parameters
    ----------
    raw : object
        The cell.
    yes, no : int, optional
        Codes of the survey, such as ``yes=1, no=5`` in China Family Panel Studies (CFPS; its
        codes -1, -2, -8, -9 and -10 are no answer) or ``yes=1, no=2``; without them 1 is yes
        and 0 is no, and other numbers are refused.

    Returns
    -------
    Cell
        True or False.

    Raises
    ------
    CellError
        ``unknown_answer``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.yes_no("是").value, ps.clean.yes_no(5, yes=1, no=5).value
    (True, False)
    """
    text = plain(raw).lower()
    if yes is not None or no is not None:
        coded, code = {str(yes): True, str(no): False}, text.removesuffix(".0")
        answer = coded.get(code)
        if answer is None and (yes, no) == (1, 5) and code in _CFPS_MISSING:
            return Cell(reason=_CFPS_MISSING[code])
    else:
        answer = True if text in _YES else False if text in _NO else None
    if answer is not None:
        return Cell(answer)
    marked = mark(text)
    if marked is not None:
        return marked
    raise CellError(
        "unknown_answer",
        "This cell is neither yes nor no.",
        found=raw,
        remedy="povstudy.clean.yes_no(cell, yes=1, no=5), with the codes of the survey",
    )


def household_id(raw):
    """Read an identifier as text, and refuse one whose digits a spreadsheet has lost.

    Parameters
    ----------
    raw : object
        The cell.

    Returns
    -------
    Cell
        The identifier as text.

    Raises
    ------
    CellError
        ``precision_lost`` for 5.30123E+17 and for floats above 2**53; ``corrupt_id``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.household_id("520527000012.0").value
    '520527000012'
    """
    text = re.sub(r'^="(.*)"$', r"\1", plain(raw)).lstrip("'")  # ="0012" keeps zeros in a csv
    marked = mark(text)
    if marked is not None:
        return marked
    scientific = re.fullmatch(r"[0-9](?:\.[0-9]+)?[eE] ?\+?[0-9]+", text)
    if scientific or (isinstance(raw, float) and abs(raw) >= 2**53):
        raise CellError(
            "precision_lost",
            "A spreadsheet has rounded this identifier: its last digits are lost.",
            found=raw,
            remedy="export the file anew with this column as text",
        )
    text = re.sub(r"(?<=[0-9])\.0+$", "", text)
    if type(raw).__name__.startswith("bool") or not re.fullmatch(
        "[0-9A-Za-z][0-9A-Za-z_-]{0,39}", text
    ):
        raise CellError(
            "corrupt_id",
            "This cell is no single identifier of letters and digits.",
            found=raw,
            remedy="look it up in the register",
        )
    return Cell(text)


_HAN, _HIGH = re.compile("[\u4e00-\u9fff]"), re.compile("[^\\x00-\\x7f]+")


def repair(raw):
    """Repair text whose UTF-8 or GB18030 bytes were read in another encoding: è´«å›°.

    Parameters
    ----------
    raw : object
        The text.

    Returns
    -------
    str
        The text as it was meant; unchanged if nothing is wrong with it.

    Raises
    ------
    CellError
        ``mojibake`` if the text is broken beyond repair (it holds the sign for lost bytes).

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.repair("è´«å›°"), ps.clean.repair("贫困")
    ('贫困', '贫困')
    """
    text = "" if raw is None else str(raw)
    if "�" in text or "锟斤拷" in text:
        raise CellError(
            "mojibake",
            "Bytes of this text were lost when it was read in the wrong encoding.",
            found=raw,
            remedy="open the original file, as UTF-8 or GB18030",
        )
    for wrong in ("cp1252", "latin-1", "gb18030"):
        meant = _reread(text, wrong)
        if meant is not None:
            return meant
    return text


def _reread(text, wrong):
    """The text, if its bytes in the wrong encoding are good Chinese in the right one."""
    if text.isascii() or (wrong != "gb18030" and _HAN.search(text)):
        return None
    try:
        # Bytes without a letter in cp1252 pass through as control characters.
        data = b"".join(
            sign.encode("latin-1") if 0x80 <= ord(sign) <= 0x9F else sign.encode(wrong)
            for sign in text
        )
    except UnicodeEncodeError:
        return None
    try:
        meant = data.decode("utf-8")
        # Chinese read as GB18030 gives other Chinese: only text that gets shorter was wrong.
        shorter = wrong != "gb18030" or len(meant) * 1.3 <= len(text)
        return meant if _HAN.search(meant) and shorter else None
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and _HAN.search(data[: error.start].decode()):
            raise CellError(
                "mojibake",
                "This text was read in the wrong encoding, and cut off within a character.",
                found=text,
                remedy="open the original file, as UTF-8 or GB18030",
            ) from None
    # The bytes of Chinese in GB18030 come in pairs, which München, 5°C and ×÷ do not make.
    runs = _HIGH.findall(text)
    if wrong == "gb18030" or any(len(one) % 2 for one in runs):
        return None
    try:
        meant = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    several = len(_HAN.findall(meant)) > 1
    return meant if several or (_HAN.search(meant) and re.search("[À-ÖØ-öø-ÿ]", text)) else None
