"""Articles from one service or folder to feeds."""
