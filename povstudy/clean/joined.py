"""Parts of a table that go on in another, put together."""

import pandas as pd


def beside(table, more):
    """Further columns for the same labels beside a table; ``None`` where they do not fit."""
    labels = labels_of(table)
    if (
        labels != labels_of(more)
        or not table[labels].equals(more[labels])
        or set(table) & set(more) != set(labels)
    ):
        return None
    made = pd.concat([table, more.drop(columns=labels)], axis=1)
    made.attrs = attrs_of_both(table, more)
    return made


def labels_of(table):
    """Columns of a table that are no numbers."""
    return [name for name in table.columns if name not in table.attrs["units"]]


def attrs_of_both(table, more):
    """What is told of a table that goes on in another."""
    first, then = table.attrs, more.attrs
    return first | {"units": first["units"] | then["units"], "notes": first["notes"] + then["notes"],
                    "source_text": first["source_text"] or then["source_text"]}  # fmt: skip
