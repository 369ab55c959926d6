"""Situations in which an error is raised whose remedy is a line of code; see test_remedies."""
