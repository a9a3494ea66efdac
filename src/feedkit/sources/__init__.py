"""Plain values, and Articles made by hand, to clean Articles.

Takes files, text or mappings; returns Articles, errors and repairs. The only room of dateutil.
"""
