"""The lives of an order and of its case: every state, and every step from one to the next, in one table each.

The engine, the API and the pages read these tables; the database holds the same rows (`life_move`) and refuses any
other step, whoever writes. A test compares the two. A step that is not in the table does not exist.

    order   received -> matched -> legal_stop | scored -> cleared | needs_documents | held -> reported
            -> with_authority -> released | refused | under_instruction | expired; amended goes back to matched
    case    open -> in_review | waiting | escalated | snoozed | referred -> released | refused | merged;
            referred -> questioned and back; what the authority lets go is in_review again

An order's first steps run in one transaction, so that what is stored is where it comes to rest. That an order is
`under_instruction` is for the people whom the authority names; all others are shown `with_authority`.
"""

from __future__ import annotations

from collections.abc import Iterable

Moves = dict[tuple[str, str], str]

ORDER_STATES = (
    "received", "matched", "legal_stop", "scored", "cleared", "needs_documents", "held", "reported", "with_authority",
    "released", "refused", "under_instruction", "expired", "amended", "loss_reported", "closed",
)  # fmt: skip
CASE_STATES = (
    "open", "in_review", "waiting", "escalated", "snoozed", "referred", "questioned", "released", "refused", "merged",
)  # fmt: skip
OPEN_CASES = ("open", "in_review", "waiting", "escalated", "snoozed", "referred", "questioned")
WITH_AUTHORITY = ("referred", "questioned")
CLOSED_CASES = frozenset({"released", "refused", "merged"})
RESTING = frozenset(
    {"cleared", "needs_documents", "held", "legal_stop", "refused"}
)  # where an arrival may come to rest


def _table(**rows: str) -> Moves:
    """`state="action:next action:next"` as moves."""
    return {
        (state, action): after
        for state, steps in rows.items()
        for action, _, after in (step.partition(":") for step in steps.split())
    }


ORDER: Moves = _table(
    received="match:matched",
    matched="stop:legal_stop score:scored hold:held",
    legal_stop="hold:legal_stop ask:needs_documents release:released refuse:refused report:reported amend:amended",
    scored="clear:cleared ask:needs_documents hold:held",
    cleared="release:cleared hold:held refuse:refused report:reported amend:amended lose:loss_reported close:closed",
    needs_documents="hold:needs_documents ask:needs_documents release:released refuse:refused report:reported "
    "amend:amended",
    held="hold:held ask:needs_documents release:released refuse:refused report:reported amend:amended",
    reported="hold:reported report:reported receive:with_authority refuse:refused expire:expired amend:amended",
    with_authority="hold:with_authority report:with_authority receive:with_authority release:released refuse:refused "
    "let_run:under_instruction expire:expired amend:amended",
    under_instruction="hold:under_instruction report:under_instruction receive:under_instruction release:released "
    "refuse:refused amend:amended",
    expired="hold:expired report:reported receive:with_authority release:released refuse:refused amend:amended",
    released="lose:loss_reported close:closed amend:amended",
    refused="hold:held ask:needs_documents release:released refuse:refused report:reported close:closed amend:amended",
    amended="match:matched",
    loss_reported="close:closed amend:amended",
    closed="hold:closed release:closed refuse:closed amend:amended",
)
CASE: Moves = _table(
    open="assign:in_review hold:in_review release:released refuse:refused refer:referred ask:waiting "
    "escalate:escalated snooze:snoozed merge:merged reopen:open close:released",
    in_review="assign:in_review hold:in_review release:released refuse:refused refer:referred ask:waiting "
    "escalate:escalated snooze:snoozed merge:merged reopen:open close:released inquire:questioned",
    waiting="assign:waiting hold:in_review release:released refuse:refused refer:referred ask:waiting "
    "answer:in_review escalate:escalated snooze:snoozed merge:merged reopen:open close:released",
    escalated="assign:escalated hold:in_review release:released refuse:refused refer:referred ask:waiting "
    "reopen:open close:released",
    snoozed="assign:in_review hold:in_review release:released refuse:refused refer:referred wake:in_review "
    "return:waiting escalate:escalated merge:merged reopen:open close:released",
    referred="assign:referred hold:referred release:released refuse:refused refer:referred reopen:open "
    "inquire:questioned allow:in_review",
    questioned="assign:questioned hold:questioned release:released refuse:refused refer:questioned reopen:open "
    "inquire:questioned reply:referred allow:in_review",
    released="reopen:open",
    refused="reopen:open",
    merged="reopen:open",
)
MACHINES: dict[str, Moves] = {"order": ORDER, "case": CASE}


def walk(state: str, actions: Iterable[str]) -> str:
    """Where an order comes to by these steps. Raises KeyError for a step that does not exist."""
    for action in actions:
        state = ORDER[state, action]
    return state


def arrival(*, again: bool, disposition: str, stopped: bool, scored: bool, asks: bool) -> str:
    """Where an order comes to rest that was just screened; `again` when it replaces an earlier version."""
    state = walk("amended" if again else "received", ["match"])
    if disposition == "refuse":
        return walk(state, ["stop", "refuse"])
    if disposition == "release":
        return walk(state, ["score", "clear"])
    if asks:
        return walk(state, ["stop", "ask"] if stopped else ["score", "ask"])
    if stopped:
        return walk(state, ["stop"])
    return walk(state, ["score", "hold"] if scored else ["hold"])


def may(state: str, action: str) -> bool:
    """Whether a case in this state allows the step: what pages offer."""
    return (state, action) in CASE


def shown(state: str, *, knows: bool) -> str:
    """An order's state as one person may see it: that it runs under instruction is for those the authority names."""
    return "with_authority" if state == "under_instruction" and not knows else state
