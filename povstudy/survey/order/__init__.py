"""Rows in order: in memory, and past it as points of bins."""
