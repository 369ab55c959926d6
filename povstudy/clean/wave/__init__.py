"""Waves of a survey through a codebook."""
