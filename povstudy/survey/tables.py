"""What tables in memory and elsewhere have in common: what is asked of them, and what they refuse."""

from collections.abc import Hashable
from pathlib import Path

import numpy as np
import pandas as pd

from ..base.checks import mean, meant, nearest, refuse_columns_twice
from ..base.codes import LEAST, suspects, told
from ..base.errors import DataError, DesignError, tell


class Table:
    """What tables in memory and elsewhere have in common: names of columns, and refusals.

    Each kind, `Rows` and `Engine`, has besides ``where``, ``log``, ``exp``, the columns as a formula
    takes them, and answers to what a `Survey` asks: ``units``, ``cells``, ``quantiles`` and more.
    """

    # What helps where a value is missing; its column stands for {}.
    without = 'missing="drop"  # of ps.Survey(table, ...): leaves them out and counts them'

    path = ""  # of the file, if it is one

    @property
    def file(self):
        """Its name."""
        return Path(self.path).name

    def at(self, *names):
        """Place of columns, for errors."""
        return f"{self.file}{', ' * bool(self.file)}column {', '.join(map(str, names))}"

    def need(self, names):
        """Refuse names that are no columns, or those of two."""
        missing = {
            str(one) if isinstance(one, Hashable) else f"a {type(one).__name__}, not a name": one
            for one in names
            if not isinstance(one, Hashable) or one not in self.columns
        }
        if missing:
            raise DataError(
                f"The table lacks {'columns' if len(missing) > 1 else 'a column'}."
                + mean(nearest(next(iter(missing)), self.columns)),
                where=self.file or None,
                found=", ".join(missing),
                remedy=f"{meant(missing)}its columns are: {', '.join(map(str, self.columns[:30]))}",
            )
        refuse_columns_twice(names, self.columns)

    def missing_codes(self, name):
        """Numbers of a column that stand for no answer, and whether these are all there are.

        Those of weights, and of what counts units, are no missing values: they are known of all.
        """
        given, known = self.layout.codes, name in (*self.layout.weights, *self.layout.fpc)
        codes = given.get(name) if isinstance(given, dict) else given
        whole = codes is not None and (not codes or (isinstance(given, dict) and not known))
        return () if codes is None or known else codes, whole

    def labelled(self, table, names):
        """Domains in the words that the file has for their codes; a code without its own as it is."""
        there = getattr(getattr(self, "table", None), "attrs", {}).get("labels", {})
        for name in (one for one in dict.fromkeys(names) if one in there):
            words = pd.Series(there[name], dtype=object).drop_duplicates(keep=False).to_dict()
            table[name] = [words.get(code, code) for code in table[name]]
        return table

    def known(self, name, values):
        """Values of a column, those that stand for no answer as not a number."""
        codes = self.missing_codes(name)[0]
        return np.where(np.isin(values, codes), np.nan, values) if len(codes) else values

    def cleared(self, name, column):
        """A column of pandas as it is, what stands for no answer as missing."""
        codes = self.missing_codes(name)[0]
        return column.where(~column.isin(codes)) if len(codes) else column

    def _suspect(self, names, income=False):
        """Columns with numbers that may stand for no answer, with their rows, and this in words."""
        new = [one for one in dict.fromkeys(names) if not (
            self.layout.signed or self._seen.get(one, -1) >= income or self.missing_codes(one)[1])]  # fmt: skip
        for name, (least, most) in self.ends(new).items():
            odd = least < 0 or most >= LEAST  # seldom so
            if odd and (found := suspects(least, most, self.looked(name), income)):
                yield name, found, *told(name, found)
            self._seen[name] = income

    def refuse_codes(self, names, income=False):
        """Refuse numbers that stand for no answer, as far as they can be told: see `suspects`."""
        for name, found, problem, shown in self._suspect(names, income):
            given, codes = self.layout.codes, [*self.missing_codes(name)[0], *found]
            real = {**(given if isinstance(given, dict) else {}), name: []}
            codes = {**given, name: codes} if isinstance(given, dict) else codes
            way = f'codes={codes!r}, missing="drop"  # of ps.Survey: they are left out and counted'
            if name in self.layout.weights:
                way = (
                    f"table = table[~table[{name!r}].isin({list(found)!r})]  # they are no weights"
                )
            raise DataError(
                problem, where=self.at(name), found=shown,
                remedy=f"{way}; or codes={real!r} of ps.Survey, if they are values",
            )  # fmt: skip

    def tell_codes(self, names, table="table"):
        """Warn of such numbers, where they are used as they are."""
        for name, found, problem, shown in self._suspect(names):
            tell(
                f"{problem} They count as they stand.", where=self.at(name), found=shown,
                remedy=f"if they are codes: {table}[{name!r}] = {table}[{name!r}].where("
                f"~{table}[{name!r}].isin({list(found)!r}))  # missing values",
            )  # fmt: skip

    def refuse_weights(self, name, count, where, found):
        """Refuse weights that are no numbers of 0 or more; see the error."""
        replicate = self.layout.signed and name == self.layout.weights[0]
        raise DesignError(
            f"{count:,} rows have no usable {name}: it is a number"
            f"{', of a replicate also below zero' if replicate else ' of 0 or more'}.",
            where=where, found=found,
            remedy="fill it in: replicate weights are known of every row" if replicate
            else f"table = table[table[{name!r}] >= 0]  # or mend them",
        )  # fmt: skip

    def refuse_keys(self, names, count, where, found):
        """Refuse rows that bear the same key; see the error."""
        raise DesignError(
            f"{count:,} rows repeat the key of another: {', '.join(names)}.",
            where=where, found=found,
            remedy=f"table = table.drop_duplicates({list(names)!r})  # if they are the same household",
        )  # fmt: skip

    def refuse_missing(self, names, count, where):
        """Refuse rows without stratum, unit or key; see the error."""
        raise DesignError(
            f"{count:,} rows have no {' or no '.join(names)}.", where=where,
            remedy="fill it in: strata, PSUs and keys are known of every row",
        )  # fmt: skip

    def refuse_fpc(self, name, found, column=None):
        """Refuse populations that are no populations; see the error."""
        column = column or self.layout.fpc[0]
        of = "sampling unit" if column in self.layout.fpc[1:] else "stratum"
        raise DesignError(
            f"The number of units in the population is one for each {of}, and no less than "
            "the units in the sample.",
            where=f"{of} {name!r}, {self.at(column)}", found=found,
            remedy=f"fpc= the column that counts all units of the {of}",
        )  # fmt: skip

    def refuse_no_rows(self):
        """Refuse a table without rows; see the error."""
        raise DataError("The table has no rows.", where=self.file or "argument data",
                        remedy="look at the table that was given")  # fmt: skip

    def refuse_values(self, name, count, where):
        """Refuse rows without a value; see the error."""
        raise DataError(
            f"{count:,} rows have no {name}.", where=where, remedy=self.without.format(
                name.replace(" or no ", "', '")),
        )  # fmt: skip
