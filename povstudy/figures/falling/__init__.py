"""Falling back, nearer the truth: noise of incomes, visits to a register, states, small places."""
