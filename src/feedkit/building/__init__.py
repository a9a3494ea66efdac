"""One build: what changed, what that comes to, and the files that say so.

`build`, `update` and `plan` are what users call. `follow` tells which way is the shorter: `renew`,
which looks at what changed and around it, or `whole`, which looks at everything. Both end in a
`release` and a `report`, and leave what `last` keeps for the next build.
"""
