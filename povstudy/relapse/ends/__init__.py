"""Several ends that compete: models and judgements of one end where another may come first."""
