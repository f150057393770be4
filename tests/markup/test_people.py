import pytest
from hypothesis import given

from chat.markup import names_in, render
from tests.markup.texts import PEOPLE, markdown

ANA = '<a class="mention" href="/people/ana/" data-user="7" dir="ltr">{}</a>'
HELPER = '<a class="mention mention--assistant" href="/people/helper/" data-user="9" dir="ltr">{}</a>'
DOTTED = '<a class="mention" href="/people/b.e_n-/" data-user="11" dir="ltr">{}</a>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@ana", ANA.format("@ana")),
        ("hi @Ana, hi", f"hi {ANA.format('@Ana')}, hi"),
        ("(@ana)", f"({ANA.format('@ana')})"),
        ("@ana.", f"{ANA.format('@ana')}."),
        ("@ana_-.", f"{ANA.format('@ana')}_-."),
        ("@ana's", f"{ANA.format('@ana')}'s"),
        ("@helper", HELPER.format("@helper")),
        ("**@helper**", f"<strong>{HELPER.format('@helper')}</strong>"),
        ("*@ana_*", f"<em>{ANA.format('@ana')}_</em>"),
        ("@b.e_n-", DOTTED.format("@b.e_n-")),
        ("@b.e_n-.", f"{DOTTED.format('@b.e_n-')}."),
        ("@b.e_n", "@b.e_n"),
        ("@nobody @anas @ana.b @anaé", "@nobody @anas @ana.b @anaé"),
        ("a@ana.b x@ana é@ana @ana@b.c", "a@ana.b x@ana é@ana @ana@b.c"),
        ("请@helper总结", f"请{HELPER.format('@helper')}总结"),
        ("@helperさん、@helper는", f"{HELPER.format('@helper')}さん、{HELPER.format('@helper')}는"),
        ("«@ana» ¿@ana? ·@ana", f"«{ANA.format('@ana')}» ¿{ANA.format('@ana')}? ·{ANA.format('@ana')}"),
        ("@anа @anα α@ana а@ana", "@anа @anα α@ana а@ana"),
        ("`@ana`", '<code dir="ltr">@ana</code>'),
        (r"\@ana", "@ana"),
        ("[@ana](http://x.y)", '<a href="http://x.y" rel="nofollow noopener noreferrer">@ana</a>'),
    ],
)
def test_people_are_linked_where_they_are_named(text, expected):
    assert render(text, PEOPLE).html == f"<p>{expected}</p>"


def test_mentions_come_once_in_the_order_of_their_appearance():
    text = "**@helper** and\n\n- @b.e_n- `@ana`\n\n```\n@ana\n```\n@ana @HELPER"

    assert render(text, PEOPLE).mentions == (9, 11, 7)
    assert render("@ana @helper @ana", PEOPLE).mentions == (7, 9)
    assert render("@ana").mentions == ()


def test_nobody_can_be_mentioned_by_typing_html():
    text = (
        '<a class="mention" href="/people/ana/" data-user="7">@x</a> [a](http://x.y/data-user="7") `<a data-user="7">`'
    )

    assert render(text, PEOPLE).mentions == ()


def test_names_are_found_for_one_query():
    assert names_in("Hi @Ana., @b.e_n-!") == {"ana", "ana.", "b.e_n-", "b.e_n"}
    assert names_in("more than needed: a@b.c @x-http://y.z") == {"b.c", "x-http", "x-", "x"}
    assert names_in("nobody") == frozenset()


def test_names_are_capped():
    assert len(names_in(" ".join(f"@a{number}.-" for number in range(1_000)))) == 50


@given(markdown)
def test_everybody_who_is_linked_was_looked_up(text):
    known = {person.id: name for name, person in PEOPLE.items()}

    assert {known[user] for user in render(text, PEOPLE).mentions} <= names_in(text)


def test_a_name_says_nothing_of_the_direction_of_the_text_it_begins() -> None:
    """``dir=auto`` passes over what has a direction of its own."""
    html = render("@ana مرحبا", PEOPLE).html

    assert 'dir="ltr">@ana</a> مرحبا' in html
