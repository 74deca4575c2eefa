"""Names agree across scripts, legal forms and look-alike letters, and keys never raise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reference.names import (
    address_key,
    email_domain,
    is_free_mail,
    mixed_script,
    name_key,
    phone_key,
    similarity,
    skeleton,
)
from features.reference.scripts import CYRILLIC_TWINS, LATIN_TWINS

SAME = [
    ("ТОО «Химия Трейд»", 'LLP "Khimiya Treyd"', "TOO Himia Treid", "химия трейд"),
    ("ООО «Экспорт»", "Export LLC", "OOO Eksport"),
    ("ОсОО «Ала-Тоо Фарм»", "Ala-Too Pharm OsOO", "Ala Too Farm"),
    ("МЧЖ «Toshkent Kimyo»", "Toshkent Kimyo MChJ", "Тошкент Кимё МЧЖ"),
    ("ҶДММ «Помир Дору»", "ООО Помир Дору", "Pomir Doru LLC"),
    ("«Bakı Kimya» MMC", "Баки Кимя ММС"),
    ("Şimal Kimya San. ve Tic. Ltd. Şti.", "SIMAL KIMYA".replace("S", "Sh", 1)),
    ("Müller Chemie GmbH & Co. KG", "Muller Chemie"),
    ("Sinochem Co., Ltd.", "Sinochem Co.", "SINOCHEM"),
    ("上海化工有限公司", "上海化工"),
    ("Жамбыл ЖШС", "Jambyl LLP", "Zhambyl"),
    ("Баев и партнёры", "Bayev i partnyory"),
    ("S.p.A. Rossi", "Rossi SpA"),
    ("АҚ «Қазхим»", "Kazkhim JSC"),
]
OTHER = [("ТОО Альфа Хим", "ТОО Бета Хим"), ("Toyota", "Тойотэ"), ("Ак-Суу Фарм", "Суу Фарм"), ("ABC", "АВС")]
CYRILLIC_NAMES = ["ТОО «Алматы Химсервис»", "Фармация Востока", "ОсОО «Нур-Реактив»", "Каспийская сода", "РОСА"]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: str(spellings[0]))
def test_spellings_of_one_name_agree(spellings: tuple[str, ...]) -> None:
    assert len({skeleton(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(("first", "second"), OTHER)
def test_different_names_differ(first: str, second: str) -> None:
    assert skeleton(first) != skeleton(second)


def test_spacing_is_set_aside_by_the_key() -> None:
    assert name_key("Хим-Трейд") == name_key("ХимТрейд") == name_key("Khim Treid LLC") == "himtreid"


@pytest.mark.parametrize("name", CYRILLIC_NAMES)
def test_look_alike_letters_change_nothing_but_are_noticed(name: str) -> None:
    twins = dict(zip(CYRILLIC_TWINS, LATIN_TWINS, strict=True))
    longest = max(name.replace("«", " ").replace("»", " ").split(), key=len)
    swapped = 0
    for position, letter in enumerate(longest):
        if letter in twins:
            word = longest[:position] + twins[letter] + longest[position + 1 :]
            forged = name.replace(longest, word)
            assert skeleton(forged) == skeleton(name), forged
            assert mixed_script(forged), forged
            swapped += 1
    assert swapped >= 2
    assert not mixed_script(name)


def test_a_latin_word_in_a_cyrillic_name_is_no_forgery() -> None:
    assert not mixed_script("ТОО TOYOTA Сервис")
    assert skeleton("ТОО TOYOTA Сервис") == "toiota servis"


def test_a_name_of_legal_forms_alone_keeps_a_word() -> None:
    assert skeleton("ООО")
    assert skeleton("GmbH & Co. KG")
    assert skeleton("") == skeleton("«» – …") == ""


@given(st.text(max_size=80))
def test_skeleton_is_settled_and_never_raises(name: str) -> None:
    once = skeleton(name)
    assert skeleton(once) == once
    assert isinstance(mixed_script(name), bool)


@given(st.text(alphabet="АБВГДЕЁЖЗаеорсухкABCEHKxpoŞçğıə .«»-&ҚұҳLtdООО\u200b", max_size=40))
def test_skeleton_is_settled_on_the_letters_of_the_region(name: str) -> None:
    assert skeleton(skeleton(name)) == skeleton(name)


@given(st.text(max_size=30), st.text(max_size=30))
def test_similarity_is_symmetric_and_bounded(first: str, second: str) -> None:
    assert 0.0 <= similarity(first, second) <= 1.0
    assert similarity(first, second) == similarity(second, first)


def test_similarity_ranks_a_near_name_above_a_far_one() -> None:
    assert similarity("ТОО Химия", "Khimiya LLP") == 1.0
    assert similarity("Химреактив Сервис", "Сервис Химреактив") > 0.95
    assert similarity("Химреактив", "Химреактив-2") > similarity("Химреактив", "Вода")


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("+7 (701) 123-45-67 доб. 12", "77011234567"),
        ("8 701 123 45 67", "77011234567"),
        ("00998 90 123-45-67", "998901234567"),
        ("+996 (312) 12-34-56", "996312123456"),
        ("12-34", None),
        (None, None),
    ],
)
def test_phone_keys(written: str | None, key: str | None) -> None:
    assert phone_key(written) == key


def test_mail_domains() -> None:
    assert email_domain("Sales <a@Mail.RU>") == "mail.ru"
    assert email_domain("a@b") is None
    assert email_domain("nobody") is None
    assert is_free_mail("gmail.com")
    assert not is_free_mail("kazreaktiv.kz")
    assert not is_free_mail(None)


def test_addresses_agree_without_order_and_street_words() -> None:
    assert address_key("г. Алматы, ул. Абай, д. 10") == address_key("10 Abai Street, Almaty")
    assert address_key("Алматы") is None
    assert address_key(None) is None
