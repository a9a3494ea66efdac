"""Feeds to pages for people, and OPML: the only room of jinja2.

Every text is escaped, by the template engine or as it would be escaped there. OPML is XML, for
which the same escapes are right.
"""

from __future__ import annotations
