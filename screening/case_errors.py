"""What is refused on a case or a proposal, and what the person can do about it."""

from __future__ import annotations

from screening.errors import Conflict, Text


class CaseClosed(Conflict):
    code = "case_closed"
    detail = Text("The case is {state}; it cannot be changed.", "Дело в состоянии {state}, изменить его нельзя.")
    remedy = Text("An amended order opens it again.", "Его откроет снова изменённый заказ.")


class StepNotThere(Conflict):
    code = "step_not_there"
    detail = Text(
        "A case that is {state} does not allow this step.", "Дело в состоянии {state} этого шага не допускает."
    )


class CaseChanged(Conflict):
    code = "case_changed"
    detail = Text("Somebody changed the case since you read it.", "Дело изменили после того, как вы его прочли.")


class AuthorityNotAnswered(Conflict):
    code = "authority_not_answered"
    detail = Text(
        "The order is with the authority, which has not told you to release it.",
        "Заказ у компетентного органа, указания отпустить его нет.",
    )
    remedy = Text("Wait for the instruction, or refuse the order.", "Дождитесь указания или откажите в заказе.")


class SecondPersonNeeded(Conflict):
    code = "second_person_needed"
    detail = Text(
        "The score is high: one person proposes the release, another approves it.",
        "Оценка высокая: один человек предлагает отпустить заказ, другой одобряет.",
    )
    remedy = Text(
        "Propose the release with your signature; a supervisor approves it.",
        "Предложите отпуск за своей подписью; одобрит руководитель.",
    )


class SamePerson(Conflict):
    code = "same_person"
    detail = Text("Who proposed does not approve.", "Кто предложил, тот не одобряет.")
    remedy = Text("Another person signs second.", "Вторую подпись ставит другой человек.")


class ProposalGone(Conflict):
    code = "proposal_gone"
    detail = Text("The proposal is {state}.", "Предложение в состоянии {state}.")
    remedy = Text("Propose it again.", "Предложите снова.")


class SignedOtherwise(Conflict):
    code = "signed_otherwise"
    detail = Text("What was signed is not what is here now.", "Подписано не то, что есть сейчас.")
    remedy = Text("Read it again; an edit needs a new proposal.", "Прочтите заново; правке нужно новое предложение.")


class AlreadyProposed(Conflict):
    code = "already_proposed"
    detail = Text("A proposal already waits for its second signature.", "Предложение уже ждёт второй подписи.")
    remedy = Text("Approve, reject or withdraw it first.", "Сначала одобрите, отклоните или отзовите его.")


class NothingHigh(Conflict):
    code = "nothing_high"
    detail = Text(
        "The score is not high: one person may release it.", "Оценка не высокая: отпустить может один человек."
    )


class PasswordNewer(Conflict):
    code = "password_newer"
    detail = Text("Your password is newer than the proposal.", "Ваш пароль новее предложения.")
    remedy = Text("Ask for a new proposal; then sign.", "Попросите предложить снова и подпишите.")


class TooManyDocuments(Conflict):
    code = "too_many_documents"
    detail = Text("The case holds 50 documents already.", "В деле уже 50 документов.")


class NotMergeable(Conflict):
    code = "not_mergeable"
    detail = Text(
        "Cases merge within one company, into an open case, never into themselves.",
        "Дела объединяют внутри компании, с открытым делом и не с самим собой.",
    )
