"""A feed of each topic from Flask: in this folder, `flask --app flask_view run`.

http://127.0.0.1:5000/feeds/t/harbour/atom.xml, rss.xml and feed.json
"""

from articles import FORMATS, SITE, find_articles
from flask import Flask, Response, abort, request

import feedkit

app = Flask(__name__)


@app.get("/feeds/t/<topic>/<name>")
def topic_feed(topic: str, name: str) -> Response:
    if name not in FORMATS:
        abort(404)
    feed = feedkit.make_feed(find_articles(topic), SITE, title=topic.title(), path=f"t/{topic}")
    document = feedkit.render(feed, FORMATS[name])
    if document.not_modified(request.headers):
        return Response(status=304, headers=document.headers)
    return Response(document.body, headers=document.headers)
