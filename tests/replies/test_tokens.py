from __future__ import annotations

import pytest

from chat.replies import tokens
from chat.replies.tokens import MESSAGE_OVERHEAD, estimate_tokens

# One sentence in many languages, as OpenAI published it with GPT-4o: tokens by its newer and by its older tokenizer.
PUBLISHED = [
    (24, 27, "Hello, my name is GPT-4o. I'm a new type of language model, it's nice to meet you!"),
    (29, 34, "Hallo, mein Name is GPT-4o. Ich bin ein neues KI-Sprachmodell. Es ist schön, dich kennenzulernen."),
    (26, 29, "Hola, me llamo GPT-4o. Soy un nuevo tipo de modelo de lenguaje, ¡es un placer conocerte!"),
    (28, 34, "Ciao, mi chiamo GPT-4o. Sono un nuovo tipo di modello linguistico, è un piacere conoscerti!"),
    (30, 39, "Merhaba, benim adım GPT-4o. Ben yeni bir dil modeli türüyüm, tanıştığımıza memnun oldum!"),
    (30, 46, "Xin chào, tên tôi là GPT-4o. Tôi là một loại mô hình ngôn ngữ mới, rất vui được gặp bạn!"),
    (23, 39, "Привет, меня зовут GPT-4o. Я — новая языковая модель, приятно познакомиться!"),
    (26, 53, "مرحبًا، اسمي جي بي تي-4o. أنا نوع جديد من نموذج اللغة، سررت بلقائك!"),
    (32, 61, "سلام، اسم من جی پی تی-۴او است. من یک نوع جدیدی از مدل زبانی هستم، از ملاقات شما خوشبختم!"),
    (24, 34, "你好，我的名字是GPT-4o。我是一种新型的语言模型，很高兴见到你！"),
    (26, 37, "こんにちわ、私の名前はGPT−4oです。私は新しいタイプの言語モデルです、初めまして"),
    (27, 45, "안녕하세요, 제 이름은 GPT-4o입니다. 저는 새로운 유형의 언어 모델입니다, 만나서 반갑습니다!"),
    (31, 90, "नमस्ते, मेरा नाम जीपीटी-4o है। मैं एक नए प्रकार का भाषा मॉडल हूँ। आपसे मिलकर अच्छा लगा!"),
    (33, 145, "હેલો, મારું નામ જીપીટી-4o છે. હું એક નવા પ્રકારનું ભાષા મોડલ છું. તમને મળીને સારું લાગ્યું!"),
]

CODE = """\
def fetch(url: str, *, timeout: float = 10.0) -> bytes:
    with httpx.Client(timeout=timeout) as client:
        response = client.get(url)
        response.raise_for_status()
        return response.content
"""


def estimated(text: str) -> int:
    return estimate_tokens(text) - MESSAGE_OVERHEAD


@pytest.mark.parametrize(("newer", "older", "text"), PUBLISHED)
def test_the_estimate_is_never_below_a_new_tokenizer_and_near_an_old_one(newer: int, older: int, text: str) -> None:
    assert newer <= estimated(text) <= 1.3 * older


@pytest.mark.parametrize(("newer", "older", "text"), PUBLISHED[:-2])
def test_except_for_scripts_that_old_tokenizers_cut_to_pieces_it_is_hardly_below_an_old_one(
    newer: int, older: int, text: str
) -> None:
    assert estimated(text) >= 0.85 * older


def test_long_english_prose_is_about_three_and_a_half_characters_to_a_token() -> None:
    prose = "It is a truth universally acknowledged, that a single man in possession of a good fortune must want. " * 20

    assert 3.2 < len(prose) / estimated(prose) < 4.2


def test_code_and_digits_are_denser_than_prose() -> None:
    assert 2.0 < len(CODE) / estimated(CODE) < 3.3
    assert estimated("31415926535897932384") == 20


def test_a_ruler_is_not_as_long_as_it_is_wide() -> None:
    assert estimated("-" * 500) < 5
    assert estimated(" " * 500) < 5


def test_emoji_cost_more_than_one_each() -> None:
    assert estimated("🐳🐳🐳") >= 6


def test_nothing_costs_what_stands_around_it() -> None:
    assert estimate_tokens("") == MESSAGE_OVERHEAD


def test_megabytes_are_counted_piece_by_piece_to_nearly_the_same() -> None:
    long = "A tide turns, and 12 boats turn with it. " * 40_000

    assert estimate_tokens(long) == pytest.approx(tokens._estimated(long), rel=0.001)


def test_long_texts_are_told_apart() -> None:
    long = "A tide turns. " * 400

    assert [estimate_tokens(text) for text in (long, f"{long}!", long)] == [
        tokens._estimated(long),
        tokens._estimated(long) + 1,
        tokens._estimated(long),
    ]
