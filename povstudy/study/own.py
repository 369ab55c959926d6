"""A study of one's own: a folder to begin it in, and a file cleaned without a notebook."""

import json
import locale
import os
import re
import shlex
import shutil
import string
from pathlib import Path

import pandas as pd

from ..base.errors import DataError, PovstudyError, SetupError
from ..base.files import need_file, whole_folder, write_whole
from ..base.language import words
from ..base.status import STATUSES
from .environment import ROOT, is_checkout

_TEMPLATES = Path(__file__).with_name("templates")
_WORKBOOK_ROWS = 20_000  # above, a workbook takes minutes to write
_START = "py" if os.name == "nt" else "python3"
_PLACES = ("approach", "pathway", "region", "province", "county", "township", "urban", "status",
           "household_type", "monitor_type", "year")  # fmt: skip
_MEASURES = ("income", "person_times", "amount_yuan", "persons")
_OFFICIAL_ROWS = 5_000
_FALLS, _OUT, _VILLAGES = 30, 100, 10  # the least for a model, a list and errors by village
_LABELS = ("region", "county", "country", "indicator", "year")
_NAMED = 12  # heads that are listed in a line


_NEXT = {
    "en": "Next, who may fall back: `spells, now = ps.register_spells(table, until=...)`, and "
    "then as in docs/relapse.md of povstudy.",
    "zh": "下一步，谁可能返贫：`spells, now = ps.register_spells(table, until=...)`，其后见 povstudy 的 docs/relapse.md。",
}  # fmt: skip


def recognised(file, sheet=None):
    """What a file is: the name of the shipped codebook that fits, ``"official"``, or nothing.

    Parameters
    ----------
    file : str or Path
        A file that the cleaning reads.
    sheet : str, optional
        Of a workbook that has several, its name or its number from 1.

    Returns
    -------
    known : str
    heads : list of str
        Its heads, as far as they could be told.
    """
    from ..clean.guess import first_look, shipped_for
    from ..clean.record.codebooks import measures
    from ..clean.table.tables import read_table

    heads, problem = [], None
    try:
        frame = first_look(file, sheet)
        heads = list(frame)
        known = shipped_for(frame)[0]
        if known or len(frame) > _OFFICIAL_ROWS or Path(file).suffix.lower() in (".dta", ".sav"):
            return known, heads
    except DataError as error:
        problem = error
    try:
        table, _ = read_table(file, sheet)
    except DataError:
        if problem:
            raise problem from None
        return "", heads
    labels = set(_LABELS) & set(table)
    told = [one for one in table.attrs["units"] if one.startswith(tuple(measures()["measures"].values()))]  # fmt: skip
    if labels and told and not table.duplicated(list(labels)).any():
        return "official", [table.attrs["title"], *heads]
    if problem:
        raise problem
    return "", heads


def language(lang, heads):
    """Language of the reader: as asked, else Chinese where heads or the system's words are."""
    if lang:
        return lang, words(lang)("as asked", "按要求")
    if re.search("[一-鿿]", "".join(map(str, heads))):
        return "zh", "按文件的列名；--lang en 改为英文"
    if (locale.getlocale()[0] or "").startswith(("zh", "Chinese")):
        return "zh", "按系统语言；--lang en 改为英文"
    return "en", "as heads and system are; --lang zh for Chinese"


def new(folder, file, lang=None, sheet=None):
    """Make the folder of a study: codebook, data, notebook, checklist.

    Parameters
    ----------
    folder : str or Path
        Must not be there yet.
    file : str or Path
        The data; they are copied into ``data``, which git ignores.
    lang : {"en", "zh"}, optional
        Language; without it that of the file's heads, else of the system.
    sheet : str, optional
        As in `recognised`.

    Returns
    -------
    list of str
        What was made, in words.

    Raises
    ------
    SetupError
        If something of that name is there.
    DataError
        If the file cannot be read.
    """
    from ..clean.guess import panel_for

    folder, file = Path(folder), need_file(file)
    if folder.exists() or folder.is_symlink():
        raise SetupError("There is something of this name already, and nothing is overwritten.",
                         where=folder, remedy="another name, or delete or rename that one first")  # fmt: skip
    known, heads = recognised(file, sheet)
    lang, why = language(lang, heads)
    official = known == "official"
    told = _official(file, sheet) if official else _records(file, sheet, folder.name, lang)
    table, book, more = told
    t = words(lang)
    source = table.attrs.get("source")
    given = {
        "title": folder.name, "file": file.name, "path": _text(f"data/{file.name}") + (f", sheet={_text(sheet)}" if sheet else ""),
        "folder": _quoted(_from_povstudy(folder)),
        "data": _quoted(_from_povstudy(folder / "data" / file.name)) + (f" --sheet {_quoted(sheet)}" if sheet else ""),
        "codebook": "" if official else f" --codebook {_quoted(_from_povstudy(folder / 'codebook.yaml'))}",
        "status": STATUSES["official" if official else source.status][lang == "zh"],
        "unsure": "-", "missing": "-", **more,
    }  # fmt: skip
    with whole_folder(folder) as made:
        write_whole(made / ".gitignore", "data/\ncleaned/\n*.key\n")  # before the data come
        (made / "data").mkdir()
        shutil.copyfile(file, made / "data" / file.name)
        if book:
            write_whole(made / "codebook.yaml", book)
        kind = "official" if official else "records"
        write_whole(made / f"{folder.name}.ipynb", _notebook(_filled(kind, lang, given)))
        for name in ("README", "checklist"):
            write_whole(made / f"{name}.md", _filled(name, lang, given))
    lines = [
        t(f"Made {folder} in English ({why}).", f"已建立 {folder}，使用中文（{why}）。"),
        t(f"The data are copied to {folder / 'data'}, which git ignores; {file} stays as it is.",
          f"数据已复制到 {folder / 'data'}，git 不收录；原文件 {file} 不变。"),
    ]  # fmt: skip
    if book:
        lines.append(t(f"Look at {folder / 'codebook.yaml'} first; guessed from values alone: {given['unsure']}.",
                       f"请先核对 {folder / 'codebook.yaml'}；仅凭取值推测的列：{given['unsure']}。"))  # fmt: skip
    if panel := panel_for(heads):
        lines.append(t(f"Heads of {panel}: several waves are read by ps.read_panel({{year: file, ...}}, codebook={panel!r}).",
                       f"列名与 {panel} 相符：多期文件用 ps.read_panel({{年份: 文件, ...}}, codebook={panel!r}) 读取。"))  # fmt: skip
    elif file.suffix.lower() in (".dta", ".sav"):
        lines.append(t("One wave of several? docs/panels.md of povstudy, A panel of your own, makes this draft a codebook of all.",
                       "多期调查中的一期？povstudy 的 docs/panels.md 中 A panel of your own 一节说明如何把此草稿改成各期共用的编码簿。"))  # fmt: skip
    lines.append(
        t("Open the notebook: ", "打开笔记本：") + f"{_START} -m povstudy lab {given['folder']}"
    )
    return lines


def _records(file, sheet, name, lang):
    """Cleaned table, codebook as text, and what the notebook needs, of records by row."""
    from .. import clean
    from ..clean.guess import as_yaml, guess

    found = guess(file, sheet)
    kind = found.book["table"]
    table, _ = getattr(clean, kind)(file, {**found.book, "name": name}, sheet)
    t = words(lang)
    measure, group = _measure(table), _group(table)
    label = {one: _short(found.heads.get(one, one)) for one in (measure, group) if one}
    codes = [one for rule in found.book["columns"].values() for one in rule.get("missing", [])]
    titled = label.get(measure) or t("its groups", "各组情况")
    unsure = [_short(one) for one in found.unsure.values()]
    left = len(unsure) - _NAMED
    names = {group: label[group], f"mean of {measure}": t(f"mean of {titled}", f"{titled}（均值）")}
    more = {
        "kind": kind, "measure": measure, "group": group, "label": titled,
        "names": _text(names),
        "falls": (falls := _falls(table, lang)),
        "more": _NEXT[lang] if {"exit_year", "relapse_date"} <= set(table) and not falls else "",
        "look": 'describe(include="number").T' if measure else 'nunique().to_frame("values")',
        **_weighed(table, t),
        "unsure": ", ".join(unsure[:_NAMED]) + (t(f" and {left} more", f"等{len(unsure)}列") if left > 0 else "") or "-",
        "missing": ", ".join(dict.fromkeys([*found.book["missing"], *codes])) or "-",
    }  # fmt: skip
    return table, as_yaml(found, name, file.name, lang), more


def _weighed(table, t):
    """How rows count, in the call and in words; those that have no weight are left out and told."""
    number = "weight" in table and table["weight"].dtype.kind in "iuf"
    if not (number and table["weight"].gt(0).any()):
        if {"household_id", "year"} <= set(table) and not table["household_id"].is_unique:
            last = int(table["year"].max())
            return {
                "weight": ', psu="household_id"',
                "weighted": t(
                    f'A household has a row for each year: its rows count together in the error. For one year: `ps.Survey(table[table["year"] == {last}], missing="drop")`. ',
                    f'同一户每年一行，误差按户计。只看一年：`ps.Survey(table[table["year"] == {last}], missing="drop")`。'),
            }  # fmt: skip
        return {"weight": "", "weighted": t("Each row counts once. ", "每行计一次。")}
    without = int(len(table) - table["weight"].ge(0).sum())
    if not without:
        return {
            "weight": ', weight="weight"',
            "weighted": t("Rows count by their weight. ", "各行按权重计。"),
        }
    told = t(f"Rows count by their weight; {without:,} without a usable one are left out. ",
             f"各行按权重计；{without:,}行没有可用的权重，不计入。")  # fmt: skip
    return {"weight": '[table["weight"] >= 0], weight="weight"', "weighted": told}


def _falls(table, lang):
    """The part of the notebook on falls and visits, where the file tells enough of them."""
    from ..panels.registers import register_spells
    from ..relapse.model import relapse_model

    if not {"exit_year", "relapse_date"} <= set(table):
        return ""
    table, lines = table.copy(), []
    if "cause" in table:
        table["ill"] = table["cause"].str.contains("illness|disability")
        lines.append('table["ill"] = table["cause"].str.contains("illness|disability")')
    if {"township", "village"} <= set(table):
        table["place"] = table["township"] + table["village"]
        lines.append('table["place"] = table["township"] + table["village"]')
    dates = table["relapse_date"].dropna().str[:4].astype(int)
    try:
        until = int(max(table["exit_year"].max(), dates.max()))
        spells, now = register_spells(table, until)
        cluster = (
            "place" if spells.get("place", pd.Series(dtype=str)).nunique() >= _VILLAGES else None
        )
        used = [one for one in ("ill", "size") if one in spells and spells[one].nunique() > 1]
        formula = " + ".join(used)
        relapse_model(formula, spells, cluster, baseline="log", missing="drop")
        if spells["event"].sum() < _FALLS or len(now.dropna(subset=used)) < _OUT:
            return ""
    except (PovstudyError, TypeError, ValueError):
        return ""
    return _filled("falls", lang, {
        "columns": "\n".join(lines), "until": until, "formula": formula, "asked": json.dumps(used),
        "cluster": f', cluster="{cluster}"' if cluster else "", "codebook": "-",
    })  # fmt: skip


def _official(file, sheet):
    from ..clean.table.tables import read_table

    table, _ = read_table(file, sheet)
    measure = next(iter(table.attrs["units"]))
    group = next(one for one in _LABELS if one in table)
    title = _short(table.attrs["title"] or measure)
    unit = _short(table.attrs["units"][measure] or measure)
    return table, "", {"measure": measure, "unit": unit, "group": group, "label": title, "source": _text(title)}  # fmt: skip


def _text(value):
    """How a text or dict of texts is written in code."""
    return json.dumps(value, ensure_ascii=False)


def _short(text):
    """A text as a template takes it, in code between quotation marks too."""
    return " ".join(re.sub(r"[$\\]", "", str(text)).replace('"', "'").split())[:60]


def _measure(table):
    """The column to look at: an income or an output, else the first number or yes and no, if any."""
    numbers = [one for one in table.select_dtypes(["number", "boolean"]) if table[one].notna().sum() > 1]  # fmt: skip
    other = [one for one in numbers if one not in ("year", "weight", "places", "work_months")]
    first = [one for one in _MEASURES if one in numbers]
    return next(iter(first + other + numbers), None)


def _group(table):
    """The groups to compare: places first, all of ten rows at least; else all rows as one."""
    words_of = [one for one in table if table[one].dtype == "string" and one != "bound"]
    for name in [*(one for one in _PLACES if one in table), *words_of]:
        counts = table[name].value_counts()
        if 2 <= len(counts) <= 15 and counts.min() >= 10:
            return name
    return "series"


def _filled(name, lang, given):
    text = (_TEMPLATES / f"{name}.{lang}.md").read_text(encoding="utf-8")
    if name == "records" and not given["measure"]:  # words alone: no mean to show
        text = re.sub(r"^## 3.*(?=^\$falls)", "", text, flags=re.MULTILINE | re.DOTALL)
    if not given["codebook"]:
        text = re.sub(r"^.*codebook\.yaml.*\n", "", text, flags=re.MULTILINE)
    return string.Template(text).substitute(given)


def _notebook(text):
    """The notebook of a template: prose, and code between fences."""
    import nbformat

    v4, cells = nbformat.v4, []
    for number, part in enumerate(re.split(r"^```(?:python)?\n", text, flags=re.MULTILINE)):
        if part.strip():
            make = v4.new_code_cell if number % 2 else v4.new_markdown_cell
            cells.append(make(part.strip(), id=f"cell-{len(cells):02d}"))
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = v4.new_notebook(cells=cells, metadata={"kernelspec": spec})
    nbformat.validate(made)
    return nbformat.writes(made) + "\n"


def _from_povstudy(path):
    """A path as it is written in the folder from which the commands are started."""
    try:
        return os.path.relpath(path, ROOT if is_checkout() else Path.cwd())
    except ValueError:  # another drive of Windows
        return str(path.resolve())


def _quoted(path):
    if re.search(r'["$`!]', str(path)):
        return shlex.quote(str(path))
    return f'"{path}"' if re.search(r"[^\w./\\:~+-]", str(path)) else str(path)


def clean(file, codebook=None, lang=None, out=None, sheet=None):
    """Clean a file: its canonical table and a page that tells of every cell.

    Parameters
    ----------
    file : str or Path
        Register, survey, programme records or official table.
    codebook : str, optional
        Name of a shipped codebook, or path of one; without it the shipped one that fits.
    lang : {"en", "zh"}, optional
        Language, as in `new`.
    out : str or Path, optional
        Folder for the results; without it one beside the file.
    sheet : str, optional
        As in `recognised`.

    Returns
    -------
    list of str
        What was done, in five lines.

    Raises
    ------
    DataError
        If the file cannot be read, or nothing is known of its heads.
    """
    from .. import clean as room
    from ..clean.record.chinese import in_chinese
    from ..clean.record.codebooks import load_codebook

    file = need_file(file)
    known, heads = (codebook, []) if codebook else recognised(file, sheet)
    if codebook and not lang:
        heads = [
            one for rule in load_codebook(codebook)["columns"].values() for one in rule["from"]
        ]
    lang, _ = language(lang, heads)
    if not known:
        shown = [one for one in map(str, heads) if not re.search("[0-9]{5}", one)]
        raise DataError(
            "This file is none that a shipped codebook knows.",
            where=file.name,
            found=", ".join(shown)[:200] if len(shown) == len(heads) else "no heads",
            remedy=f"{_START} -m povstudy new my_study --from {_quoted(file)}  # drafts a codebook",
        )
    if known == "official":
        table, report = room.read_table(file, sheet)
    elif (kind := load_codebook(known)["table"]) == "panel":
        raise DataError(
            "This codebook is of a panel, whose files are told by their year.",
            where=f"codebook {known}",
            remedy=f"in a notebook: ps.read_panel({{2018: {file.name!r}}}, codebook={known!r})",
        )
    else:
        table, report = getattr(room, kind)(file, known, sheet)
    if lang == "zh" and "household_id" in table:
        table = in_chinese(table)
    out = Path(out) if out else file.parent / f"{file.stem}_cleaned"
    if out.exists() and not out.is_dir():
        raise SetupError("This is a file, and the results need a folder.", where=out,
                         remedy="another name after --out")  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / ".gitignore", "*\n")  # rows of persons must not get into a repository
    name = "table.csv" if len(table) > _WORKBOOK_ROWS else "table.xlsx"
    _written(room.write, table, out / name)
    _written(room.write, report, out / "report.html", lang=lang)
    return _summary(file, known, table, report, out, name, lang)


def _written(write, table, path, **more):
    """Write, and say in the words of a command what keeps a file from being written."""
    try:
        write(table, path, **more)
    except DataError as error:
        raise SetupError("This file cannot be written.", where=path, found=error.found,
                         remedy="close it in other programs (such as Excel), or give another "
                         "folder with --out")  from None  # fmt: skip


def _summary(file, known, table, report, out, name, lang):
    from ..clean.record.chinese import chinese_head

    t = words(lang)
    counts = report["action"].value_counts()
    n = {one: f"{counts.get(one, 0):,}" for one in ("changed", "missing", "refused", "dropped", "proposed")}  # fmt: skip
    bad = report[report["action"].isin(["refused", "missing"])]
    worst = bad["column"].astype(str).value_counts().head(3)
    some = t(", ", "、").join(f"{t(one, chinese_head(one))} ({count:,})" for one, count in worst.items()) or "-"  # fmt: skip
    size = f"{len(table):,}", table.shape[1]
    why = {
        "table.xlsx": t("a workbook, so that Excel keeps long codes whole", "xlsx，Excel 不会截断长编号"),
        "table.csv": t("a CSV: too long for a workbook; read codes as text", "csv，行数过多不宜用 xlsx；编号列请按文本读入"),
    }[name]  # fmt: skip
    return [
        t(f"{file.name} by {known}: {size[0]} rows, {size[1]} columns.",
          f"{file.name}，按 {known}：{size[0]}行，{size[1]}列。"),
        t("Changed {changed}, set missing {missing}, refused {refused}, dropped {dropped}, to be looked at {proposed}.",
          "改写{changed}处，置为缺失{missing}处，未予采用{refused}处，去除{dropped}处，建议核查{proposed}处。").format(**n),
        t(f"Most cells lost in: {some}.", f"失去单元格最多的列：{some}。"),
        t(f"Table ({why}; rows of persons, keep it here): ", f"表（{why}；含个人或农户的行，请留在本机）：") + str(out / name),
        t("Report, to open in a browser (it may be passed on): ", "报告，用浏览器打开（可以给别人看）：") + str(out / "report.html"),
    ]  # fmt: skip
