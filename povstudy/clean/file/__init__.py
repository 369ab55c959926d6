"""Files of text, spreadsheets and surveys, read as they stand."""
