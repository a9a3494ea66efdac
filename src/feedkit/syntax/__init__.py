"""YAML, TOML, JSON and front matter, parsed to plain values with the line of each.

Takes text, returns mappings, lists and scalars. The only room of the YAML, TOML and front-matter
parsers.
"""
