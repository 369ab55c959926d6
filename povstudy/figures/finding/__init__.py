"""Who is found and who is missed, lists, audits and early warning, drawn."""
