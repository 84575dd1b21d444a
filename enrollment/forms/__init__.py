"""Forms of the journey, by who fills them in."""
