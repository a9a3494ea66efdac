"""A feed of each topic from a Flask view: /t/<topic>/atom, /rss or /json."""

from articles import SITE, find_articles
from flask import Flask, Response, request

import feedkit

app = Flask(__name__)


@app.get("/t/<topic>/<any(atom, rss, json):format>")
def topic_feed(topic: str, format: feedkit.Format) -> Response:
    feed = feedkit.make_feed(find_articles(topic), SITE, title=topic.title(), path=f"t/{topic}")
    document = feedkit.render(feed, format)
    if document.not_modified(request.headers):
        return Response(status=304, headers=document.headers)
    return Response(document.body, headers=document.headers)
