"""From tables past memory to who is compared."""
