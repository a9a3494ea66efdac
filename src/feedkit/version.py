"""The version, where building finds it without asking what is installed."""

from __future__ import annotations

__version__ = "0.1.0"
