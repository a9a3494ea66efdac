"""A feed of each topic from a Django view: /t/<topic>/atom, /rss or /json."""

from articles import SITE, find_articles
from django.http import Http404, HttpRequest, HttpResponse

import feedkit


def topic_feed(request: HttpRequest, topic: str, format: feedkit.Format) -> HttpResponse:
    if format not in feedkit.FORMATS:
        raise Http404
    feed = feedkit.make_feed(find_articles(topic), SITE, title=topic.title(), path=f"t/{topic}")
    document = feedkit.render(feed, format)
    if document.not_modified(request.headers):
        return HttpResponse(status=304, headers=document.headers)
    return HttpResponse(document.body, headers=document.headers)
