"""Plain text, URLs and slugs: pure normalisation of strings.

Takes and returns `str`. The only room of idna.
"""
