"""Shape and limits of what people type into pages. What it means is for the services to judge."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4, uuid5

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.exceptions import Invalid
from chat.markup import clean_text, is_emoji
from chat.models import Room, User
from chat.models.rooms import MOST_INSTRUCTIONS
from chat.models.users import TINTS
from chat.services.exporting import Bounds
from chat.services.people import time_zones

PUBLIC_OR_PRIVATE = [
    (Room.Kind.PUBLIC, gettext_lazy("Everybody here")),
    (Room.Kind.PRIVATE, gettext_lazy("Only those who are asked in")),
]


class WordsField(forms.CharField):
    """What cannot be stored is left out, as everywhere where words come in: a NUL refuses no message."""

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")


class MessageForm(forms.Form):
    """``text`` is kept as it was typed: white space at its ends is for the service to judge.

    What scripts send has a ``client_id``. A plain form has its ``page``, of which one is made: sent twice, as by a
    second press on a slow line, it says the same once. Other words from there, by who went back to it, are another
    message.
    """

    text = WordsField(strip=False, required=False)
    client_id = forms.UUIDField(required=False)
    page = forms.UUIDField(required=False, initial=uuid4)
    reply_to = forms.IntegerField(required=False, min_value=1)

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        page = said.pop("page", None)
        if page is not None and not self.errors and said["client_id"] is None:
            files = [(file.name, file.size) for file in self.files.getlist("files")]
            said["client_id"] = uuid5(page, repr((said["text"], said["reply_to"], files)))
        return said


class BegunForm(forms.BaseForm):
    """Of a row that others may change while its page is open: each field brings back what it held when it was drawn.

    So only what was changed here is passed on. Who does not say what they began with began with the row as it is.
    """

    def begin(self) -> None:
        for field in self.fields.values():
            field.show_hidden_initial = not field.disabled  # what is only shown may be shown in part, as a password is
        if self.is_bound:
            now = {bound.html_initial_name: bound.field.prepare_value(bound.initial) for bound in self}
            began = {name: "" if value is None else str(value) for name, value in now.items()}
            self.data = began | dict(self.data.items())  # one value each: a list of them has no field here

    def changed(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}


class RoomForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("Short is best. The address follows from it.")
    )
    topic = forms.CharField(label=gettext_lazy("What is it for"), max_length=300, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Who may read it"),
        choices=PUBLIC_OR_PRIVATE,
        initial=Room.Kind.PUBLIC,
        widget=forms.RadioSelect,
    )


class RoomChangeForm(BegunForm, RoomForm):
    """As the room is now. A direct room is called by its people; it, or a chat with an assistant, has nobody to be
    opened to."""

    def __init__(self, given: Any = None, *, room: Room) -> None:
        super().__init__(given, initial={field: getattr(room, field) for field in ("name", "topic", "kind")})
        self.fields["name"].help_text = ""
        if room.is_direct:
            del self.fields["name"]
        if room.is_direct or room.is_chat:
            del self.fields["kind"]
        self.begin()


class ChatNameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("What it is about"), max_length=80)


class InstructionsForm(BegunForm, forms.Form):
    """What a room asks of its assistants."""

    has_assistants = forms.BooleanField(label=gettext_lazy("Assistants answer in this room"), required=False)
    instructions = forms.CharField(
        label=gettext_lazy("What they are told besides"),
        max_length=MOST_INSTRUCTIONS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Goes along with every question. Everybody in the room can read it."),
    )

    def __init__(self, given: Any = None, *, room: Room) -> None:
        super().__init__(given, initial={field: getattr(room, field) for field in ("has_assistants", "instructions")})
        self.begin()


class MemberForm(forms.Form):
    """Somebody by name: a person, a bot or an assistant."""

    user = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=33,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )

    def clean_user(self) -> User:
        name = str(self.cleaned_data["user"]).strip().removeprefix("@")
        found = User.objects.named(name).filter(is_active=True).first()
        if found is None:
            raise forms.ValidationError(_("Nobody here has this name."))
        return found


class ExportForm(forms.Form):
    """What of a room, and as which kind of file."""

    format = forms.ChoiceField(
        label=gettext_lazy("As"),
        choices=[
            ("markdown", gettext_lazy("Markdown, to read and to edit")),
            ("html", gettext_lazy("A page, to read and to print")),
            ("json", gettext_lazy("JSON, for programs and for another site")),
        ],
        initial="markdown",
        widget=forms.RadioSelect,
    )
    after = forms.CharField(
        label=gettext_lazy("From"),
        max_length=10,
        required=False,
        help_text=gettext_lazy("A day like 2026-11-20 (UTC), or a message's number. Empty: from the beginning."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    before = forms.CharField(
        label=gettext_lazy("To"),
        max_length=10,
        required=False,
        help_text=gettext_lazy("A day, or a message's number; both are part of it. Empty: to the end."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reasoning = forms.BooleanField(label=gettext_lazy("With what assistants thought aloud"), required=False)

    def clean_after(self) -> str:
        return self._bound("after", numbers=-1, days=0)

    def clean_before(self) -> str:
        return self._bound("before", numbers=1, days=1)

    def query(self) -> dict[str, str]:
        """For the API's address."""
        return {**self.cleaned_data, "reasoning": "1" if self.cleaned_data["reasoning"] else ""}

    def _bound(self, name: str, *, numbers: int, days: int) -> str:
        """As the API has it: its numbers are not part of the file, nor is its last day."""
        text = str(self.cleaned_data[name]).strip()
        try:
            bound = Bounds.parse(text).after
            if isinstance(bound, datetime):
                return (bound + timedelta(days=days)).date().isoformat()
            return "" if bound is None else str(max(0, bound + numbers))
        except (Invalid, OverflowError):
            raise forms.ValidationError(_("A day like 2026-11-20, or the number of a message.")) from None


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label=gettext_lazy("Shown name"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Beside your messages. Empty: your name."),
    )
    avatar_emoji = forms.CharField(
        label=gettext_lazy("Face"),
        max_length=16,
        required=False,
        help_text=gettext_lazy("An emoji. Empty: one is chosen by your name."),
    )
    avatar_tint = forms.TypedChoiceField(
        label=gettext_lazy("Colour"),
        coerce=int,
        choices=[
            (0, gettext_lazy("by your name")),
            *(
                (tint, format_lazy("{colour} {tint}", colour=gettext_lazy("colour"), tint=tint))
                for tint in range(1, TINTS + 1)
            ),
        ],
        widget=forms.RadioSelect(attrs={"class": "visually-hidden"}),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("How times are shown to you. Empty: as your browser says."),
    )
    hides_assistants = forms.BooleanField(
        label=gettext_lazy("Hide what assistants write"),
        required=False,
        help_text=gettext_lazy("Only from you. What you write then asks no assistant, unless you name one."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(time_zones())
        self.fields["time_zone"].choices = [("", _("My browser's")), *((zone, zone) for zone in zones)]  # type: ignore[attr-defined]

    def clean_avatar_emoji(self) -> str:
        """One that is kept may be older than the rule."""
        face = str(self.cleaned_data["avatar_emoji"])
        if face and face != self.initial.get("avatar_emoji") and not is_emoji(face):
            raise forms.ValidationError(_("A face is one emoji."))
        return face


class TokenForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What is it for"),
        max_length=80,
        help_text=gettext_lazy("So that you know later which one to revoke."),
    )
