"""Personal data: found, taken out, and small cells suppressed."""
