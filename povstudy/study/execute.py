"""Run one notebook in a kernel of its own, and tell what it read, used and showed."""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..base.errors import SetupError
from ..sources.catalogue import datasets
from .environment import with_path

_NEEDS = "needs:"  # tag of a cell that needs a dataset to be downloaded: "needs:world_bank"
_SKIP = "povstudy-skip"

# Runs in the kernel, before and after the notebook's own cells: which files were opened,
# which modules of the library were used.
# The hook holds all that it needs: the notebook's names go before the kernel does.
_PROBE_FIRST = """
import sys as _sys
def _povstudy_probe(opened, is_a=isinstance, text=str):
    def hook(event, args):
        if event == "open" and is_a(args[0], text):
            opened.add(args[0])
    _sys.addaudithook(hook)
    return opened
_povstudy_opened = _povstudy_probe(set())
"""
_PROBE_LAST = """
import json as _json
_files = {getattr(_module, "__file__", None) for _module in list(_sys.modules.values())}
print(_json.dumps({"modules": sorted(filter(None, _files)), "opened": sorted(_povstudy_opened)}))
"""


@dataclass
class Run:
    """One notebook in the making: where it runs, and what came of it.

    Attributes
    ----------
    name : str
        Stem of the notebook's file.
    scratch : Path
        Folder that everything is written to.
    file_hash : str
        Of the notebook when it was read.
    notebook : NotebookNode
        With its new outputs.
    records : list of dict
        The exhibits that it published, with the seconds of their cells; ``None`` seconds
        where the cell was skipped.
    modules, inputs : dict
        Files of code that it used, and data files that it read, with the checksums that
        they had before it began.
    missing : set of str
        Datasets that were not at hand.
    skipped : int
        Number of cells that were skipped for that.
    error : str
        Why it failed; empty if it did not.
    seconds : float
        How long it took.
    """

    name: str
    scratch: Path
    file_hash: str
    notebook: object = None
    records: list = field(default_factory=list)
    modules: dict = field(default_factory=dict)
    inputs: dict = field(default_factory=dict)
    missing: set = field(default_factory=set)
    skipped: int = 0
    error: str = ""
    seconds: float = 0.0


def read(path):
    """Read a notebook, or say in plain words that it cannot be read."""
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:
        raise SetupError("This notebook cannot be read.", where=path, found=str(error)[:200],
                         remedy=f"git checkout -- notebooks/{path.name}") from error  # fmt: skip


def file_hash(path):
    """sha256 of a file; empty if it is not there."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


_RECORD = "data/datapackage.json"


def input_hash(root, place):
    """sha256 of a data file, or of what the record says of one dataset.

    Parameters
    ----------
    root : Path
        The checkout.
    place : str
        Path of a file, or ``data/datapackage.json#<name>`` for one dataset in the record:
        a notebook depends on its own datasets, not on the whole of it.

    Returns
    -------
    str
        Empty if there is no such file or dataset.
    """
    file, _, name = place.partition(f"{_RECORD}#")
    if file or not name:
        return file_hash(root / place)
    resources = json.loads((root / _RECORD).read_text(encoding="utf-8"))["resources"]
    found = [json.dumps(one, sort_keys=True) for one in resources if one["name"] == name]
    return hashlib.sha256(found[0].encode()).hexdigest() if found else ""


def code_cells(notebook):
    """Cells of a notebook that hold code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def needs(cell):
    """Datasets that a cell needs to be downloaded, by its tags."""
    tags = cell["metadata"].get("tags", [])
    return [tag.removeprefix(_NEEDS) for tag in tags if tag.startswith(_NEEDS)]


def run_notebook(root, scratch, path, at_hand, tell):
    """Run one notebook in a kernel of its own; its exhibits stay in scratch.

    Parameters
    ----------
    root : Path
        The checkout.
    scratch : Path
        Folder for this and other runs.
    path : Path
        The notebook.
    at_hand : dict
        For each dataset that cells need: why it is not at hand, or an empty text.
    tell : callable
        Takes a short text of how far it is.

    Returns
    -------
    Run
    """
    run = Run(path.stem, scratch / path.stem, file_hash(path))
    run.scratch.mkdir(parents=True)
    run.notebook = notebook = read(path)
    before = _checksums(root)  # what is edited while the notebook runs must not pass for read
    started = time.monotonic()
    for cell in code_cells(notebook):
        if not cell["source"].strip():
            cell["outputs"] = []
        lacking = {name for name in needs(cell) if at_hand.get(name)}
        if lacking:
            run.missing |= lacking
            run.skipped += 1
            cell["metadata"]["tags"].append(_SKIP)
    spent = _execute(root, run, path.parent, tell)
    run.seconds = time.monotonic() - started
    tell("failed" if run.error else "done")
    if not run.error:
        told = json.loads("".join(one["text"] for one in notebook["cells"][-1]["outputs"]))
        notebook["cells"] = notebook["cells"][1:-1]
        run.modules = _modules(root, told["modules"], before)
        run.inputs = _inputs(root, told["opened"], before)
        _tidy(notebook)
        run.records = _records(notebook, spent)
    return run


def run_code(root, scratch, code):
    """Run code in a process of its own, and tell what it used.

    Parameters
    ----------
    root : Path
        The checkout.
    scratch : Path
        Folder for what it leaves behind.
    code : str
        Lines of Python.

    Returns
    -------
    dict
        ``modules`` and ``inputs``, as of `Run`.

    Raises
    ------
    SetupError
        If it fails, with what it said.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    before = _checksums(root)
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", _PROBE_FIRST + code + _PROBE_LAST], cwd=root,
        env=_kernel_env(root, scratch), capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    if done.returncode:
        raise SetupError("This code failed.", where=code.strip(), found=done.stderr[-1000:])
    told = json.loads(done.stdout.splitlines()[-1])
    return {"modules": _modules(root, told["modules"], before),
            "inputs": _inputs(root, told["opened"], before)}  # fmt: skip


def _checksums(root):
    """Of the code and the data of the checkout."""
    folders = ("povstudy", "data", "notebooks")
    files = (path for name in folders for path in (root / name).rglob("*"))
    wanted = (path for path in files if path.suffix not in (".pyc", ".ipynb"))
    before = {path: file_hash(path) for path in wanted if path.is_file()}
    records = (f"{_RECORD}#{name}" for name in datasets()["name"])
    return before | {record: input_hash(root, record) for record in records}


def _execute(root, run, folder, tell):
    """Execute the cells between the two probes; seconds spent by the notebook's own cells."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from nbformat.v4 import new_code_cell

    notebook, spent = run.notebook, {}
    count = len(notebook["cells"])
    notebook["cells"].insert(0, new_code_cell(source=_PROBE_FIRST))
    notebook["cells"].append(new_code_cell(source=_PROBE_LAST))

    def begin(cell, cell_index):  # 0 is the first probe
        spent[cell_index - 1] = time.monotonic()
        if 0 < cell_index <= count:
            tell(f"cell {cell_index} of {count}")

    def end(cell, cell_index, execute_reply=None):
        spent[cell_index - 1] = time.monotonic() - spent[cell_index - 1]

    client = NotebookClient(
        notebook,
        timeout=3600,
        kernel_name="python3",
        record_timing=False,
        skip_cells_with_tag=_SKIP,
        resources={"metadata": {"path": str(folder)}},
        on_cell_execute=begin,
        on_cell_executed=end,
    )
    try:
        client.create_kernel_manager()
        # This interpreter, whatever kernels the user has registered elsewhere.
        client.km.kernel_spec.argv[0] = sys.executable
        client.km.kernel_spec.argv.append("--log-level=ERROR")
        # What a kernel says as it closes is no part of the progress lines.
        with (run.scratch / "kernel.log").open("wb") as log:
            client.execute(env=_kernel_env(root, run.scratch), stdout=log, stderr=log)
    except CellExecutionError as error:
        run.error = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # colours of the terminal
    except Exception as error:  # a kernel that does not start or dies, a cell without end
        run.error = f"{type(error).__name__}: {error}"
    return spent


def _kernel_env(root, scratch):
    env = {
        **with_path(root),
        "PYTHONHASHSEED": "0",
        "POVSTUDY_FIGURES": str(scratch / "figures"),
        "IPYTHONDIR": str(scratch / "ipython"),  # not the user's own start-up files
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    if env.get("POVSTUDY_DATA"):  # the kernel starts in another folder
        env["POVSTUDY_DATA"] = str(Path(env["POVSTUDY_DATA"]).resolve())
    return env


def _modules(root, files, before):
    """Code of the checkout that was imported: the library, and helpers beside notebooks."""
    used = {}
    for path in map(Path, files):
        if path.is_relative_to(root) and not path.relative_to(root).parts[0].startswith("."):
            used[path.relative_to(root).as_posix()] = before.get(path) or file_hash(path)
    return used


def _inputs(root, opened, before):
    """Files that were read, but code, caches and what belongs to Python itself."""
    known = set(datasets()["name"])
    foreign = [Path(sys.prefix), Path(sys.base_prefix), Path(tempfile.gettempdir())]
    foreign += [Path("/proc"), Path("/sys"), Path("/dev")]
    inputs = {}
    for text in opened:
        path = Path(text)
        path = path if path.is_absolute() else root / "notebooks" / path
        if path.suffix in (".py", ".pyc", ".pth") or not path.is_file():
            continue
        place, dataset = str(path), path.parent.name
        if path.is_relative_to(root):
            name = place = path.relative_to(root).as_posix()
            dataset = path.stem if name.startswith("data/official/") else ""
            if name.startswith((".", "figures/")) or name == _RECORD:
                continue
        elif dataset in known:
            name = f"{dataset}/{path.name}"
        elif any(path.is_relative_to(one) for one in foreign) or "/." in path.as_posix():
            continue
        else:
            name = path.as_posix()
        inputs[name] = {"path": place, "sha256": before.get(path) or file_hash(path)}
        if dataset in known:
            record = f"{_RECORD}#{dataset}"
            inputs[record] = {"path": record, "sha256": before[record]}
    return dict(sorted(inputs.items()))


def _tidy(notebook):
    """Take out all that changes from run to run or machine to machine."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        cell["execution_count"] = number
        cell["metadata"].pop("execution", None)
        tags = [tag for tag in cell["metadata"].pop("tags", []) if tag != _SKIP]
        if tags:
            cell["metadata"]["tags"] = tags
        cell["outputs"] = _whole_streams(cell["outputs"])
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = number
            if output["output_type"] == "stream":  # warnings name a file of this very process
                output["text"] = re.sub(r"\S*ipykernel_\d+\S*?\.py:\d+", "cell", output["text"])
    for number, cell in enumerate(notebook["cells"], start=1):
        cell["id"] = f"cell-{number:02d}"
    notebook["metadata"].pop("widgets", None)
    notebook["metadata"] |= {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def _whole_streams(outputs):
    """Outputs with each stream in one piece: where a kernel breaks it hangs on the clock."""
    whole = []
    for output in outputs:
        before = whole[-1] if whole else {}
        if output["output_type"] == "stream" and before.get("name") == output["name"]:
            before["text"] += output["text"]
        else:
            whole.append(output)
    return whole


def _records(notebook, spent):
    """What the outputs tell of the exhibits, with the seconds of their cells."""
    records = []
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        for output in cell["outputs"]:
            record = output.get("metadata", {}).get("povstudy")
            if record:
                records.append({**record, "seconds": spent.get(index), "needs": needs(cell)})
    return records
