"""What our admin pages have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import islice
from time import monotonic
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import lookup_field
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html_join
from django.utils.text import smart_split

from chat.exceptions import ChatError, Invalid
from chat.forms import BegunForm

T = TypeVar("T", bound=Model)
View = Callable[..., HttpResponse]
SHOWN_ROWS, SHOWN_COLUMNS = 50, 3
MOST_WORDS = 50  # that are searched for
# Of one action: web servers give up after 60 s, and who reads that believes that nothing was done.
MOST_SECONDS, MOST_ROWS = 20.0, 5_000
MARKED = (ACTION_CHECKBOX_NAME, "action", "index", "select_across")


def shows_refusals(view: View) -> View:
    """What a service refuses is a sentence on the page one came from, and nothing is half done."""

    @wraps(view)
    def shown(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(self, request, *args, **kwargs)
        except ChatError as error:
            messages.error(request, error.detail)
            return redirect(request.get_full_path())

    return shown


def asks_first(action: Callable[..., HttpResponse | None]) -> Callable[..., HttpResponse | None]:
    """What cannot be undone is shown on a page of its own before it is done, as Django does for what it deletes."""

    @wraps(action)
    def asked(self: StaffPages, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        return action(self, request, rows) if "sure" in request.POST else self.ask(request, asked, rows)

    return asked


def kind_of(whom: str) -> type[admin.ChoicesFieldListFilter]:
    """A filter that says whose kind is meant, for lists in which several things have one."""

    class KindOf(admin.ChoicesFieldListFilter):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = f"kind of {whom}"

    return KindOf


class Chosen(AutocompleteSelect):
    """Drawn again beside what was wrong: Django asks the database for whatever a form brings, and fails over words."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [each for each in value if _is_number(each)], attr)


def _is_number(text: str) -> bool:
    """Which a row may have."""
    return re.fullmatch("[0-9]{1,18}", str(text)) is not None


class RowForm(BegunForm, forms.ModelForm):  # type: ignore[type-arg]
    """Of a row that is there: others may change it meanwhile. A new one began with nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.begin()


class StaffPages(admin.ModelAdmin):  # type: ignore[type-arg]
    """Quick with many rows, and plain about what is refused."""

    list_per_page = 50
    show_full_result_count = False

    @shows_refusals
    def changeform_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(*args, **kwargs)

    @shows_refusals
    def delete_view(self, *args: Any, **kwargs: Any) -> Any:
        return super().delete_view(*args, **kwargs)

    @shows_refusals
    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changelist_view(request, *args, **kwargs)
        except (OverflowError, ValueError):  # a number that SQLite cannot be asked for, a year that no calendar has
            if not set(request.GET) - {ERROR_FLAG}:
                raise
            return redirect(f"{request.path}?{ERROR_FLAG}=1")  # as of every other filter that is none

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Each word is one more condition, and SQLite takes no question of a thousand; fifty find any message."""
        return super().get_search_results(request, queryset, " ".join(islice(smart_split(search_term), MOST_WORDS)))

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """:raises Invalid: what is chosen is no row."""
        if not all(map(_is_number, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            raise Invalid
        return super().response_action(request, *args, **kwargs)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Chosen(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def each(self, request: HttpRequest, rows: QuerySet[T], act: Callable[[T], object], done: str) -> None:
        """Do it to each row that is chosen, while there is time; those that are left are counted.

        What is refused for one does not hold up the others.
        """
        count, tried, until = 0, 0, monotonic() + MOST_SECONDS
        chosen = rows.count()
        for row in rows[:MOST_ROWS]:
            if monotonic() > until:
                break
            tried += 1
            try:
                act(row)
            except ChatError as error:
                self.message_user(request, f"{row}: {error.detail}", messages.ERROR)
            else:
                self.record(request, row, done)
                count += 1
        self.message_user(request, f"{count} {done}.")
        if left := chosen - tried:
            self.message_user(request, f"{left} of those chosen are left: do it once more.", messages.WARNING)

    def ask(self, request: HttpRequest, action: Any, rows: QuerySet[Any]) -> HttpResponse:
        """The same form comes back: of all rows of a long list, those that match it then."""
        count = rows.count()
        context = {
            **self.admin_site.each_context(request),
            "title": "Are you sure?",
            "action": action.short_description,
            "opts": self.opts,
            "rows": map(self._in_words, rows[:SHOWN_ROWS]),
            "left": max(0, count - SHOWN_ROWS),
            "marked": [(name, value) for name in MARKED for value in request.POST.getlist(name)],
            "back": request.get_full_path(),
        }
        return render(request, "admin/chat/sure.html", context)

    def _in_words(self, row: Model) -> str:
        """As the list shows it, in its first columns."""
        columns = list(self.list_display)[:SHOWN_COLUMNS]
        return format_html_join(", ", "{}", ((lookup_field(column, row, self)[2],) for column in columns))

    def record(self, request: HttpRequest, row: Any, done: str) -> None:
        """Who did it, and when: Django writes down what its own forms do, and nothing of an action."""
        self.log_change(request, row, f"{done.capitalize()}.")


class Kept(StaffPages):
    """Rows that stay for ever: they have a number, or something that has one rests on them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(Kept):
    """Rows that only the program itself writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def become(row: Model, made: Model) -> None:
    """The admin goes on with the instance of its form: let it be what the service made."""
    row.__dict__.update(made.__dict__)
