"""Shape and limits of what people type into pages. What it means is for the services to judge."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta
from typing import Any

from django import forms

from chat.exceptions import Invalid
from chat.models import Room, User
from chat.models.rooms import MOST_INSTRUCTIONS
from chat.models.users import TINTS
from chat.services.exporting import Bounds

PUBLIC_OR_PRIVATE = [(Room.Kind.PUBLIC, "Everybody here"), (Room.Kind.PRIVATE, "Only those who are asked in")]


class MessageForm(forms.Form):
    """``text`` is kept as it was typed: white space at its ends is for the service to judge."""

    text = forms.CharField(strip=False, required=False)
    client_id = forms.UUIDField(required=False)
    reply_to = forms.IntegerField(required=False, min_value=1)


class RoomForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="Short is best. The address follows from it.")
    topic = forms.CharField(label="What is it for", max_length=300, required=False)
    kind = forms.ChoiceField(
        label="Who may read it", choices=PUBLIC_OR_PRIVATE, initial=Room.Kind.PUBLIC, widget=forms.RadioSelect
    )


class RoomChangeForm(RoomForm):
    """As the room is now; a direct room, or a chat with an assistant, has nobody to be opened to."""

    def __init__(self, given: Any = None, *, room: Room) -> None:
        super().__init__(given, initial={field: getattr(room, field) for field in ("name", "topic", "kind")})
        self.fields["name"].help_text = ""
        if room.is_direct or room.is_chat:
            del self.fields["kind"]


class ChatNameForm(forms.Form):
    name = forms.CharField(label="What it is about", max_length=80)


class InstructionsForm(forms.Form):
    """What a room asks of its assistants."""

    has_assistants = forms.BooleanField(label="Assistants answer in this room", required=False)
    instructions = forms.CharField(
        label="What they are told besides",
        max_length=MOST_INSTRUCTIONS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Goes along with every question. Everybody in the room can read it.",
    )

    def __init__(self, given: Any = None, *, room: Room) -> None:
        super().__init__(given, initial={field: getattr(room, field) for field in ("has_assistants", "instructions")})


class MemberForm(forms.Form):
    """Somebody by name: a person, a bot or an assistant."""

    user = forms.CharField(
        label="Name", max_length=33, widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"})
    )

    def clean_user(self) -> User:
        name = str(self.cleaned_data["user"]).strip().removeprefix("@").casefold()
        found = User.objects.filter(username=name, is_active=True).first()
        if found is None:
            raise forms.ValidationError("Nobody here has this name.")
        return found


class ExportForm(forms.Form):
    """What of a room, and as which kind of file."""

    format = forms.ChoiceField(
        label="As",
        choices=[
            ("markdown", "Markdown, to read and to edit"),
            ("html", "A page, to read and to print"),
            ("json", "JSON, for programs and for another site"),
        ],
        initial="markdown",
        widget=forms.RadioSelect,
    )
    after = forms.CharField(
        label="From",
        max_length=10,
        required=False,
        help_text="A day like 2026-11-20 (UTC), or a message's number. Empty: from the beginning.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    before = forms.CharField(
        label="To",
        max_length=10,
        required=False,
        help_text="A day, or a message's number; both are part of it. Empty: to the end.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reasoning = forms.BooleanField(label="With what assistants thought aloud", required=False)

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
            raise forms.ValidationError("A day like 2026-11-20, or the number of a message.") from None


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label="Shown name", max_length=80, required=False, help_text="Beside your messages. Empty: your name."
    )
    avatar_emoji = forms.CharField(
        label="Face", max_length=16, required=False, help_text="An emoji. Empty: one is chosen by your name."
    )
    avatar_tint = forms.TypedChoiceField(
        label="Colour",
        coerce=int,
        choices=[(0, "by your name"), *((tint, f"colour {tint}") for tint in range(1, TINTS + 1))],
        widget=forms.RadioSelect(attrs={"class": "visually-hidden"}),
    )
    time_zone = forms.ChoiceField(
        label="Time zone", required=False, help_text="How times are shown to you. Empty: as your browser says."
    )
    hides_assistants = forms.BooleanField(
        label="Hide what assistants write",
        required=False,
        help_text="Only from you. What you write then asks no assistant, unless you name one.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [("", "My browser's"), *((zone, zone) for zone in zones)]  # type: ignore[attr-defined]


class TokenForm(forms.Form):
    name = forms.CharField(
        label="What is it for", max_length=80, help_text="So that you know later which one to revoke."
    )
