// What packages of npm show of feeds: node read.mjs PACKAGE URL…; JSON by URL.
import { Readable } from 'node:stream'

import { extract } from '@extractus/feed-extractor'
import { parseFeed as parseRowan } from '@rowanmanning/feed-parser'
import FeedParser from 'feedparser'
import { parseFeed as parseSmith } from 'feedsmith'
import RssParser from 'rss-parser'

const get = async url => (await fetch(url)).text()
const first = list => (list ?? [])[0]

async function readRssParser (url) {
  const { items } = await new RssParser().parseURL(url)
  return items.map(item => ({
    id: item.guid ?? item.id,
    title: item.title,
    link: item.link,
    author: item.creator ?? item.author,
    date: item.isoDate,
    tags: item.categories,
    html: item['content:encoded'] ?? item.content
  }))
}

async function readFeedparser (url) {
  const items = []
  const parser = Readable.from([await get(url)]).pipe(new FeedParser({}))
  for await (const item of parser) items.push(item)
  return items.map(item => ({
    id: item.guid,
    title: item.title,
    link: item.link,
    author: item.author,
    date: item.pubdate?.toISOString(),
    tags: item.categories,
    html: item.description,
    picture: item.image?.url
  }))
}

async function readRowan (url) {
  return parseRowan(await get(url)).items.map(item => ({
    id: item.id,
    title: item.title,
    link: item.url,
    author: first(item.authors)?.name,
    date: item.published?.toISOString(),
    tags: item.categories.map(category => category.label ?? category.term),
    html: item.content,
    picture: item.image?.url
  }))
}

async function readExtractus (url) {
  const { entries } = await extract(url)
  return entries.map(({ id, title, link, published }) => ({ id, title, link, date: published }))
}

// feedsmith gives each format's own names: one reading for each.
const smiths = {
  atom: ({ entries }) => entries.map(entry => ({
    id: entry.id,
    title: entry.title.value,
    link: entry.links.find(link => link.rel === 'alternate').href,
    author: first(entry.authors)?.name,
    date: entry.published,
    tags: (entry.categories ?? []).map(category => category.term),
    html: entry.content?.value,
    picture: first(entry.media?.thumbnails)?.url
  })),
  rss: ({ items }) => items.map(item => ({
    id: item.guid.value,
    title: item.title,
    link: item.link,
    author: first(item.dc?.creators),
    date: item.pubDate,
    tags: (item.categories ?? []).map(category => category.name),
    html: item.content?.encoded,
    picture: first(item.media?.thumbnails)?.url
  })),
  json: ({ items }) => items.map(item => ({
    id: item.id,
    title: item.title,
    link: item.url,
    author: first(item.authors)?.name,
    date: item.date_published,
    tags: item.tags ?? [],
    html: item.content_html,
    picture: item.image
  }))
}

async function readFeedsmith (url) {
  const { format, feed } = parseSmith(await get(url))
  return smiths[format](feed)
}

const packages = {
  'rss-parser': readRssParser,
  feedparser: readFeedparser,
  '@rowanmanning/feed-parser': readRowan,
  '@extractus/feed-extractor': readExtractus,
  feedsmith: readFeedsmith
}

const [name, ...urls] = process.argv.slice(2)
const found = {}
for (const url of urls) found[url] = await packages[name](url)
console.log(JSON.stringify(found))
