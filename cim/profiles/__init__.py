"""Payload profiles: one file for each noun, frozen dataclasses in and out."""
