"""Journeys: what a person does, driven through the real window without a display."""
