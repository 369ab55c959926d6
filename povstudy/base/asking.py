"""What is asked of engines and of Parquet files, with errors of our own."""

import re
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from .errors import DataError
from .files import need_file

PLACES = 16  # bits of the groups that DuckDB is asked to find by their place


def parquet_files(path):
    """Files that a path of Parquet files names.

    Parameters
    ----------
    path : str or Path
        A file; a folder, with those below it; or a pattern. What is there by its name is no
        pattern, and neither is the folder that one begins with: ``data [1]/*.parquet``.

    Returns
    -------
    list of Path
        In the order of their names; without those that begin with ``.`` or ``_``, which writers
        and systems put there.

    Examples
    --------
    >>> import tempfile
    >>> from povstudy.base.asking import parquet_files
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = [(Path(folder) / f"{one}.parquet").write_text("x") for one in ("[1]", "1", "._1")]
    ...     [[one.name for one in parquet_files(f"{folder}/{name}")] for name in ("[1].parquet", "*", "")]
    [['[1].parquet'], ['1.parquet', '[1].parquet'], ['1.parquet', '[1].parquet']]
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        return [need_file(path)]
    folder, pattern = path, "**/*.parquet"
    if not path.is_dir():
        folder = next((one for one in path.parents if one.is_dir()), None)
        if folder is None:  # a drive that is not there
            return []
        pattern = str(path.relative_to(folder))
    names = [one.relative_to(folder).parts for one in sorted(folder.glob(pattern)) if one.is_file()]
    return [folder.joinpath(*one) for one in names if not any(part[0] in "._" for part in one)]


def ask(query, where=""):
    """Answer of an engine, whose errors are of its own kind; ``where`` its files, if known."""
    try:
        return query()
    except Exception as error:
        told = line(error)
        raise DataError(
            "The engine that holds the table cannot read or compute what is asked of it.",
            where=_damaged(where) or where or None, found=told,
            remedy="look at the files or the query that the table is made of",
        ) from None  # fmt: skip


@contextmanager
def by_place(path):
    """Find groups of whole numbers up to 2^16 by their place meanwhile: DuckDB takes half the time.

    Only of files, which the default connection reads: one that hands on rows part by part is left alone.
    """
    if not path:
        yield
        return
    import duckdb

    name, before = "perfect_ht_threshold", None
    with suppress(duckdb.Error):  # settings may be locked
        before = duckdb.sql(f"SELECT current_setting('{name}')").fetchall()[0][0]
        duckdb.sql(f"SET {name} = {PLACES}")
    try:
        yield
    finally:
        with suppress(duckdb.Error):
            duckdb.sql(f"SET {name} = {before}")


def _damaged(place):
    """Of several files the first that cannot be read to its end, if any."""
    import duckdb

    files = parquet_files(place) if place else []
    for one in files if len(files) > 1 else ():
        with duckdb.connect() as apart:
            try:
                rows = apart.read_parquet(escape(str(one)))
                rows.aggregate("bit_xor(hash(COLUMNS(*)))").fetchall()
            except (duckdb.Error, RuntimeError):
                return one


def line(error):
    """First line of what an engine says of an error; where that ended DuckDB, it is begun anew."""
    if re.match("(INTERNAL|FATAL) Error", str(error)):
        import duckdb

        # a damaged file did it; without this all later calls fail
        duckdb.set_default_connection(duckdb.connect())
    return next(iter(str(error).splitlines()), type(error).__name__)


def refuse_notes(where):
    """Refuse a file whose notes of least and greatest values, or of missing ones, are not so."""
    raise DataError(
        "What a Parquet file notes of its values is not so: it is damaged.", where=where,
        remedy="write it anew in the program that made it",
    )  # fmt: skip


def read_parquet(path):
    """A relation of the files, by their own names: DuckDB would take signs in them for a pattern.

    Of files that hold a column in several types DuckDB would cast all to that of the first: 2.5 to
    2. A column of a file counts before one of its name that a folder is called by (``year=2020``).
    """
    import duckdb
    from pyarrow import ArrowException, parquet

    place, schemas = str(path), {}
    try:
        if "://" in place:
            return duckdb.read_parquet(place, hive_partitioning=True)
        for place in parquet_files(path):
            with place.open("rb") as file:
                schemas[place] = parquet.read_schema(file)
        if not schemas:
            raise ValueError("no Parquet file is there")
        known = {(one.name, one.type) for schema in schemas.values() for one in schema}
        names = {name for name, _ in known}
        folders = {
            part.partition("=")[0] for one in schemas for part in one.parts[:-1] if "=" in part
        }
        return duckdb.read_parquet(
            [escape(str(one)) for one in schemas], hive_partitioning=not folders & names,
            union_by_name=len(known) > len(names),
        )  # fmt: skip
    except (duckdb.Error, RuntimeError, ArrowException, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            "This is no Parquet file that can be read.", where=str(place),
            found=line(error),
            remedy='ps.Survey(pd.read_csv("survey.csv"), ...) for a table of text; pd.read_stata for Stata',
        ) from None  # fmt: skip
