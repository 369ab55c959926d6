"""Official tables with merged heads, notes and totals."""
