"""What may leave the renderer. It comes last, whatever the steps before it believe they have made."""

import re

import nh3

from chat.markup.code import CLASSES

_LOCAL = re.compile(r"/people/[A-Za-z0-9_.%-]+/")

_TAGS = (
    "a blockquote br code del div em figcaption figure h1 h2 h3 h4 h5 h6 hr input label li ol p pre span strong"
    " table tbody td th thead tr ul"
)
_ALIGNED = {"align": {"left", "center", "right"}}
_ATTRIBUTES = {"a": {"href", "data-user"}, "ol": {"start"}}
_VALUES = {
    "a": {"rel": {"nofollow noopener noreferrer"}, "dir": {"ltr"}},
    "code": {"dir": {"ltr"}},
    "div": {"role": {"group"}, "aria-label": {"Table"}, "tabindex": {"0"}},
    "figure": {"dir": {"ltr"}},
    "input": {"type": {"checkbox"}, "disabled": {""}, "checked": {""}},
    "pre": {"tabindex": {"0"}},
    "td": _ALIGNED,
    "th": _ALIGNED,
}
_CLASSES = {
    "a": {"mention", "mention--assistant"},
    "div": {"prose__scroll"},
    "figcaption": {"code__head"},
    "figure": {"code"},
    "pre": {"code__body"},
    "span": set(CLASSES),
}


def _local(url: str) -> str | None:
    return url if _LOCAL.fullmatch(url) else None


_cleaner = nh3.Cleaner(
    tags=set(_TAGS.split()),
    clean_content_tags={"script", "style"},
    attributes=_ATTRIBUTES,
    tag_attribute_values=_VALUES,
    allowed_classes=_CLASSES,
    url_schemes={"http", "https", "mailto"},
    url_relative=_local,
    link_rel=None,
)


def sanitize(html: str) -> str:
    return _cleaner.clean(html)
