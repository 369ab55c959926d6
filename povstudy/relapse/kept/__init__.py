"""A fit that is kept: what its rows were like, the file it is written to, whether it still fits."""
