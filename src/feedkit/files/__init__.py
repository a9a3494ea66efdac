"""Files and folders: discovery, bounded reads, atomic writes, locks and spill files.

Takes and returns paths and bytes. The only room that opens files.
"""
