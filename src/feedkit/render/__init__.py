"""Feeds to Documents."""
