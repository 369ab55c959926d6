"""Registers and programme records through a codebook."""
