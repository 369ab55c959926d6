"""Counts and amounts: effects as ratios of means."""
