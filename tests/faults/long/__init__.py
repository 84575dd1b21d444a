"""The long fault run: many notices under many faults, then a check of every record there is."""
