"""Looks at data before any measure: incomes, groups, the waves of a panel."""
