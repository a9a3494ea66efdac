"""Which of a picture's sizes each place gets.

By shape first: those whose sides differ from the wanted shape by a quarter at most, unless they
are tiny and others are not, else all of them. Of these the smallest that is wide enough, else the
largest. Pictures of unknown size come last, in their own order.
"""

from __future__ import annotations

from typing import NamedTuple

from ..model import Image


class Use(NamedTuple):
    """What one place asks of a picture."""

    #: Width by height.
    shape: float
    #: From this width on, in pixels, the smallest is the best.
    width: int


#: Square, for small sizes (RFC 4287, 4.2.5): lists show 16 pixels, on dense screens 32.
ICON = Use(1, 32)
#: Twice as wide as high (RFC 4287, 4.2.8).
LOGO = Use(2, 512)
#: Icon and avatar: square and relatively large, such as 512 × 512 (JSON Feed 1.1, icon).
LARGE = Use(1, 512)
#: Square and not smaller than 64 × 64 (JSON Feed 1.1, favicon).
FAVICON = Use(1, 64)

_SLACK = 1.25
#: RSS 2.0, image.
_MAX_WIDTH, _MAX_HEIGHT = 144, 400


def choose_picture(images: tuple[Image, ...], use: Use) -> str:
    """Return the address of the size that suits `use` best; `images` is not empty."""
    if len(sized := _list_sized(images)) < 2:
        return (sized or images)[0].url
    shaped = [image for image in sized if _fits(image, use.shape)] or sized
    # A quarter of the width is too little where there is a picture that is large enough.
    if max(_size(image)[0] for image in shaped) * 4 < use.width <= max(map(_size, sized))[0]:
        shaped = sized
    wide = [image for image in shaped if _size(image)[0] >= use.width]
    best = min(wide, key=_size) if wide else max(shaped, key=_size)
    return best.url


def choose_rss_image(images: tuple[Image, ...]) -> str:
    """Return the largest that RSS allows, at most 144 × 400, else the smallest there is."""
    if len(sized := _list_sized(images)) < 2:
        return (sized or images)[0].url
    allowed = [
        image for image in sized if _size(image)[0] <= _MAX_WIDTH and _size(image)[1] <= _MAX_HEIGHT
    ]
    best = max(allowed, key=_size) if allowed else min(sized, key=_size)
    return best.url


def _list_sized(images: tuple[Image, ...]) -> list[Image]:
    return [image for image in images if image.width or image.height]


def _size(image: Image) -> tuple[int, int]:
    """Return width and height; one that is unknown is taken to be the other."""
    return image.width or image.height or 0, image.height or image.width or 0


def _fits(image: Image, shape: float) -> bool:
    width, height = _size(image)
    return height * shape <= width * _SLACK and width <= height * shape * _SLACK
