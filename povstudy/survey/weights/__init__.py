"""Weights made to meet known totals, with errors that know it."""
