"""Whether a model of the hazard fits, and what a user may ask of its formula."""
