"""The version, where building finds it without asking what is installed."""

__version__ = "0.1.0"
