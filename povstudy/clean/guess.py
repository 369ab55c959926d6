"""A first codebook for a file that has none: each column by its head and its values, and why."""

import re
from dataclasses import dataclass
from itertools import chain

import pandas as pd

from ..base.codes import BELOW, Looked, suspects
from ..base.errors import DataError
from .cell.cell import CellError, mark, plain
from .file.frames import raw_frame
from .file.kinds import file_of
from .file.surveys import DECLARED, survey_file
from .file.texts import head_key
from .person.drop import find_personal
from .person.personal import look, without_name, without_personal
from .record.codebooks import SHIPPED, load_codebook, unit_family, without_unit
from .record.matching import Column, _column, unit_of
from .record.readings import read_cells

_LOOKED_AT = 500  # distinct cells of a column: more tell no more
_SURE, _CERTAIN = 0.8, 0.95  # shares read that are enough with a telling head, and without
# Names of columns that the package knows, by heads of surveys: whole heads, without signs.
_NAMES = {
    "household_id": r"hhid|hh(?:key|no|code)|householdid|hid|fid\d*|(?:家庭|样本|户)(?:编号|编码|代码|号)",
    "person_id": r"pid|personid|indid|(?:个人|成员|人员?)(?:编号|编码|代码)",
    "weight": r"\w*weight\w*|wt|wgt(?:r?\d+|final)?|hhwt|pw|[rf]swt\w*|\w*(?:权重|权数)",
    "stratum": r"strat(?:a|um)|分?层",
    "psu": r"psu|ea(?:id|code|no)?|cluster(?:id)?|commid|初级抽样单位",
    "year": r"year|wave|surveyyear|(?:调查)?(?:年份|年度)",
    "size": r"hhsize|householdsize|n(?:um)?memb(?:er)?s?|family_?size\d*|家庭(?:规模|人口数?)",
    "income": r"(?:percapita|pc)?(?:net)?income(?:pc|percapita)?|(?:家庭)?人均(?:年|纯|可支配)*收入",
    "province": r"prov(?:ince)?(?:cd|code)?\d*|省份?",
    "urban": r"urban(?:rural)?|rural|城乡(?:类型|分类)?",
}
# The same by the label of a column in .dta and .sav, without what stands in brackets.
_TITLES = {
    "household_id": r"household(?:id(?:entifier)?|code|number|key)|家庭(?:样本)?(?:编号|编码|代码|号)",
    "weight": r"(?:sampl\w+|household|survey|expansion|design|final)weights?|\w*(?:权重|权数)",
    "stratum": r"(?:sampling)?strat(?:a|um)|抽样层|分?层",
    "psu": r"enumerationarea|primarysamplingunit|cluster(?:id|number|code)?|初级抽样单位",
    "size": r"numberof(?:household)?members|householdsize|家庭(?:规模|人口数?)",
}
_HEADS = {
    "household_id": r"编号|编码|代码$|(?:^|_)(?:id|code)$",
    "yes_no": r"^是否|^有无|^(?:is|has)_",
    "year": r"年度|年份|(?:^|_)year$",
    "date": r"时间|日期|年月|(?:^|_)date$",
}
# Who asks or helps: their names recur, in any language, and must not stand in a codebook.
_STAFF = "interviewer|enumerator|surveyor|supervisor|respondent|headof|访员|调查员|督导|干部|责任人|联系人|[包帮]保人|队员|队长|书记"
_FAMILIES = {"%": "percent", "yuan": "money", "person": "count", "person_time": "count",
             "household": "count"}  # fmt: skip
_PLAIN = ("causes", "status", "monitor_type", "province", "yes_no", "date", "number")
_ASKED = "调查|样本|访员|访谈|问卷|survey|interview"
_AMOUNTS = ("money", "count", "number")
_BOOKS = ("register", "agency")  # those of panels are for several files


@dataclass(frozen=True)
class Guess:
    """What a file seems to be.

    Attributes
    ----------
    known : str
        Name of the shipped codebook that fits; empty if none does.
    book : dict
        Codebook of the file, complete.
    why : dict
        For each column of the file in the codebook the reason, in English and Chinese.
    unsure : dict
        Heads that nothing was known of but how their cells look, by column.
    heads : dict
        For each column of the file in the codebook its head.
    """

    known: str
    book: dict
    why: dict
    unsure: dict
    heads: dict


def shipped_for(frame):
    """Name of the shipped codebook that fits a raw frame best, and the columns it knows there.

    It fits if all columns are there that it requires, or five of others.
    """
    best, found = "", {}
    for name in _BOOKS:
        columns, heads = load_codebook(name)["columns"], _heads(name)
        told = {head: _column(head, head_key(head), heads, columns) for head in frame}
        told = {head: one for head, one in told.items() if isinstance(one, Column)}
        here = {one.name for one in told.values()}
        needed = {key for key, rule in columns.items() if rule.get("required")}
        if ((len(here) >= 3 and needed <= here) or len(here) >= 5) and len(told) > len(found):
            best, found = name, told
    return best, found


def _heads(name):
    """Column of each head that a shipped codebook knows."""
    columns = load_codebook(name)["columns"].items()
    return {head_key(one): key for key, rule in columns for one in rule["from"]}


def panel_for(heads):
    """Name of the codebook of a panel of which a file has five columns; else empty."""
    here, best, most = {one.lower() for one in heads}, "", 4
    for name in SHIPPED:
        book = load_codebook(name)
        listed = [rule["from"] for rule in book["columns"].values()] * (book["table"] == "panel")
        listed = [list(chain(*one.values())) if isinstance(one, dict) else one for one in listed]
        found = sum(any({*one.lower().split(" + ")} <= here for one in names) for names in listed)
        if found > most:
            best, most = name, found
    return best


def first_look(file, sheet=None):
    """The raw frame of a file for `shipped_for` and `guess`, its heads known from any codebook."""
    return raw_frame(file, sheet, known={one for name in _BOOKS for one in _heads(name)})[0]


def guess(file, sheet=None):
    """Guess the codebook of a file.

    Parameters
    ----------
    file : str or Path
        With one row of heads, or a survey file.
    sheet : str, optional
        Of a workbook that has several, its name or its number from 1.

    Returns
    -------
    Guess

    Raises
    ------
    DataError
        If the file cannot be read, or has no heads.
    """
    frame, (path, kind) = first_look(file, sheet), file_of(file)
    numbers = sum(bool(re.fullmatch(r"[-\d.,/年月日 ]*", head)) for head in frame)
    if numbers * 2 > frame.shape[1] or any(look(head)[0] for head in frame):  # or is a record
        raise DataError("The first row of this file holds no heads.", where=path.name,
                        remedy="write a row of heads above the data, each column with a name of its own")  # fmt: skip
    if not len(frame):
        raise DataError("This file has heads and no rows.", where=path.name,
                        remedy="export it anew, with its rows")  # fmt: skip
    known, matched = shipped_for(frame)
    survey = kind in ("dta", "sav")
    titles = survey_file(path, kind)[2] if survey else {}
    base = {"table": "households", "columns": {}, "personal": [], "ignored": [], "missing": []}
    book = load_codebook(known) if known else base
    book = {**book, "columns": dict(book["columns"]),
            **{name: list(book[name]) for name in ("personal", "ignored", "missing")}}  # fmt: skip
    rules, why, unsure, heads = book["columns"], {}, {}, {}
    taken = {one.name for one in matched.values()}
    private = _personal(frame, [head for head, one in matched.items() if one.rule["read"] == "household_id"])  # fmt: skip
    listed = {head_key(one) for name in ("personal", "ignored") for one in book[name]}
    for head in frame:
        key = head_key(head)
        if key in listed or re.sub(r"[(\[].*", "", key) in listed:
            continue
        if head in matched:
            name = matched[head].name
            # of incomes of several years, `income` is the latest
            heads[name] = max(heads.get(name, head), head, key=lambda one: re.findall("20[0-9]{2}", one))  # fmt: skip
            codes = _give_codes(rules, name, frame[head])
            why.setdefault(name, _with_codes(f"head known to the codebook {known}",
                                             f"{known}编码簿已有的列名", codes))  # fmt: skip
            continue
        if head in private:
            book["personal"].append(head)
            continue
        cells = frame[head].cat.remove_unused_categories()
        name, sure = _name(head, titles.get(head, ""), cells, taken, rules)
        if name in rules:  # a column of the shipped codebook under a head of one's own
            rules[name] = {**rules[name], "from": [*rules[name]["from"], head]}
            codes = _give_codes(rules, name, cells)
            reason = _with_codes(
                "head like those of this column", "列名与此列的已知列名相近", codes
            )
        else:
            rule, reason, told = _rule(name, head, titles.get(head, ""), cells, book["missing"])
            rules[name] = {"from": [head], **rule}
            if not (told or sure):
                unsure[name] = head
        taken.add(name)
        if title := " ".join(titles.get(head, "").split())[:80]:
            reason = f"“{title}”; {reason[0]}", f"“{title}”；{reason[1]}"
        why[name], heads[name] = reason, head
    for name, rule in rules.items():  # what the file has not cannot be required of it
        if rule.get("required") and name not in taken:
            rules[name] = {key: value for key, value in rule.items() if key != "required"}
    asked = re.search(_ASKED, " ".join([path.stem, *frame]).lower())
    if known != "agency" and (asked or "weight" in rules or (survey and not known)):
        book["series"] = "survey"  # heads of a register do not make an interview one
    if not known:
        book.setdefault("series", "register")
        book["key"] = [one for one in ("household_id", "person_id", "year") if one in rules]
    if not rules:
        raise DataError("Nothing but personal columns is in this file.", where=path.name,
                        remedy="export it anew with what is to be studied")  # fmt: skip
    return Guess(known, book, why, unsure, heads)


def _personal(frame, ids):
    """Heads of columns that hold personal data, or names by the look of most of their cells."""
    found = find_personal(frame.drop(columns=ids))
    heads = set(found.loc[(found["by"] == "header") | (found["share"] >= 0.5), "column"])
    for head in frame.columns.difference([*ids, *heads]):
        texts = [one for one in map(str, frame[head].cat.categories[:_LOOKED_AT]) if one.strip()]
        names = sum(without_personal(one) != one for one in texts) >= 0.7 * len(texts)
        if re.search(_STAFF, _bare(head)):  # these may have codes instead, which are kept
            names |= sum(not re.search("[0-9]", one) for one in texts) >= 0.5 * len(texts)
        if texts and names:
            heads.add(head)
    return heads


def _bare(head):
    return re.sub(r"[\W_]", "", without_unit(head_key(head))[0])


def _name(head, title, cells, taken, rules):
    """Name for a column, and whether its head told it."""
    bare, said = _bare(head), re.sub(r"[\W_]", "", re.sub(r"[(（].*", "", title).lower())
    for name, pattern in _NAMES.items():
        told = re.fullmatch(pattern, bare) or re.fullmatch(_TITLES.get(name, "(?!)"), said)
        if name not in taken and told:
            rule = rules.get(name)
            if rule is None or _share(Column(name, head, rule), cells) >= _SURE:
                return name, True
    name = re.sub(r"\W+", "_", without_unit(plain(head).lower())[0]).strip("_") or "column"
    name += "_" * (name in ("row", "series", "file"))
    while name in taken or name in rules:
        name += "_2"
    return name, False


def _share(column, cells, missing=()):
    """Share of the distinct cells that are read as this, among those that are not missing."""
    sample = pd.Series(pd.Categorical(cells.cat.categories[:_LOOKED_AT]))
    read = read_cells(column, sample.cat.categories, missing)
    some, refused = read["value"].notna().sum(), (read["refused"] != "").sum()
    return some / max(some + refused, 1) if some else 0.0


def _rule(name, head, title, cells, missing):
    """Rule of a column, why, and whether its head told it."""
    key, bracket = without_unit(head_key(head))
    texts = [one for one in map(str, cells.cat.categories) if _says(one)]
    codes = _no_answers(cells)
    missing, own = [*missing, *codes], {"missing": codes} if codes else {}
    family = unit_family(key) or unit_family(re.sub(r"\W+", "_", title.lower()))
    wanted = [read for read, words in _HEADS.items() if re.search(words, key)]
    wanted += [{"household_id": "household_id", "person_id": "household_id", "year": "year", "size": "count",
                "weight": "number"}.get(name), _FAMILIES.get("%" if bracket == "%" else family)]  # fmt: skip
    for read in filter(None, wanted):
        rule = {"read": read}
        if read == "money":
            unit = unit_of(bracket, rule)
            if not unit and not re.search("[一-鿿]", head):
                continue  # of a currency that is not told: a number
            rule["unit"] = unit or "yuan"
        if read == "count":
            counted = family if _FAMILIES.get(family) == "count" else "person"
            rule["unit"] = unit_of(bracket, rule) or counted
        if read == "percent" and bracket == "%":
            rule["scale"] = "percent"
        share = _share(Column(name, head, rule), cells, missing)
        if share >= _SURE:
            return rule | own, _because(read, share, codes, head=True), True
    if not texts:
        return {"read": "text"}, ("no cell is filled", "整列空白"), False
    if all(re.fullmatch(r"(?:19[5-9]|20[0-4])\d(?:\.0)?", one) for one in texts):
        return {"read": "year"}, _because("year", 1.0, codes), False
    bare = sum(bool(re.fullmatch(r"-?[\d.]+", one)) for one in texts) > len(texts) / 2
    for read in ("number",) if bare else _PLAIN:
        share = _share(Column(name, head, {"read": read}), cells, missing)
        if share >= _CERTAIN:
            return {"read": read} | own, _because(read, share, codes), False
    filled, keys = int(cells.isin(texts).sum()), {head_key(one) for one in texts}
    if len(texts) <= 20 and filled >= 3 * len(texts) and len(keys) == len(texts) and max(map(len, texts)) <= 30:  # fmt: skip
        values = {one: [one] for one in texts if one not in missing}
        return {"read": "category", "values": values} | own, (f"{len(values)} words that recur", f"反复出现的{len(values)}种取值"), False  # fmt: skip
    return {"read": "text"} | own, _with_codes("any text", "任意文本", codes), False


def _says(text):
    """Whether a cell is neither blank nor a mark for missing."""
    try:
        return bool(plain(text)) and mark(plain(text)) is None and not re.fullmatch(DECLARED, text)
    except CellError:
        return False


def _give_codes(rules, name, cells):
    """Codes of no answer in a column of amounts, which its rule has from now on: its own, not those
    of households, one of which may be 999."""
    codes = _no_answers(cells) if rules[name]["read"] in _AMOUNTS else []
    if codes:
        known = rules[name].get("missing", [])
        rules[name] = {**rules[name], "missing": list(dict.fromkeys([*known, *codes]))}
    return codes


def _no_answers(cells):
    """Numbers of a column that look like codes of no answer: a draft may suspect more of them."""
    y = pd.to_numeric(cells.astype(object), errors="coerce").dropna().to_numpy(dtype=float)
    if not len(y):
        return []
    found, below = suspects(y.min(), y.max(), Looked(y)), set(y[y < 0])
    if 0 < len(below) <= 3 and below <= set(BELOW) and min(below) < -6 and (y < 0).sum() > 1:
        found |= dict.fromkeys(map(int, below))
    return list(map(str, found))


def _because(read, share, codes, head=False):
    en = f"{'its head, and ' if head else ''}{share:.0%} of its different cells, read as {read}"
    zh = f"{'列名，且' if head else ''}{share:.0%}的不同取值可读作{read}"
    return _with_codes(en, zh, codes)


def _with_codes(en, zh, codes):
    if not codes:
        return en, zh
    return f"{en}; {', '.join(codes)} taken for no answer", f"{zh}；{'、'.join(codes)}视为未回答"


_SAYS = {
    "en": ("Draft of a codebook for {}, guessed from heads and values: look at each line, then delete",
           "this one. How columns can be read: data/codebooks/register.yaml of povstudy.",
           "Guessed from values alone, look here first: {}", "In this file:",
           "Not in this file, known to the codebook {}:"),
    "zh": ("{} 的编码簿草稿，按列名和取值推测：请逐行核对，核对后删去本行。",
           "各列的读法见 povstudy 的 data/codebooks/register.yaml。", "仅凭取值推测，请先核对：{}",
           "本文件中的列：", "本文件没有、{}编码簿已知的列："),
}  # fmt: skip


def as_yaml(found, name, file, lang):
    """A guessed codebook as YAML, the reason beside each column.

    Parameters
    ----------
    found : Guess
        Of `guess`.
    name, file : str
        Name of the codebook; of the file, for the comment.
    lang : {"en", "zh"}
        Language of the comments.

    Returns
    -------
    str
    """
    import yaml

    def flow(one):
        return yaml.safe_dump(one, default_flow_style=True, allow_unicode=True, width=10**9,
                              sort_keys=False).removesuffix("\n...\n").strip()  # fmt: skip

    first, second, unsure, here, others = _SAYS[lang]
    heads = ", ".join(map(without_name, found.unsure.values())) or "-"
    book = {**found.book, "name": name}
    lines = [first.format(without_name(file)), second, unsure.format(" ".join(heads.split()))]
    lines = [f"# {one}" for one in lines]
    own = {"name", "table", "series", "key", "missing"}
    lines += [f"{key}: {flow(book[key])}" for key in book if key in own and book[key]]
    lines += ["columns:", f"  # {here}"]
    for part in (True, False):
        names = [one for one in book["columns"] if (one in found.why) is part]
        if not part and names:
            lines.append(f"  # {others.format(found.known)}")
        for one in names:
            reason = f"  # {found.why[one][lang == 'zh']}" if part else ""
            lines.append(f"  {flow(one)}: {flow(book['columns'][one])}{reason}")
    for key in ("personal", "ignored"):
        lines.append(f"{key}: {flow(book[key])}")
    if book.get("checks"):
        lines += ["checks:", *(f"  - {flow(one)}" for one in book["checks"])]
    return "\n".join(lines) + "\n"
