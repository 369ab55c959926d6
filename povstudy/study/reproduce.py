"""Run the notebooks whose inputs changed, compare what they give, keep what is whole.

A notebook is run again if its code, a library module that it used, a file that it read,
the lock file, a version, or one of its outputs is not what it was. Each runs in a kernel
of its own, in a scratch folder; only when it has ended well are the files that differ (see
`keeping`) moved into place, one atomic rename each, and its state noted last. So a run that
is killed leaves whole files, and the next one does what was not noted.
"""

import hashlib
import json
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

from ..base.errors import PovstudyError, SetupError
from ..base.files import only_one, write_whole
from ..sources.catalogue import datasets, fetch
from .execute import code_cells, file_hash, input_hash, needs, read, run_code, run_notebook
from .keeping import compare, keep_outputs, words_of

PROCESSES = 2
_FORMAT = 1  # of the notes in .povstudy/state; raised when their form changes
_EXPLORER = "explorer.html"  # the one page that no notebook makes
_VERSIONS = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "seaborn")


def reproduce(root):
    """Run what changed, two notebooks at a time, and print a table of every exhibit.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    int
        0 if every notebook that had to run did so, 1 if one failed.
    """
    root = Path(root)
    state = root / ".povstudy"
    state.mkdir(exist_ok=True)
    with only_one(state / "reproduce.lock", "reproducing"):
        for old in state.glob("run-*"):
            shutil.rmtree(old, ignore_errors=True)
        scratch = state / f"run-{os.getpid()}"
        try:
            return _reproduce(root, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _reproduce(root, scratch):
    from rich.console import Console

    console = Console(highlight=False)
    started = time.monotonic()
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    if not paths:
        raise SetupError("There are no notebooks.", where=root / "notebooks")
    needed = {one for path in paths for cell in code_cells(read(path)) for one in needs(cell)}
    at_hand = {name: _reason_not_at_hand(name) for name in sorted(needed)}
    why = {path.stem: _why_run(root, path, at_hand) for path in paths}
    for path in paths:
        told = f"{path.stem}: {'; '.join(why[path.stem]) or 'unchanged'}"
        console.print(told, markup=False, soft_wrap=True)
    todo = [path for path in paths if why[path.stem]]
    runs = _run_all(root, scratch, todo, at_hand, console) if todo else []
    _refuse_twice(root, runs, paths)
    rows, ran = [], {run.name: run for run in runs}
    for path in paths:
        run = ran.get(path.stem)
        if run is None:
            rows += _unchanged(root, path.stem)
        else:
            rows += [(run.name, "failed", run.seconds)] if run.error else _keep(root, run)
    names = [path.stem for path in paths]
    rows += _remove_old(
        root, names, {run.name for run in runs if not run.error and not run.skipped}
    )
    told, error = _explorer(root, scratch, console)
    rows += told
    if (root / "figures" / "manifest.json").is_file() or runs:
        rows += _write_manifest(root, names)
    _print_table(console, rows)
    for name, reason in at_hand.items():
        if reason:
            console.print(f"{name}: {reason}", markup=False, soft_wrap=True)
    for run in runs:
        if run.error:
            told = f"\n{run.name} failed, its files are as before:\n{run.error}"
            console.print(told, markup=False, soft_wrap=True)
    if error:
        console.print(f"\nexplorer failed, its file is as before:\n{error}", markup=False)
    if (root / "figures" / "manifest.json").is_file():
        from .report import report

        console.print(f"report: open {report(root, fresh=False).relative_to(root)}", markup=False)
    console.print(f"{time.monotonic() - started:.0f} s in all")
    return 1 if error or any(run.error for run in runs) else 0


def _refuse_twice(root, runs, paths):
    """Fail the runs that publish an exhibit which they, or another notebook, publish too."""
    ran, owner = {run.name: run for run in runs}, {}
    for path in paths:
        run, noted = ran.get(path.stem), _noted(root, path.stem)
        records = run.records if run else noted["records"] if noted else []
        for name in (record["name"] for record in records):
            if name not in owner:
                owner[name] = (path.stem, run)
                continue
            first, its_run = owner[name]
            for one in filter(None, (run, its_run)):
                one.error = (
                    f"The exhibit {name} is published twice, by {first} and by {path.stem}: "
                    "rename one."
                )


# What has to run, and why -----------------------------------------------------------


def _why_run(root, path, at_hand):
    """Reasons to run a notebook; empty if it would give what is there already."""
    noted = _noted(root, path.stem)
    if noted is None:
        return _stale(root, noted)
    notebook = read(path)
    reasons = []
    if _code_hash(notebook) != noted["code"]:
        reasons.append("its code changed")
    elif _outputs_hash(notebook) != noted["shown"]:
        reasons.append("its outputs in the notebook changed")
    reasons += _stale(root, noted)
    return reasons + [f"{one} is at hand now" for one in noted["missing"] if not at_hand.get(one)]


def _stale(root, noted):
    """What changed of all that something was made from, or of what was made."""
    if noted is None:
        return ["first run in this folder"]
    reasons = []
    for kind in ("modules", "inputs", "outputs"):
        for name, before in noted[kind].items():
            place, wanted = before.values() if kind == "inputs" else (name, before)
            now = input_hash(root, place)
            if now != wanted:
                reasons.append(f"{name} {'changed' if now else 'is missing'}")
    if file_hash(root / "requirements.lock") != noted["lock"]:
        reasons.append("requirements.lock changed")
    if noted["versions"] != _versions():
        reasons.append("package versions changed")
    return reasons


def _reason_not_at_hand(dataset):
    if dataset not in set(datasets()["name"]):
        raise SetupError(
            f"A cell has the tag needs:{dataset}, but there is no such dataset.",
            remedy="mend the tag of the cell; povstudy.datasets() lists the names",
        )
    try:
        fetch(dataset)
    except PovstudyError as error:
        return error.problem
    return ""


def _noted(root, name):
    """What was noted of the last good run; ``None`` if nothing, or in an older form."""
    noted = _read_json(root / ".povstudy" / "state" / f"{name}.json", {})
    return noted if noted.get("format") == _FORMAT else None


def _text_hash(parts):
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _code_hash(notebook):
    """Of what is run: code, and the tags that say whether it is."""
    return _text_hash(
        [(cell["source"], cell["metadata"].get("tags", [])) for cell in code_cells(notebook)]
    )


def _outputs_hash(notebook):
    return _text_hash([cell["outputs"] for cell in code_cells(notebook)])


def _versions():
    found = {"python": f"{sys.version_info[0]}.{sys.version_info[1]}"}
    return found | {name: metadata.version(name) for name in _VERSIONS}


# Running and keeping ----------------------------------------------------------------


def _run_all(root, scratch, paths, at_hand, console):
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), TextColumn("{task.fields[at]}"))
    with (
        Progress(*columns, TimeElapsedColumn(), console=console) as progress,
        ThreadPoolExecutor(PROCESSES) as pool,
    ):
        waiting = [
            pool.submit(run_notebook, root, scratch, path, at_hand, _teller(progress, path.stem))
            for path in paths
        ]
        try:
            return [one.result() for one in waiting]
        except KeyboardInterrupt:
            # Threads cannot be stopped; the kernels end with this process.
            progress.stop()
            print("povstudy: stopped; every file is as it was before.", file=sys.stderr, flush=True)
            shutil.rmtree(scratch, ignore_errors=True)
            os._exit(130)


def _teller(progress, name):
    task = progress.add_task(name, at="waiting")
    return lambda text: progress.update(task, at=text)


def _keep(root, run):
    """Compare with what is there, move what differs into place, note the state last."""
    import nbformat

    figures = root / "figures"
    path = root / "notebooks" / f"{run.name}.ipynb"
    if file_hash(path) != run.file_hash:
        return [(run.name, "edited while it ran, nothing kept: run again", run.seconds)]
    rows, outputs, words, known = [], {}, _words_before(root), _manifest(root)["exhibits"]
    agreed = set()
    for record in run.records:
        if record["seconds"] is None:  # a cell that was skipped; its earlier files stay
            rows.append((record["name"], _skipped(record, run.missing), None))
            kept = [file for file in record["files"] if (figures / file).is_file()]
            outputs |= {f"figures/{file}": file_hash(figures / file) for file in kept}
            continue
        name, made = record["name"], run.scratch / "figures"
        status, agrees = compare(figures, made, record, words.get(name))
        rows.append((name, status, record["seconds"]))
        if agrees:
            agreed.add(name)
        checksums = known.get(name, {}).get("files", {}) if agrees else {}
        for file in record["files"]:
            new, old = made / file, figures / file
            here, wanted = file_hash(old), file_hash(new)
            if here not in (wanted, checksums.get(file)):
                old.parent.mkdir(parents=True, exist_ok=True)
                new.replace(old)
                here = wanted
            outputs[f"figures/{file}"] = here
    if run.skipped and not any(status.startswith("skipped") for _, status, _ in rows):
        what = f"{run.skipped} cells skipped (need {', '.join(sorted(run.missing))})"
        rows.append((run.name, what, None))
    keep_outputs(read(path), run.notebook, agreed)
    text = nbformat.writes(run.notebook) + "\n"
    if path.read_text(encoding="utf-8") != text:
        new = run.scratch / path.name
        new.write_bytes(text.encode("utf-8"))
        new.replace(path)
    state = {
        "format": _FORMAT,
        "code": _code_hash(run.notebook),
        "shown": _outputs_hash(run.notebook),
        "modules": run.modules,
        "inputs": run.inputs,
        "outputs": outputs,
        "lock": file_hash(root / "requirements.lock"),
        "versions": _versions(),
        "missing": sorted(run.missing),
        "records": [
            {**one, "seconds": None if one["seconds"] is None else 0} for one in run.records
        ],
    }
    write_whole(root / ".povstudy" / "state" / f"{run.name}.json", json.dumps(state, indent=1))
    return rows


def _explorer(root, scratch, console):
    """Make the explorer anew if what it stands on changed: its row, and why it failed."""
    page = root / "figures" / _EXPLORER
    if not page.is_file() and _EXPLORER not in _manifest(root).get("pages", {}):
        return [], ""  # a study of one's own has none
    why = _stale(root, _noted(root, "explorer"))
    told = f"explorer: {'; '.join(why) or 'unchanged'}"
    console.print(told, markup=False, soft_wrap=True)
    if not why:
        return [("explorer", "unchanged", None)], ""
    before, started = file_hash(page), time.monotonic()
    code = f"ps.write_explorer({str(page)!r}, ps.explorer_grid(workers={PROCESSES}))"
    try:
        used = run_code(root, scratch / "explorer", f"import povstudy as ps\n{code}\n")
    except PovstudyError as error:
        return [("explorer", "failed", time.monotonic() - started)], str(error)
    now = file_hash(page)
    state = {"format": _FORMAT, **used, "outputs": {f"figures/{_EXPLORER}": now},
             "lock": file_hash(root / "requirements.lock"), "versions": _versions()}  # fmt: skip
    write_whole(root / ".povstudy" / "state" / "explorer.json", json.dumps(state, indent=1))
    status = "identical" if now == before else "changed" if before else "new"
    return [("explorer", status, time.monotonic() - started)], ""


def _skipped(record, missing):
    return f"skipped (needs {', '.join(name for name in record['needs'] if name in missing)})"


def _words_before(root):
    """Title, source line and alt text of each exhibit, as they are in figures/."""
    alt = _read_json(root / "figures" / "alt.json", {})
    entries = _manifest(root)["exhibits"].items()
    return {name: words_of(entry | {"alt": alt.get(name)}) for name, entry in entries}


def _remove_old(root, names, whole):
    """Remove files that notebooks, run whole just now, no longer publish, such as a picture of what became a table."""
    noted = [one for one in (_noted(root, name) for name in names) if one]
    published = {record["name"] for one in noted for record in one["records"]}
    kept = {file for one in noted for file in one["outputs"]}
    rows = []
    for name, entry in _manifest(root)["exhibits"].items():
        if Path(entry["notebook"]).stem not in whole:
            continue
        for file in entry["files"]:
            if f"figures/{file}" not in kept:
                (root / "figures" / file).unlink(missing_ok=True)
        if name not in published:
            rows.append((name, "removed (no longer published)", None))
    return rows


def _unchanged(root, name):
    noted = _noted(root, name)
    return [
        (one["name"], "unchanged" if one["seconds"] is not None else
         _skipped(one, noted["missing"]), None)
        for one in noted["records"]
    ]  # fmt: skip


def _read_json(path, otherwise):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return otherwise


def _manifest(root):
    return _read_json(root / "figures" / "manifest.json", {"exhibits": {}})


# Parts of a record that stand in other places, or are of one run alone.
_ELSEWHERE = ("name", "alt", "files", "seconds", "needs")


def _write_manifest(root, names):
    """Write manifest, alt texts, brief and gallery anew; rows that tell of the brief."""
    from .brief import brief
    from .gallery import gallery

    folder = root / "figures"
    before, old_alt = _manifest(root), _read_json(folder / "alt.json", {})
    old = before["exhibits"]
    exhibits, alt = {}, {}
    for name in names:
        own, noted = f"notebooks/{name}.ipynb", _noted(root, name)
        if noted is None:  # it failed, and never ran here: what was there stands
            mine = {key: entry for key, entry in old.items() if entry["notebook"] == own}
            exhibits |= mine
            alt |= {key: old_alt[key] for key in mine if key in old_alt}
            continue
        # Files of this machine alone, outside the checkout, stay out of it.
        inputs = {
            one: entry["sha256"]
            for one, entry in noted["inputs"].items()
            if not Path(one).is_absolute()
        }
        if noted["missing"]:  # exhibits that were skipped, and stay, were made from these too
            earlier = (entry["inputs"] for entry in old.values() if entry["notebook"] == own)
            inputs = {**next(earlier, {}), **inputs}
        for record in noted["records"]:
            hashes = {file: noted["outputs"].get(f"figures/{file}") for file in record["files"]}
            exhibits[record["name"]] = {
                "notebook": own,
                **{key: record[key] for key in sorted(record) if key not in _ELSEWHERE},
                "inputs": dict(sorted(inputs.items())),
                "files": {file: sha256 for file, sha256 in hashes.items() if sha256},
            }
            if "alt" in record:
                alt[record["name"]] = record["alt"]
    # The versions are those of the last run that wrote a file of an exhibit.
    versions = _versions()
    if {name: one["files"] for name, one in exhibits.items()} == {
        name: one["files"] for name, one in before["exhibits"].items()
    }:
        versions = before.get("versions", versions)
    manifest = {"versions": versions, "exhibits": exhibits}
    if page := file_hash(folder / _EXPLORER):
        manifest["pages"] = {_EXPLORER: page}
    for file, content in (("manifest.json", manifest), ("alt.json", alt)):
        _write_changed(folder / file, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    told = brief(root)
    _write_changed(folder / "README.md", gallery(root))
    return told


def _write_changed(path, text):
    if not path.is_file() or path.read_text("utf-8") != text:
        write_whole(path, text)


def _print_table(console, rows):
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("exhibit")
    table.add_column("status", overflow="fold")
    table.add_column("seconds", justify="right")
    for name, status, seconds in rows:
        table.add_row(name, status, "-" if seconds is None else f"{seconds:.1f}")
    console.print(table, markup=False)
