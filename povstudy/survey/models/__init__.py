"""Models of an outcome: formulas, least squares, logits, regressions."""
