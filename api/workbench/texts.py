"""Every text of the pages in English and Russian. A page asks by key; a missing key is an error, not a blank."""

from __future__ import annotations

from api.workbench.admin_texts import ADMIN_TEXTS
from api.workbench.around_texts import AROUND_TEXTS
from api.workbench.case_texts import CASE_TEXTS
from api.workbench.customer_texts import CUSTOMER_TEXTS
from api.workbench.desk_texts import DESK_TEXTS
from api.workbench.duty_texts import DUTY_TEXTS
from api.workbench.exchange_texts import EXCHANGE_TEXTS
from api.workbench.model_texts import MODEL_TEXTS
from api.workbench.order_texts import ORDER_TEXTS
from api.workbench.palette_texts import PALETTE_TEXTS
from api.workbench.papers_texts import PAPERS_TEXTS
from api.workbench.portal_texts import PORTAL_TEXTS
from api.workbench.regulator_texts import REGULATOR_TEXTS
from api.workbench.share_texts import SHARE_TEXTS
from api.workbench.ties_texts import TIES_TEXTS
from api.workbench.what_if_texts import WHAT_IF_TEXTS
from screening.errors import Language

# key -> (English, Russian)
TEXTS: dict[str, tuple[str, str]] = {
    **ORDER_TEXTS,
    **DUTY_TEXTS,
    **CASE_TEXTS,
    **ADMIN_TEXTS,
    **AROUND_TEXTS,
    **CUSTOMER_TEXTS,
    **DESK_TEXTS,
    **EXCHANGE_TEXTS,
    **REGULATOR_TEXTS,
    **SHARE_TEXTS,
    **MODEL_TEXTS,
    **PORTAL_TEXTS,
    **PAPERS_TEXTS,
    **PALETTE_TEXTS,
    **TIES_TEXTS,
    **WHAT_IF_TEXTS,
    "app.tagline": ("Screening of precursor orders", "Проверка заказов прекурсоров"),
    "nav.queue": ("Queue", "Очередь"),
    "nav.inbox": ("Inbox", "Входящие"),
    "nav.skip": ("Skip to content", "Перейти к содержанию"),
    "nav.sign_out": ("Sign out", "Выйти"),
    "nav.language": ("Русский", "English"),
    "nav.theme.light": ("Light theme", "Светлая тема"),
    "nav.theme.dark": ("Dark theme", "Тёмная тема"),
    "nav.main": ("Main", "Главное"),
    "nav.account": ("Account and display", "Учётная запись и вид"),
    "nav.api": ("Description of the API", "Описание API"),
    "foot.keys_on": ("Keyboard shortcuts are on.", "Клавиатурные сокращения включены."),
    "foot.keys_off": ("Keyboard shortcuts are off.", "Клавиатурные сокращения выключены."),
    "foot.turn_off": ("Switch off", "Выключить"),
    "foot.turn_on": ("Switch on", "Включить"),
    "role.integration": ("integration", "интеграция"),
    "role.officer": ("compliance officer", "специалист по комплаенсу"),
    "role.supervisor": ("supervisor", "руководитель"),
    "role.auditor": ("auditor", "аудитор"),
    "role.regulator": ("regulator", "сотрудник органа"),
    "role.chief": ("head of regulators", "начальник в органе"),
    "role.data_scientist": ("data scientist", "специалист по данным"),
    "role.administrator": ("administrator", "администратор"),
    "common.unknown": ("not stated", "не указано"),
    "common.yes": ("yes", "да"),
    "common.no": ("no", "нет"),
    "common.back": ("Back", "Назад"),
    "common.version": ("version {number}", "версия {number}"),
    "common.by": ("by {who}", "{who}"),
    "sign_in.title": ("Sign in", "Вход"),
    "sign_in.email": ("E-mail", "Эл. почта"),
    "sign_in.password": ("Password", "Пароль"),
    "sign_in.submit": ("Sign in", "Войти"),
    "error.next": ("What to do", "Что делать"),
    "error.request": ("Request {id}", "Запрос {id}"),
    "error.typed": ("What you had typed", "Что вы успели написать"),
    "error.typed_help": (
        "It was not saved. Copy it before you go on.",
        "Это не сохранено. Скопируйте, прежде чем продолжить.",
    ),
    "remedy.not_signed_in": ("Your session has ended. Sign in again.", "Сеанс завершён. Войдите снова."),
    "remedy.wrong_form_token": (
        "This page was open too long or in another session. Load it again and repeat.",
        "Страница устарела или открыта в другом сеансе. Загрузите её снова и повторите.",
    ),
    "remedy.not_found": (
        "Check the address, or open the object from its list.",
        "Проверьте адрес или откройте объект из списка.",
    ),
    "remedy.invalid": ("Correct what is listed and send it again.", "Исправьте перечисленное и отправьте снова."),
    "remedy.case_changed": (
        "Read what changed, then decide again; your words are still in the form.",
        "Прочтите, что изменилось, и решите заново; ваш текст остался в форме.",
    ),
    "remedy.method_not_allowed": ("Go back and use the page's own buttons.", "Вернитесь и нажмите кнопку на странице."),
    "remedy.malformed": ("Check the address.", "Проверьте адрес."),
    "home.nothing": (
        "Your role works over the API; there is no page for it yet.",
        "Ваша роль работает через API; страниц для неё пока нет.",
    ),
    "queue.title": ("Review queue", "Очередь проверки"),
    "queue.search": ("Order or customer", "Заказ или клиент"),
    "queue.state": ("State", "Состояние"),
    "queue.band": ("Risk", "Риск"),
    "queue.all": ("All", "Все"),
    "queue.open": ("Open", "Открытые"),
    "queue.closed": ("Closed", "Закрытые"),
    "queue.filter": ("Show", "Показать"),
    "queue.order": ("Order", "Заказ"),
    "queue.customer": ("Customer", "Клиент"),
    "queue.goods": ("Goods", "Товар"),
    "queue.route": ("To", "Куда"),
    "queue.reasons": ("Why held", "Почему задержан"),
    "queue.due": ("Due", "Срок"),
    "queue.empty": ("Nothing is held. New holds appear here.", "Задержанных заказов нет. Новые появятся здесь."),
    "queue.empty_filter": ("Nothing matches the filter.", "По фильтру ничего не найдено."),
    "queue.unscored": ("No score: the model was away.", "Нет оценки: модель была недоступна."),
    "queue.legend": ("Filter", "Отбор"),
    "queue.pages": ("Page {page} of {pages}", "Страница {page} из {pages}"),
    "queue.next": ("Next", "Дальше"),
    "queue.previous": ("Previous", "Раньше"),
    "queue.keys": ("Keys: J and K move, Enter opens.", "Клавиши: J и K — по списку, Enter — открыть."),
    "count.more": ("more than", "больше чем"),
    "count.orders": ("order|orders", "заказ|заказа|заказов"),
    "count.packets": ("packet|packets", "пакет|пакета|пакетов"),
    "band.low": ("Low", "Низкий"),
    "band.elevated": ("Elevated", "Повышенный"),
    "band.high": ("High", "Высокий"),
    "band.unscored": ("No score", "Нет оценки"),
    "state.open": ("Open", "Открыто"),
    "state.in_review": ("In review", "На проверке"),
    "state.referred": ("With the authority", "У компетентного органа"),
    "state.released": ("Released", "Отпущен"),
    "state.refused": ("Refused", "Отказано"),
    "inbox.title": ("Inbox", "Входящие"),
    "inbox.empty": ("Nothing has been referred to you.", "Вам ничего не передано."),
    "inbox.company": ("Company", "Компания"),
    "inbox.received": ("Received", "Получено"),
    "inbox.state": ("State", "Состояние"),
    "referral.sent": ("New", "Новое"),
    "referral.received": ("Acknowledged", "Получение подтверждено"),
    "referral.instructed": ("Instructed", "Указание дано"),
    "packet.title": ("Referred order {reference}", "Переданный заказ {reference}"),
    "packet.hash": ("SHA-256 of the packet", "SHA-256 пакета"),
    "packet.sent": ("Sent {time}", "Передано {time}"),
    "packet.caution": ("How to read the score", "Как читать оценку"),
    "packet.about": ("About the packet", "О пакете"),
    "packet.why": ("Why it was referred", "Почему передано"),
    "packet.by_policy": ("The policy refers such orders by itself.", "Такие заказы передаёт сама политика."),
    "packet.download": ("Packet as JSON", "Пакет в JSON"),
    "receipt.give": ("Acknowledge receipt", "Подтвердить получение"),
    "receipt.given": ("Receipt given", "Квитанция выдана"),
    "receipt.signature": ("Signature {signature} by key {key}", "Подпись {signature}, ключ {key}"),
    "instruct.title": ("Instruct the company", "Указание компании"),
    "instruct.kind": ("Instruction", "Указание"),
    "instruct.text": ("Text", "Текст"),
    "instruct.named": (
        "Named people (e-mails, one a line; only for a controlled delivery)",
        "Названные лица (адреса, по одному в строке; только для контролируемой поставки)",
    ),
    "instruct.send": ("Send instruction", "Отправить указание"),
    "instruct.first": ("Acknowledge the packet first.", "Сначала подтвердите получение."),
    "instruction.release": ("Release", "Отпустить"),
    "instruction.refuse": ("Refuse", "Отказать"),
    "instruction.ask": ("Ask the company", "Запросить компанию"),
    "instruction.controlled_delivery": ("Controlled delivery", "Контролируемая поставка"),
}


def text(language: Language, key: str, /, **values: object) -> str:
    """The text of a key, its places filled. Raises KeyError for a key that does not exist."""
    english, russian = TEXTS[key]
    template = russian if language == "ru" else english
    return template.format(**values) if values else template
