"""A feed of each topic from a Django view, at /feeds/t/<topic>/atom.xml, rss.xml and feed.json."""

from articles import FORMATS, SITE, find_articles
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

import feedkit


def topic_feed(request: HttpRequest, topic: str, name: str) -> HttpResponse:
    if name not in FORMATS:
        raise Http404
    feed = feedkit.make_feed(find_articles(topic), SITE, title=topic.title(), path=f"t/{topic}")
    document = feedkit.render(feed, FORMATS[name])
    if document.not_modified(request.headers):
        return HttpResponse(status=304, headers=document.headers)
    return HttpResponse(document.body, headers=document.headers)


urlpatterns = [path("feeds/t/<slug:topic>/<str:name>", topic_feed)]
