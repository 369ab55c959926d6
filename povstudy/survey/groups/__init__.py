"""Who is what: shares of categories, conditions on rows, first looks, and groups by rank."""
