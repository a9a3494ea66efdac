"""Feeds to pages for people, OPML and the manifest: the only room of jinja2.

Every text is escaped by the template engine, or as it would be; OPML is XML, for which the same
escapes are right. Who reads the manifest alone imports that alone.
"""
