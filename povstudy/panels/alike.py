"""Rows of a panel past memory that are alike, counted once: what rates of moves are made of.

DuckDB makes sets of bits for each household, periods seen and states in them, and counts the rows
that are alike in design, in domains and in what was seen of their household at some other times:
how many there are, and the sum of their weights. The panel stays where it is.
"""

from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..survey.keys import as_pandas
from ..survey.kinds import ask
from .households import in_duckdb, refuse_twice
from .masks import checked

AT_ONCE = 3_000_000  # households whose bits are in memory at one time
ONE_IN = 1024  # of households, which tell where parts end
BITS = 62  # of a number of 64

_ROWS = "(SELECT *, (t::BIGINT - {low})::INTEGER AS j, {code} AS code FROM panel{known}{part})"
_TWICE = (
    "WITH own AS {rows}, twice AS (SELECT h FROM own GROUP BY h HAVING count(*) > "
    "bit_count(bit_or(1::BIGINT << j)) LIMIT 1) SELECT h, t::BIGINT FROM own WHERE h IN (FROM twice) "
    "GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
)


def countable(svy):
    """Whether rows of a survey can be: in DuckDB, with sampling units, and by one weight."""
    layout = svy.layout
    return in_duckdb(svy.rows) and bool(layout.psu) and layout.errors and not layout.signed


class Panel:
    """Rows of a survey in DuckDB under short names, and the bits of their households.

    Parameters
    ----------
    svy : Survey
        For which `countable` holds.
    by : list of str
        Columns of domains.
    names : tuple of str
        Columns of the household, the time and the state.
    more : list of str
        Columns of numbers that tell the state too.

    Attributes
    ----------
    rows : DuckDBPyRelation
        ``h t s w`` for household, time, state and weight; then domains, design and more.
    """

    def __init__(self, svy, by, names, more=()):
        """Name the columns."""
        rows, layout = svy.rows, svy.layout
        self.svy, self.names = svy, names
        design = list(dict.fromkeys([*layout.strata, *layout.psu, *layout.masks]))
        self.keys = {f"b{i}": one for i, one in enumerate(dict.fromkeys([*by, *design]))}
        weights = [rows[one] for one in layout.weights if one not in layout.masks]
        weight = reduce(lambda one, two: one * two, weights) if weights else rows._ones
        made = {
            "h": rows._key(names[0]),
            "t": rows.column(names[1]),
            "s": rows._key(names[2]),
            "w": weight,
        }
        made |= {short: rows._key(one) for short, one in self.keys.items()}
        made |= {f"f{i}": rows[one] for i, one in enumerate(layout.fpc)}
        made |= {f"x{i}": rows[one] for i, one in enumerate(more)}
        self.rows = rows.nw.to_native(rows.frame.select(**made))
        kinds = dict(zip(self.rows.columns, map(str, self.rows.types), strict=True))
        clear = {
            x: f"if(isnan({x}), NULL, {x})" if kinds[x] in ("DOUBLE", "FLOAT") else x for x in "hs"
        }
        codes = rows.missing_codes(names[2])[0]
        if len(codes) and kinds["s"] not in ("VARCHAR", "BOOLEAN"):
            clear["s"] = (
                f"if(s IN ({', '.join(repr(float(x)) for x in codes)}), NULL, {clear['s']})"
            )
        self.rows = self.rows.query(
            "panel", "SELECT * REPLACE ({} AS h, {} AS s) FROM panel".format(*clear.values())
        )
        self.code, self.known, self.size = "s::DOUBLE::INTEGER", None, 2

    def checked(self, step, lost):
        """The step; refuses times that are none, and marks that are neither 0 nor 1.

        ``lost``: marks may be missing; ``None``: states are no marks.
        """
        names = dict(zip(("household", "time", "poor"), self.names, strict=True))
        said = {
            "household": "h",
            "time": "t",
            "poor": "NULL" if lost is None else "s",
            "start": "NULL",
        }
        self.low, self.high, step = checked(
            self.rows, names, said, True, step, False, lost is not False
        )
        self.count = self.high - self.low + 1
        return step

    def ask(self, words, masks=None, part="", **more):
        """Answer as a table of Arrow; tables are found by their names, and {rows} are those of the panel."""
        beside = "" if self.known is None else " LEFT JOIN known ON s = value"
        rows = _ROWS.format(low=self.low, code=self.code, known=beside, part=part)
        panel, known, made = self.rows, self.known, more.get("made")
        words = words.replace("{rows}", rows)
        return ask(lambda panel=panel, known=known, masks=masks, made=made:  # found by their names
                   panel.query("panel", words).to_arrow_table())  # fmt: skip

    def _planes(self, there):
        """Words of bits in SQL, and how a bit of the rows, of what is seen, and of a state is read."""
        per = BITS // self.count
        size = there + 1 + (self.size - 1).bit_length()
        at = [(p // per, p % per * self.count) for p in range(size)]
        words, kind = [], "INTEGER" if min(per, size) * self.count <= 30 else "BIGINT"
        for w in range(at[-1][0] + 1):
            own = [(p, shift) for p, (word, shift) in enumerate(at) if word == w]
            bit = lambda p, code: 1 if p <= there else (code >> (p - there - 1)) & 1  # noqa: E731
            whens = " ".join(f"WHEN {code} THEN {sum(bit(p, code) << shift for p, shift in own)}"
                             for code in range(self.size))  # fmt: skip
            none = int(there and w == 0)  # a row without a state is there
            words.append(f"bit_or((CASE code {whens} ELSE {none} END)::{kind} << j) AS m{w}")
        return ", ".join(words), [f"(m{w}::BIGINT >> {shift})" for w, shift in at]

    def counted(self, offsets, left=(), there=False):
        """Count rows that are alike.

        Parameters
        ----------
        offsets : list of int
            Times after that of a row at which the state of its household is told.
        left : list of int
            Times up to which it is told whether the household had been seen poor, and later not.
        there : bool
            Whether states may be missing.

        Returns
        -------
        table : DataFrame
            The columns of domains and design, ``weight_`` with the sum of the weights, and ``rows_``
            with the number of rows.
        states, gone : list of ndarray of int
            For each of the ``offsets`` the number of the state and one, 0 where it is not known; for
            each of ``left`` 1 or 0.
        """
        words, at = self._planes(there)
        all_of, inside = (1 << self.count) - 1, lambda k: f"{k} BETWEEN 0 AND {self.count - 1}"
        _, seen, *planes = at if there else [None, *at]
        told = []  # numbers of few values, which make one
        for offset in offsets:
            k = f"(j + {offset})" if offset else "j"
            state = " + ".join(f"(({one} >> {k}) & 1) * {1 << p}" for p, one in enumerate(planes))
            known = f"({seen} >> {k}) & 1 = 1" + f" AND {inside(k)}" * (offset != 0)
            told.append((self.size + 1, f"CASE WHEN {known} THEN 1 + {state} ELSE 0 END"))
        for offset in left:
            k = f"(j + {offset})"
            until = f"((2::BIGINT << {k}) - 1) & {all_of}"
            poor, out = f"({planes[0]} & {until})", f"({seen} & ~{planes[0]} & {until})"
            told.append(
                (
                    2,
                    f"CASE WHEN {inside(k)} AND {poor} <> 0 AND {out} > ({poor} & -{poor}) THEN 1 ELSE 0 END",
                )
            )
        if self.svy.rows._idle:  # rows without a weight are not counted with others
            told.append((2, "(w = 0)::INTEGER"))
        pattern = reduce(lambda made, one: f"({made}) * {one[0]} + {one[1]}", told, "0")
        ends = [f"max(f{i}) AS f{i}" for i in range(len(self.svy.layout.fpc))]
        added = ", ".join(["sum({}) AS weight_", "{} AS rows_", *ends])
        keys, found = ", ".join(self.keys), []
        for part in self._parts():
            masks = self.ask(f"SELECT h, {words} FROM {{rows}} GROUP BY h", part=part)
            bits = f"SELECT sum(bit_count({at[0]} & {all_of}))::BIGINT AS n FROM masks"
            bits = self.ask(bits, masks)["n"][0].as_py()
            found.append(self.ask(f"SELECT {keys}, ({pattern})::INTEGER AS pattern_, {added.format('w', 'count(*)')} "
                                  "FROM {rows} JOIN masks USING (h) GROUP BY ALL", masks, part))  # fmt: skip
            if pc.sum(found[-1]["rows_"]).as_py() > bits:
                refuse_twice(*self.ask(_TWICE).to_pylist()[0].values(), self.names[:2])
        made = found[0]
        if len(found) > 1:
            made = self.ask(f"SELECT {keys}, pattern_, {added.format('weight_', 'sum(rows_)::BIGINT')} FROM made GROUP BY ALL",
                            made=pa.concat_tables(found))  # fmt: skip
        found.clear()
        table = as_pandas(made)
        rest, read = table.pop("pattern_").to_numpy(), []
        for size, _ in reversed(told):
            rest, code = np.divmod(rest, size)
            read.append(code.astype(np.int8))
        read = read[::-1]
        table = table.rename(
            columns=self.keys | {f"f{i}": one for i, one in enumerate(self.svy.layout.fpc)}
        )
        size = len(offsets)
        return table, read[:size], read[size : size + len(left)]

    def _parts(self):
        """Conditions on households that make parts of the rows: by their ids, which files are often sorted by."""
        if len(self.svy.rows) <= AT_ONCE:
            return [""]
        few = f"SELECT DISTINCT h FROM panel WHERE hash(h) % {ONE_IN} = 0"
        ids = self.ask(f"SELECT h::VARCHAR AS h FROM (SELECT h FROM ({few}) ORDER BY h)")[
            "h"
        ].to_pylist()
        size = AT_ONCE // ONE_IN
        kind = str(self.rows.types[self.rows.columns.index("h")])
        ends = [
            "'" + one.replace("'", "''") + f"'::{kind}"
            for one in ids[size : len(ids) - size // 2 : size]
        ]
        low = ["", *(f"h >= {one}" for one in ends)]
        high = [*(f"h < {one}" for one in ends), ""]
        return [
            f" WHERE {' AND '.join(filter(None, two))}" if any(two) else ""
            for two in zip(low, high, strict=True)
        ]

    def kinds(self, there):
        """Households of each kind of bits, as rows of code, time and state."""
        words, at = self._planes(there)
        masks = self.ask(
            f"SELECT DISTINCT * EXCLUDE h FROM (SELECT h, {words} FROM {{rows}} GROUP BY h) LIMIT 100_000"
        )
        read = ", ".join(
            f"{one} & {(1 << self.count) - 1} AS p{i}" for i, one in enumerate(at[int(there) :])
        )
        seen, *planes = (
            x.to_numpy(dtype=np.int64)
            for _, x in as_pandas(self.ask(f"SELECT {read} FROM masks", masks)).items()
        )
        code, j = np.nonzero((seen[:, None] >> np.arange(self.count)) & 1)
        state = sum(((one[code] >> j) & 1) << p for p, one in enumerate(planes))
        return code, self.low + j, state.astype(float)
