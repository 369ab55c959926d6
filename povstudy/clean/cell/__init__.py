"""One cell: what it says, with unit, bound and footnote."""
