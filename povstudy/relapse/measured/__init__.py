"""What was measured and what is true: noise of incomes, and a register that sees few falls."""
