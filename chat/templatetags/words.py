"""``{% translate %}`` for a site of one language: what cannot change is looked up once, when a template is read.

A page has a thousand of these; Django's own looks each of them up whenever it is drawn.
"""

from __future__ import annotations

from django.template import Context, Library
from django.template.base import Node, Parser, TextNode, Token
from django.templatetags.i18n import TranslateNode, do_translate

register = Library()


@register.tag
def translate(parser: Parser, token: Token) -> Node:
    """As Django's ``{% translate %}``."""
    node = do_translate(parser, token)
    return TextNode(node.render(Context())) if _is_settled(node) else node


def _is_settled(node: TranslateNode) -> bool:
    words = node.filter_expression
    return isinstance(words.var, str) and not words.filters and not node.asvar and node.message_context is None
