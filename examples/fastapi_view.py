"""A feed of each topic from a FastAPI view: /t/<topic>/atom, /rss or /json."""

from articles import SITE, find_articles
from fastapi import FastAPI, Request, Response

import feedkit

app = FastAPI()


@app.get("/t/{topic}/{format}")
def topic_feed(request: Request, topic: str, format: feedkit.Format) -> Response:
    feed = feedkit.make_feed(find_articles(topic), SITE, title=topic.title(), path=f"t/{topic}")
    document = feedkit.render(feed, format)
    if document.not_modified(request.headers):
        return Response(status_code=304, headers=document.headers)
    return Response(document.body, headers=document.headers)
