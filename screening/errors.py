"""Errors that a person or a machine is told about, in English and Russian.

    TamgaError                500   base; never raised itself
    ├── NotFound              404   absent and foreign objects alike
    ├── NotSignedIn           401
    ├── Forbidden             403
    ├── Conflict              409   the state does not allow it now
    ├── Invalid               422   the request itself is wrong; carries errors per field
    ├── TooManyAttempts       429
    ├── TooLarge              413
    └── Unavailable           503   something the service needs is away

A domain error is a few lines beside its rule: subclass one of these, give `code` and the texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

Language = Literal["en", "ru"]


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages of the service; `{name}` places are filled from the error's values."""

    en: str
    ru: str

    def within(self, language: Language, values: Mapping[str, object] | None = None) -> str:
        text = self.ru if language == "ru" else self.en
        return text.format_map(values) if values else text


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault of one field: its path as the caller wrote it, what is wrong and what mends it."""

    field: str
    code: str
    reason: Text
    remedy: Text


class TamgaError(Exception):
    """Base of all errors with an answer. `values` fill the texts; they are shown to the caller."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    title: ClassVar[Text] = Text("The service failed", "Сбой службы")
    detail: ClassVar[Text] = Text("Something went wrong on our side.", "Ошибка на нашей стороне.")
    default_wait: ClassVar[int | None] = None
    remedy: ClassVar[Text] = Text(
        "Try again later and give the request id to support.",
        "Повторите позже и сообщите поддержке номер запроса.",
    )

    def __init__(
        self, *, faults: tuple[FieldFault, ...] = (), retry_after: int | None = None, **values: object
    ) -> None:
        self.faults = faults
        self.retry_after = retry_after if retry_after is not None else self.default_wait
        self.values = values
        super().__init__(self.detail.within("en", values))


class NotFound(TamgaError):
    status = 404
    code = "not_found"
    title = Text("Not found", "Не найдено")
    detail = Text("There is no such object.", "Такого объекта нет.")
    remedy = Text("Check the address and the identifier.", "Проверьте адрес и идентификатор.")


class NotSignedIn(TamgaError):
    status = 401
    code = "not_signed_in"
    title = Text("Not signed in", "Вход не выполнен")
    detail = Text("This needs a session or an API key.", "Нужны сеанс или ключ API.")
    remedy = Text(
        "Sign in, or send `Authorization: Bearer` with a valid key.",
        "Войдите или отправьте заголовок `Authorization: Bearer` с действующим ключом.",
    )


class Forbidden(TamgaError):
    status = 403
    code = "forbidden"
    title = Text("Not allowed", "Недостаточно прав")
    detail = Text("Your role does not allow this.", "Ваша роль этого не позволяет.")
    remedy = Text("Ask your administrator for the role.", "Попросите роль у администратора.")


class Conflict(TamgaError):
    status = 409
    code = "conflict"
    title = Text("Not possible now", "Сейчас невозможно")
    detail = Text("The present state does not allow this.", "Текущее состояние этого не позволяет.")
    remedy = Text("Read the object again and decide anew.", "Перечитайте объект и решите заново.")


class Invalid(TamgaError):
    status = 422
    code = "invalid"
    title = Text("The request is not valid", "Запрос составлен неверно")
    detail = Text("One or more fields are wrong.", "Одно или несколько полей заполнены неверно.")
    remedy = Text("Correct the fields listed under errors.", "Исправьте поля, перечисленные в errors.")


class TooManyAttempts(TamgaError):
    status = 429
    code = "too_many_attempts"
    title = Text("Too many attempts", "Слишком много попыток")
    detail = Text("There were too many attempts in a short time.", "Слишком много попыток за короткое время.")
    remedy = Text("Wait for the time in Retry-After.", "Подождите время, указанное в Retry-After.")


class TooLarge(TamgaError):
    status = 413
    code = "too_large"
    title = Text("The body is too large", "Слишком большой запрос")
    detail = Text("The body is larger than {limit} bytes.", "Тело запроса больше {limit} байт.")
    remedy = Text("Send it in parts, or use the bulk upload.", "Отправьте частями или через массовую загрузку.")


class Unavailable(TamgaError):
    status = 503
    code = "unavailable"
    title = Text("Not available for the moment", "Временно недоступно")
    detail = Text("A part of the service is away.", "Часть службы недоступна.")
    remedy = Text(
        "Send the same request again after Retry-After seconds.",
        "Повторите тот же запрос через время из Retry-After.",
    )

    default_wait = 2
