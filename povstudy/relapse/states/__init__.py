"""Exits and re-entries together: an unseen factor that both share, and the years poor that follow."""
