"""What every page knows of the house it stands in, and how its forms and replies are drawn."""

from __future__ import annotations

from decimal import Decimal
from typing import TypedDict

from allauth.mfa.utils import is_mfa_enabled
from django import forms, template
from django.conf import settings
from django.forms import BoundField
from django.template import Context
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from chat.addresses import address
from chat.assets import versioned
from chat.models import Attachment, Attempt, Message
from chat.usage.refusals import dollars
from chat.views.styles import own_styles

register = template.Library()

THEMES = ("light", "dark")
ACCOUNT_PAGES = [
    ("account", gettext_noop("Profile")),
    ("account_change_password", gettext_noop("Password")),
    ("account_email", gettext_noop("E-mail")),
    ("mfa_index", gettext_noop("Second factor")),
    ("usersessions_list", gettext_noop("Sessions")),
    ("tokens", gettext_noop("Tokens")),
    ("usage", gettext_noop("Usage")),
    ("account_logout", gettext_noop("Sign out")),
]

# What a browser calls itself names all that it is descended from, so the youngest names come first.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
LONGEST_KIND = 5
LONGEST_AGENT = 60
MB = 1_000_000

register.simple_tag(address)
register.filter("has_second_factor", is_mfa_enabled)


class Facts(TypedDict):
    name: str
    signup_open: bool
    url: str
    files_per_message: int
    file_limit: int


@register.simple_tag
def asset(name: str) -> str:
    """The address of one of the joined files."""
    stem, version, ending = versioned(name).split(".")
    return reverse("asset", args=[stem, version, ending])


@register.simple_tag(takes_context=True)
def me_css(context: Context) -> str:
    """The address of the rules that are this reader's own."""
    return own_styles(context.get("user") or None)


@register.simple_tag
def site_facts() -> Facts:
    """A tag, not a context variable: error pages have no context, and allauth's views call something else ``site``."""
    return {
        "name": settings.SITE_NAME,
        "signup_open": settings.SIGNUP_OPEN,
        "url": settings.SITE_URL,
        "files_per_message": settings.FILES_PER_MESSAGE if settings.FILES_ALLOWED else 0,
        "file_limit": settings.FILE_LIMIT_MB * MB,
    }


@register.simple_tag
def account_ways() -> list[tuple[str, str]]:
    """The pages of one's own account: address and words."""
    return [(reverse(name), _(words)) for name, words in ACCOUNT_PAGES]


@register.simple_tag(takes_context=True)
def chosen_theme(context: Context) -> str:
    """What the reader chose in this browser (``<theme-switch>`` keeps it in a cookie), so that no script has to wear it
    before the page is painted. Error pages have no request, and are dressed a moment later."""
    request = context.get("request")
    theme = request.COOKIES.get("theme", "") if request else ""
    return theme if theme in THEMES else ""


@register.filter
def as_input(field: BoundField) -> SafeString:
    """The field's own widget, dressed as ours; a placeholder that repeats the label says nothing twice."""
    attributes: dict[str, str | bool] = {"class": "input"}
    if "placeholder" in field.field.widget.attrs:
        attributes["placeholder"] = ""
    return field.as_widget(attrs=attributes)


@register.filter
def began(field: BoundField) -> SafeString:
    """What the field held when its page was drawn, to come back with it."""
    name = field.html_initial_name
    return forms.HiddenInput().render(name, field.form.data[name] if field.form.is_bound else field.value())


@register.filter
def focused(form: forms.BaseForm) -> forms.BaseForm:
    """Where a page asks for one thing only, it can be typed at once; a problem is read first."""
    if not form.is_bound:
        next(iter(form.fields.values())).widget.attrs["autofocus"] = True
    return form


@register.filter
def is_check(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_choice(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.RadioSelect)


@register.filter
def reply_state(message: Message) -> str:
    """How a reply is drawn. Until it has words, a reply that is being written is thinking."""
    if message.status == Message.Status.STREAMING and not message.html:
        return "thinking"
    return message.status


@register.filter
def stand_in_note(message: Message, attempt: Attempt | None) -> str:
    """Nothing while it waits: what the row knows is of the attempt before."""
    if attempt is None or message.status == Message.Status.QUEUED:
        return ""
    return message.reply.stand_in_note(attempt)


@register.filter
def file_kind(file: Attachment) -> str:
    """In one word, what somebody gets who keeps it: by its name, which is what their programs go by."""
    stem, dot, ending = file.name.rpartition(".")
    return ending.upper() if stem and dot and ending.isalnum() and len(ending) <= LONGEST_KIND else _("file")


@register.filter
def browser_name(user_agent: str) -> str:
    """As people call it; what is none of those says itself what it is."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), "")
    if not browser:
        return user_agent[:LONGEST_AGENT]
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if system else browser


@register.filter(name="dollars")
def in_dollars(amount: Decimal) -> str:
    return dollars(amount)


@register.filter
def file_size(size: int) -> str:
    """As the page says it while the file is on its way."""
    if size < 1000:
        return ngettext("%(size)s byte", "%(size)s bytes", size) % {"size": size}
    number, unit = (size / 1000, "kB") if size < MB else (size / MB, "MB")
    return f"{round(number, 1):,.1f} {unit}".replace(".0 ", " ")


@register.filter
def in_line(place: int | None) -> str:
    """In words, where it waits; a reply that was queued this moment has not looked yet."""
    if place is None:
        return _("Waiting for its turn")
    return _("Next in line") if place == 1 else _("%(place)s in line") % {"place": f"{place}{_ending(place)}"}


@register.filter
def thought(seconds: float | None) -> str:
    """How long a model thought, in words; None: it still does."""
    if seconds is None:
        return _("Thinking")
    if seconds < 1:
        return _("Thought for a moment")
    return _("Thought for %(seconds)s s") % {"seconds": f"{seconds:.0f}"}


def _ending(place: int) -> str:
    """English alone writes its ordinals so; elsewhere a full stop does."""
    if not (get_language() or "en").startswith("en"):
        return "."
    is_teen = 10 <= place % 100 <= 20
    return "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
