"""Several tables, or several places, that tell of each other: imputations, small places."""
