"""A feed of each topic from FastAPI: in this folder, `uvicorn fastapi_view:app`.

http://127.0.0.1:8000/feeds/t/harbour/atom.xml, rss.xml and feed.json
"""

from articles import FORMATS, SITE, find_articles
from fastapi import FastAPI, HTTPException, Request, Response

import feedkit

app = FastAPI()


@app.api_route("/feeds/t/{topic}/{name}", methods=["GET", "HEAD"])
def topic_feed(request: Request, topic: str, name: str) -> Response:
    if name not in FORMATS:
        raise HTTPException(404)
    feed = feedkit.make_feed(find_articles(topic), SITE, title=topic.title(), path=f"t/{topic}")
    document = feedkit.render(feed, FORMATS[name])
    if document.not_modified(request.headers):
        return Response(status_code=304, headers=document.headers)
    return Response(document.body, headers=document.headers)
