"""Feed readers as people have them, each reading the demo over HTTP: `make readers`."""
