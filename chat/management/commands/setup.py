from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from chat.exceptions import ChatError
from chat.management.alone import one_at_a_time
from chat.management.newcomers import BUILT_IN, Newcomer, model_for, newcomers, unheard
from chat.management.plain import PlainCommand
from chat.management.started import command_line
from chat.management.whereabouts import make_for_its_owner
from chat.models import Assistant, User
from chat.services.assistants import introduce_assistant, save_assistant
from chat.services.checkup.versions import to_be_applied
from chat.services.memberships import add_member
from chat.services.people import GENERAL, general_room, settle_latecomers
from chat.services.trials import trouble_with_default


class Command(PlainCommand):
    help = (
        "Make the site ready, or ready again: the database, the room `general` with the demo assistant, and one for "
        "each of OPENAI_API_KEY (model gpt-4.1-mini), OPENROUTER_API_KEY (openrouter/auto), OLLAMA_URL (llama3.2) and "
        "DIFY_API_KEY (the app it is the key of). "
        "A server at OLLAMA_URL or OPENAI_BASE_URL without that model is asked for one that it has. "
        "Again it changes nothing that staff have changed, but where the servers are that these variables name."
    )

    def handle(self, *args: Any, **given: Any) -> None:
        with one_at_a_time():
            make_for_its_owner()
            if to_be_applied():  # looking is quicker than `migrate` finding nothing to do
                call_command("migrate", interactive=False, verbosity=0)
            general_room()
            for newcomer in newcomers():
                self._welcome(newcomer)
            settle_latecomers()
        self._tell()

    def _welcome(self, newcomer: Newcomer) -> None:
        """What staff changed of an assistant stays changed; where its server is, the environment decides."""
        known = Assistant.objects.filter(user__username=newcomer.slug).select_related("user").first()
        try:
            if known is None or _is_stranger(known):
                self.say(f"New assistant: {newcomer.slug} {_introduce(newcomer).model}".rstrip())
            elif newcomer.is_elsewhere and known.base_url != newcomer.base_url:
                save_assistant(slug=newcomer.slug, base_url=newcomer.base_url)
        except ChatError as error:
            self.stderr.write(f"No assistant {newcomer.slug}: {error.detail}")

    def _tell(self) -> None:
        for place, key in unheard():
            self.stderr.write(f"No assistant at {place}: {key} is not set (any word, where the server wants none).")
        trouble, remedy = trouble_with_default()
        if trouble:
            self.stderr.write(f"DEFAULT_ASSISTANT is {settings.DEFAULT_ASSISTANT}, which {trouble}: {remedy}")
        invitation = "and sign up" if settings.SIGNUP_OPEN else "and sign in; accounts are made with adduser"
        self.say(f"Ready. Open {settings.SITE_URL} {invitation}.")
        if not User.objects.filter(is_staff=True, is_active=True).exists():
            self.say(f"Nobody is staff yet: {command_line('adduser NAME --staff')}")


def _is_stranger(known: Assistant) -> bool:
    """Of one that is built in nothing is ever written down: staff may have closed it, if it is at home in general."""
    is_at_home = known.slug == BUILT_IN and known.user.memberships.filter(room__slug=GENERAL).exists()
    return known.is_only_remembered and not is_at_home


def _introduce(newcomer: Newcomer) -> Assistant:
    """Brought into general, where it answers when it is mentioned."""
    model = model_for(newcomer)
    with transaction.atomic():
        assistant, _ = introduce_assistant(
            slug=newcomer.slug,
            provider=newcomer.provider,
            base_url=newcomer.base_url,
            key_env=newcomer.key_env,
            model=model,
        )
        add_member(room=general_room(), by=None, user=assistant.user)
    return assistant
