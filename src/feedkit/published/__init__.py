"""Published feeds, read back and compared with what a build would publish.

Takes bytes of feeds and of the manifest, returns PublishedFeeds and what the guard says of them.
"""
