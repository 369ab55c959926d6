"""Rows of a panel past memory that are alike, counted once: what rates of moves are made of.

DuckDB makes sets of bits for each household, periods seen and states in them, and counts the rows
that are alike in design, in domains and in what was seen of their household at some other times:
how many there are, and the sum of their weights. The panel stays where it is.
"""

from functools import reduce

import numpy as np
import pandas as pd
import pyarrow as pa

from ..survey.keys import as_pandas
from .households import refuse_twice
from .masks import answer, checked, parts_of

BITS = 62  # of a number of 64
CELLS = 4_000_000  # histories of several parts that are held before rows are made of them
KINDS = 1_000_000  # kinds of rows of several parts that are held before they are put together

_ROWS = "(SELECT *, (t::BIGINT - {low})::INTEGER AS j FROM povstudy_panel{part})"
_TWICE = (
    "WITH own AS {rows}, twice AS (SELECT h FROM own GROUP BY h HAVING count(*) > "
    "bit_count(bit_or(1::BIGINT << j)) LIMIT 1) SELECT h, t::BIGINT FROM own WHERE h IN (FROM twice) "
    "GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
)


def known_states(rows, name):
    """Whether the state of a row is known, as an expression; ``None`` where files tell no more."""
    x, kind, codes = rows.column(name), rows.schema[name], rows.missing_codes(name)[0]
    known = ~x.is_nan() if kind.is_float() else None
    if len(codes) and kind.is_numeric():
        real = ~x.cast(rows.nw.Float64()).is_in([float(one) for one in codes])
        known = real if known is None else known & real
    return known


def named(rows, by, names, code):
    """Columns of a panel under short names, as expressions, and which of them are keys.

    ``h t s w`` are household, time, state and weight, ``code`` is the number of the state; then
    domains and design ``b0``..., and ``f0``... for sizes of strata.
    """
    layout = rows.layout
    design = list(dict.fromkeys([*layout.strata, *layout.psu, *layout.masks]))
    keys = {f"b{i}": one for i, one in enumerate(dict.fromkeys([*by, *design]))}
    weights = [rows[one] for one in layout.weights if one not in layout.masks]
    weight = reduce(lambda one, two: one * two, weights) if weights else rows._ones
    made = {"h": rows._key(names[0]), "t": rows.column(names[1]), "s": rows._key(names[2])}
    if rows.schema[names[0]].is_float():
        made["h"] = rows.nw.when(~made["h"].is_nan()).then(made["h"])
    if (known := known_states(rows, names[2])) is not None:
        made["s"] = rows.nw.when(known).then(made["s"])
    if code is None:
        code = made["s"].cast(rows.nw.Float64())
    made |= {"code": code.cast(rows.nw.Int32()), "w": weight}
    made |= {short: rows._key(one) for short, one in keys.items()}
    return made | {f"f{i}": rows[one] for i, one in enumerate(layout.fpc)}, keys


class Every:
    """As `States`, of all that may be seen: an axis for each time that is asked for."""

    def __init__(self, size):
        """``size``: number of states."""
        self.size, self.asked = size, {}

    def __call__(self, offset):
        """The state so much later; not a number where not seen."""
        return self._axis((offset, False), np.r_[np.nan, : self.size])

    def left_by(self, offset):
        """Whether it was seen poor and later not poor, up to a row so much later."""
        return self._axis((offset, True), np.array([False, True]))

    def _axis(self, key, values):
        at = self.asked.setdefault(key, len(self.asked))
        return values.reshape(-1, *[1] * at)

    def read(self, asked):
        """Kinds of what is asked for, and the kind of each pattern of what may be seen."""
        values = asked(self)
        shape = [2 if left else self.size + 1 for _, left in self.asked][::-1]
        made = pd.DataFrame(
            {i: np.broadcast_to(one, shape).ravel() for i, one in enumerate(values)}
        )
        code = made.groupby(list(made), dropna=False, sort=False).ngroup()
        return [one.to_numpy() for _, one in made.drop_duplicates().items()], code.tolist()

    def pattern(self, at, there, count):
        """Number of the pattern of a household in period j, in SQL; ``at``: how its bits are read."""
        made = "0"
        _, seen, *planes = at if there else [None, *at]
        for offset, left in reversed(self.asked):
            k = f"(j + {offset})" if offset else "j"
            bit = lambda one, k=k: f"(({one} >> {k}) & 1)"  # noqa: E731
            known, code = ("gone", "1") if left else (seen, " + ".join(
                ["1", *(f"{bit(one)} * {1 << p}" for p, one in enumerate(planes))]))  # fmt: skip
            inside = f"{k} BETWEEN 0 AND {count - 1} AND " * (offset != 0)
            case = f"CASE WHEN {inside}{bit(known)} = 1 THEN {code} ELSE 0 END"
            made = f"({made}) * {2 if left else self.size + 1} + {case}"
        return made


class Panel:
    """Rows of an engine of DuckDB under short names, and the bits of their households.

    Parameters
    ----------
    rows : Engine
        Of a survey in DuckDB with sampling units and one weight.
    by : list of str
        Columns of domains.
    names : tuple of str
        Columns of the household, the time and the state.
    code, size : expression or None, int
        Number of the state of a row (without it that of the column), and how many there are.

    Attributes
    ----------
    rows : DuckDBPyRelation
        The columns as `named` has them.
    """

    def __init__(self, rows, by, names, code=None, size=2):
        """Name the columns."""
        self.engine, self.names, self.size = rows, names, size
        made, self.keys = named(rows, by, names, code)
        self.rows = rows.nw.to_native(rows.frame.select(**made))

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
        self.low, self.high, step, _ = checked(
            self.rows, names, said, True, step, False, lost is not False
        )
        self.count = self.high - self.low + 1
        self.fits = self.count <= BITS
        return step

    def ask(self, words, masks=None, part="", made=None):
        """Answer as a table of Arrow; tables are found by their names, and {rows} are those of the panel."""
        words = words.replace("{rows}", _ROWS.format(low=self.low, part=part))
        return answer(self.rows, words, masks, made)

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
        return words, [f"(m{w}::BIGINT >> {shift})" for w, shift in at]

    def counted(self, read, there=False):
        """Count rows that are alike.

        Households of the same design and weight make one row of bits, those of the same bits one
        more; what is asked of each period comes of these.

        Parameters
        ----------
        read : callable
            Arrays of what is asked of a row, from states at times beside its own: see `Every`.
        there : bool
            Whether states may be missing.

        Returns
        -------
        table : DataFrame
            The columns of domains and design, ``weight_`` with the sum of the weights, and ``rows_``
            with the number of rows.
        values : tuple of ndarray
            What was asked of each.
        """
        words, at = self._planes(there)
        every, all_of = Every(self.size), (1 << self.count) - 1
        seen, known, poor = (f"({at[i]} & {all_of})" for i in (0, there, there + 1))
        kinds, code = every.read(read)
        own, of_time = dict.fromkeys(self.keys), []  # times are told by bits, of one household
        for short, name in self.keys.items():
            kind = str(self.rows.types[self.rows.columns.index(short)])
            if name == self.names[1] and kind != "VARCHAR":
                of_time.append(f"({self.low} + j)::{kind} AS {short}, ")
                del own[short]
        ends = [f"f{i}" for i in range(len(self.engine.layout.fpc))]
        most = "".join(f", max({one}) AS {one}" for one in ends)
        keys, bits = "".join(f"{one}, " for one in own), [f"m{i}" for i in range(len(words))]
        whole = ", ".join(f"bit_or({one}) AS {one}" for one in bits)
        words, bits = ", ".join(words), ", ".join(bits)
        idle = "w = 0" if self.engine._idle else "false"  # not counted with others
        sums = f"sum(weight_) AS weight_, sum(rows_)::BIGINT AS rows_{most}"
        later = f"({known} & ~{poor} & ~(({poor} & -{poor}) * 2 - 1))"  # not poor after it was poor
        asked = (f"SELECT {keys}{''.join(of_time)}({code})[1 + {every.pattern(at, there, self.count)}] AS kind_, idle, "
                 f"{sums} FROM (SELECT *, -({later} & -{later}) AS gone FROM {{of}}) GROUP BY ALL")  # fmt: skip
        found, told, marks, steady = [], [], 0, True
        of_found = (f"(FROM (SELECT {keys}{bits}, own, idle, {sums} FROM povstudy_made GROUP BY ALL), "
                    f"(SELECT unnest(range({self.count}))::INTEGER AS j) WHERE (own >> j) & 1 = 1)")  # fmt: skip
        of_found = asked.replace("{of}", of_found)
        of_told = "".join(f"{one}, " for one in dict.fromkeys([*own, *self.keys]))  # in their order
        of_told = f"SELECT {of_told}kind_, idle, {sums} FROM povstudy_made GROUP BY ALL"
        for part in parts_of(self.rows, "h", len(self.engine)):
            if steady:
                masks = cells = self.ask(f"SELECT *, {seen} AS own FROM (SELECT h, w, {keys}{words}{most} "
                                         "FROM {rows} GROUP BY ALL)", part=part)  # fmt: skip
                count = "SELECT count(DISTINCT h) AS n FROM povstudy_made"
                households, of = self.ask(count, made=cells)["n"][0].as_py(), "povstudy_made"
                steady = len(cells) <= 2 * households
            if not steady:  # weights or places change in most: rows as they are
                masks, cells = (
                    self.ask(f"SELECT h, {words} FROM {{rows}} GROUP BY h", part=part),
                    None,
                )
                own = "".join(f", {one}" for one in ends)
                of = f"(SELECT {keys}j, {bits}, {idle} AS idle, w AS weight_, 1 AS rows_{own} FROM {{rows}} JOIN povstudy_masks USING (h))"
                self._add(told, self.ask(asked.replace("{of}", of), masks, part), of_told)
            elif households < len(cells):
                masks = self.ask(f"SELECT h, {whole} FROM povstudy_made GROUP BY h", made=cells)
                of = f"(SELECT * EXCLUDE ({bits}) FROM povstudy_made) JOIN povstudy_masks USING (h)"
            marks += self.ask(
                f"SELECT coalesce(sum(bit_count({seen})), 0)::BIGINT AS n FROM povstudy_masks",
                masks,
            )["n"][0].as_py()
            if steady:
                cells = self.ask(f"SELECT {keys}{bits}, own, {idle} AS idle, sum(w) AS weight_, count(*) AS rows_{most} "
                                 f"FROM {of} GROUP BY ALL", masks, made=cells)  # fmt: skip
                found.append(cells)
                if sum(map(len, found)) > CELLS:  # else they grow until all histories were met
                    self._add(told, self._kinds_of(found, of_found), of_told)
        if marks < len(self.engine):
            refuse_twice(*self.ask(_TWICE).to_pylist()[0].values(), self.names[:2])
        cells = masks = None
        if found:
            told.append(self._kinds_of(found, of_found))
        made = told[0]
        if len(told) > 1:
            made = self.ask(of_told, made=pa.concat_tables(told))
        table = as_pandas(made.drop_columns(["idle"]))
        code = table.pop("kind_").to_numpy()
        table = table.rename(
            columns=self.keys | dict(zip(ends, self.engine.layout.fpc, strict=True))
        )
        return table, tuple(one[code] for one in kinds)

    def _kinds_of(self, found, words):
        """Kinds of rows of histories, which are let go."""
        made = self.ask(words, made=pa.concat_tables(found))
        found.clear()
        return made

    def _add(self, parts, made, words):
        """Hold one part more; put them together once they are twice what the last time left."""
        parts.append(made)
        if len(parts) > 1 and sum(map(len, parts)) > max(KINDS, 2 * len(parts[0])):
            parts[:] = [self.ask(words, made=pa.concat_tables(parts))]

    def kinds(self, there):
        """Households of each kind of bits, as rows of code, time and state."""
        words, at = self._planes(there)
        asked = f"SELECT DISTINCT * EXCLUDE h FROM (SELECT h, {', '.join(words)} FROM {{rows}} GROUP BY h) LIMIT 100_000"
        masks = pa.concat_tables(
            self.ask(asked, part=part) for part in parts_of(self.rows, "h", len(self.engine))
        )
        read = ", ".join(
            f"{one} & {(1 << self.count) - 1} AS p{i}" for i, one in enumerate(at[int(there) :])
        )
        seen, *planes = (
            x.to_numpy(dtype=np.int64)
            for _, x in as_pandas(self.ask(f"SELECT {read} FROM povstudy_masks", masks)).items()
        )
        code, j = np.nonzero((seen[:, None] >> np.arange(self.count)) & 1)
        state = sum(((one[code] >> j) & 1) << p for p, one in enumerate(planes))
        return code, self.low + j, state.astype(float)
