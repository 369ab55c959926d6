"""Words that registers and surveys use: causes, statuses, types, yes and no, identifiers."""

import re

from ...base.answers import NO, YES
from .cell import Cell, CellError, known_word, mark, plain

CAUSES = {
    "illness": ("因病", "患病", "疾病", "因疾病"),
    "disability": ("因残", "残疾"),
    "schooling": ("因学", "上学"),
    "disaster": ("因灾", "自然灾害", "灾害", "因自然灾害"),
    "marriage": ("因婚",),
    "bereavement": ("因丧",),
    "accident": ("因意外事故", "意外事故", "突发事件", "因突发事件"),
    "unsafe_house": ("因安全住房", "住房不安全", "无安全住房"),
    "unsafe_water": ("因安全饮水", "饮水不安全", "无安全饮水"),
    "unstable_job": ("务工就业不稳", "因务工就业不稳", "就业不稳", "因就业不稳"),
    "failed_business": ("因产业失败", "产业失败", "产业项目失败", "生产经营项目失败"),
    "no_land": ("缺土地", "缺地"),
    "no_water": ("缺水",),
    "no_skill": ("缺技术", "缺技能"),
    "no_labour": ("缺劳力", "缺劳动力", "丧失劳动力", "因丧失劳动力"),
    "no_funds": ("缺资金",),
    "poor_transport": ("交通条件落后", "交通落后", "交通不便"),
    "low_motivation": ("自身发展动力不足", "自身发展力不足", "内生动力不足", "动力不足"),
    "other": ("其他", "其它", "其他原因", "其它原因"),
}
# 五个一批 and what county forms list beside them; 帮扶, 扶贫 and the like may stand behind each.
MEASURES = {
    "industry": ("产业帮扶", "产业", "发展产业", "发展生产", "种植", "养殖", "种植业", "养殖业", "种养业", "特色种植",
                 "特色养殖", "产业奖补", "光伏", "电商", "消费", "旅游", "乡村旅游", "资产收益", "入股分红", "分红"),
    "jobs": ("就业帮扶", "就业", "务工", "外出务工", "转移就业", "劳务输出", "务工就业", "稳岗就业", "公益性岗位",
             "公益岗", "公益岗位", "扶贫车间", "帮扶车间", "就业车间", "技能培训", "就业培训", "创业", "创业就业"),
    "relocation": ("易地搬迁", "易地扶贫搬迁", "异地扶贫搬迁", "异地搬迁", "搬迁"),
    "education": ("教育帮扶", "教育", "发展教育", "雨露计划", "助学", "助学贷款", "教育资助", "教育补助", "义务教育", "控辍保学"),
    "health": ("健康帮扶", "健康", "医疗", "医疗救助", "大病救治", "大病救助", "家庭医生", "家庭医生签约", "慢病签约", "医疗保险"),
    "social_security": ("社会保障兜底", "社会保障", "社保兜底", "兜底", "兜底保障", "低保兜底", "低保", "农村低保", "政策兜底",
                        "社会兜底", "民政兜底", "综合保障", "综合性保障", "特困供养", "五保", "五保供养", "临时救助",
                        "社会救助", "直接救助", "养老保险", "残疾人补贴", "残疾补贴", "两项补贴"),
    "ecology": ("生态帮扶", "生态", "生态补偿", "生态护林员", "护林员", "护林员公益岗", "生态公益岗", "生态公益性岗位", "护林员公益性岗位",
                "退耕还林", "公益林补偿"),
    "finance": ("小额信贷", "金融", "扶贫小额信贷", "小额贷款", "扶贫小额贷款", "贴息贷款", "贷款贴息", "防贫保险"),
    "housing": ("危房改造", "危改", "住房", "住房保障", "住房安全", "住房安全保障", "安全住房"),
    "infrastructure": ("基础设施", "基础设施建设", "道路硬化", "饮水安全", "安全饮水", "饮水安全保障", "饮水工程", "人居环境"),
    "social_work": ("社会工作", "社会工作服务", "社工", "社工服务", "心理疏导", "心理辅导"),
    "society": ("社会帮扶", "社会扶贫", "结对", "志愿", "志愿服务", "定点", "驻村"),
    "motivation": ("扶志扶智", "扶志", "扶智", "智志双扶"),
    "other": ("其他", "其它", "其他措施", "其它措施"),
}  # fmt: skip
STATUSES = {
    "poor": ("未脱贫", "未脱贫户", "贫困", "贫困户", "在贫"),
    "pre_exit": ("预脱贫", "预脱贫户"),
    "exited_supported": ("脱贫(享受政策)", "脱贫享受政策", "已脱贫享受政策", "已脱贫(享受政策)",
                         "脱贫继续享受政策"),
    "exited": ("稳定脱贫", "稳定脱贫户", "稳定脱贫不再享受政策", "稳定脱贫(不再享受政策)", "脱贫",
               "脱贫户", "已脱贫", "已脱贫户", "脱贫不享受政策", "脱贫(不享受政策)", "正常脱贫",
               "已脱贫(不再享受政策)", "已脱贫不再享受政策", "脱贫(不再享受政策)", "脱贫不再享受政策"),
    "relapsed": ("返贫", "返贫户"),
    "newly_listed": ("新识别", "新识别户", "新增", "新致贫"),
    "removed": ("清退", "剔除", "已清退", "已剔除", "清退/剔除"),
    "natural_decrease": ("自然减少", "自然销户"),
}  # fmt: skip
# Groups of an audit: 建档 alone is none of them, for who left was on the books too.
GROUPS = {
    "listed": ("在册", "在册户", "未脱贫", "未脱贫户"),
    "exited": (*STATUSES["exited"], *STATUSES["exited_supported"]),
    "outside": ("未建档", "未建档户", "未建档立卡", "非建档户", "非建档立卡户"),
}
MONITOR_TYPES = {
    "unstable_exited": ("脱贫不稳定户", "脱贫不稳定", "脱贫不稳户", "脱贫监测户"),
    "marginal": ("边缘易致贫户", "边缘易致贫", "边缘户"),
    "sudden_hardship": ("突发严重困难户", "突发严重困难", "突发困难户"),
    "not_monitored": ("非监测户", "非监测对象", "一般农户", "一般户"),
}


def _by_word(meanings):
    return {word: meaning for meaning, words in meanings.items() for word in words}


_CAUSES, _MEASURES, _STATUSES, _MONITOR = map(_by_word, (CAUSES, MEASURES, STATUSES, MONITOR_TYPES))
_SEPARATORS = re.compile("[、;,/|+。·]+|以?及|和|(?:[(]?[0-9]{1,2}[.)、]|[①-⑳])(?=[\u4e00-\u9fff])")


def _one_of(words, ends):
    """One word after another without a sign between: 因病因残致贫."""
    return re.compile(f"({'|'.join(sorted(words, key=len, reverse=True))})(?:{ends})*")


_CAUSE = _one_of(_CAUSES, "[致返]贫")
_MEASURE = _one_of(_MEASURES, "帮扶|扶贫|脱贫|措施|政策|项目|扶持|支持|一批|类")


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
    return listed(raw, "causes")[0]


def support_measures(raw):
    """Read a list of measures of support: 产业帮扶、公益性岗位;小额信贷.

    Parameters
    ----------
    raw : object
        The cell; measures stand apart as causes do. What a bracket behind one tells is left out.

    Returns
    -------
    list of str
        In the order of the cell, each once: `MEASURES` of ``povstudy.clean.cell.words`` lists
        them; empty for a blank cell.

    Raises
    ------
    CellError
        ``unknown_measure``.

    Examples
    --------
    >>> import povstudy as ps
    >>> ps.clean.support_measures("产业帮扶（养羊）、护林员公益岗；低保")
    ['industry', 'ecology', 'social_security']
    """
    return listed(raw, "measures")[0]


_LISTS = {"causes": (_CAUSE, _CAUSES, "unknown_cause", "cause of poverty"),
          "measures": (_MEASURE, _MEASURES, "unknown_measure", "measure of support")}  # fmt: skip


def listed(raw, kind, some=False):
    """What a cell lists, and whether parts of it were left out because they are not known.

    Parameters
    ----------
    raw : object
        The cell.
    kind : {"causes", "measures"}
    some : bool
        Whether parts that are not known may stand beside others; without others they are refused.

    Returns
    -------
    found : list of str
    left : bool

    Raises
    ------
    CellError

    Examples
    --------
    >>> from povstudy.clean.cell.words import listed
    >>> listed("产业帮扶、种刺梨三亩", "measures", some=True)
    (['industry'], True)
    """
    pattern, known, code, what = _LISTS[kind]
    text, found, left = plain(raw), [], []
    if mark(text) is not None:
        return [], False
    text = re.sub("缺[乏少]", "缺", "".join(text.split()))
    for part in _SEPARATORS.split(re.sub(r"(?<=[^(])\([^()]*[^()0-9][^()]*\)", "", text)):
        if pattern.sub("", part):  # what is left over is none of them
            left.append(part)
        else:
            found += [known[one] for one in pattern.findall(part)]
    if left and not (some and found):
        known_word(left[0], known, code, what)
    return list(dict.fromkeys(found)), bool(left)


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
        answer = True if text in YES else False if text in NO else None
    if answer is not None:
        return Cell(answer)
    marked = mark(text)
    if marked is not None:
        return marked
    raise CellError("unknown_answer", "This cell is neither yes nor no.", found=raw,
                    remedy="povstudy.clean.yes_no(cell, yes=1, no=5), with the codes of the survey")  # fmt: skip


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
        raise CellError("precision_lost",
                        "A spreadsheet has rounded this identifier: its last digits are lost.",
                        found=raw, remedy="export the file anew with this column as text")  # fmt: skip
    text = re.sub(r"(?<=[0-9])\.0+$", "", text)
    if type(raw).__name__.startswith("bool") or not re.fullmatch(
        "[0-9A-Za-z][0-9A-Za-z_-]{0,39}", text
    ):
        raise CellError("corrupt_id", "This cell is no single identifier of letters and digits.",
                        found=raw, remedy="look it up in the register")  # fmt: skip
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
        raise CellError("mojibake",
                        "Bytes of this text were lost when it was read in the wrong encoding.",
                        found=raw, remedy="open the original file, as UTF-8 or GB18030")  # fmt: skip
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
