"""Markdown or HTML to the sanitised HTML fragment that readers show.

The only room of the Markdown engine and of nh3.
"""
