"""rss2email: mails in a Maildir, as HTML, with the article's own date and author as they come."""

import email
import email.policy
import subprocess
from collections.abc import Sequence
from datetime import UTC
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from readers.shown import Shown

#: All else is as it comes: who wants changes as mails sets `reply-changes`.
_CONFIG = """[DEFAULT]
to = me@localhost
email-protocol = maildir
maildir-path = {folder}/mail
html-mail = True
date-header = True
name-format = {{author}}
reply-changes = {changes}
verbose = error
"""


class Mailbox:
    """Feeds that somebody gets as mail."""

    def __init__(self, folder: Path, urls: Sequence[str], *, changes: bool = False) -> None:
        self._folder = folder
        for name in ("cur", "new", "tmp"):
            (folder / "mail" / "INBOX" / name).mkdir(parents=True)
        config = [_CONFIG.format(folder=folder, changes=changes)]
        config += [f"[feed.f{number}]\nurl = {url}\n" for number, url in enumerate(urls)]
        (folder / "config").write_text("\n".join(config))

    def fetch(self) -> list[EmailMessage]:
        """Fetch all feeds, and return the mails that this brings."""
        seen = set(self._list())
        files = ("-c", str(self._folder / "config"), "-d", str(self._folder / "data"))
        command = ["r2e", *files, "run"]
        subprocess.run(command, check=True)
        return [_read_mail(file) for file in self._list() if file not in seen]

    def _list(self) -> list[Path]:
        return sorted((self._folder / "mail" / "INBOX" / "new").iterdir())


def read(urls: Sequence[str], folder: Path) -> dict[str, list[Shown]]:
    found: dict[str, list[Shown]] = {url: [] for url in urls}
    for mail in Mailbox(folder, urls).fetch():
        found[str(mail["X-RSS-Feed"])].append(_show(mail))
    return found


def _read_mail(file: Path) -> EmailMessage:
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _show(mail: EmailMessage) -> Shown:
    return Shown(
        id=mail["X-RSS-ID"],
        title=mail["Subject"],
        link=mail["X-RSS-URL"],
        author=parseaddr(mail["From"])[0],
        # RFC 5322 3.3: -0000 is a time in UTC, said by somebody elsewhere.
        published=parsedate_to_datetime(mail["Date"]).replace(tzinfo=UTC),
        tags=tuple(tag for tag in mail.get("X-RSS-TAGS", "").split(",") if tag),
        html=mail.get_content(),
    )
