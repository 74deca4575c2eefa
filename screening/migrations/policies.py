"""The words in which migrations say whose rows a table holds. Landed migrations use them: what they write never changes.

Each policy is asked once per statement, not once per row: the settings stand in sub-selects. `own`, `follows`,
`shared` and `inner` each put one policy on one table and force it on the table's owner as well.
"""

from __future__ import annotations

from alembic import op

SERVICE = "(SELECT current_setting('tamga.service', true) = 'on')"
# Once a setting has been set on a connection, its absence is the empty string.
TENANT = "(SELECT NULLIF(current_setting('tamga.tenant', true), '')::uuid)"
AUTHORITY = "(SELECT NULLIF(current_setting('tamga.authority', true), ''))"


def own(table: str, column: str = "organisation_id") -> None:
    """Rows belong to the organisation in `column`."""
    whole(table, f"{SERVICE} OR {column} = {TENANT}")


def follows(table: str, column: str, parent: str) -> None:
    """A row may be seen and written by who may see the row of `parent` that its `column` names."""
    whole(table, f"{SERVICE} OR EXISTS (SELECT FROM {parent} p WHERE p.id = {table}.{column})")


def shared(table: str) -> None:
    """Everybody reads, only the service writes."""
    force(table)
    policy(table, "read", "SELECT", using="true")
    policy(table, "keep", "ALL", using=SERVICE, check=SERVICE)


def inner(table: str) -> None:
    """Of the service alone."""
    whole(table, SERVICE)


def whole(table: str, rule: str) -> None:
    """One rule for reading and writing."""
    force(table)
    policy(table, "tenant", "ALL", using=rule, check=rule)


def policy(table: str, name: str, command: str, *, using: str | None = None, check: str | None = None) -> None:
    """One policy; of several that are met by a command, one has to be fulfilled."""
    seen = f" USING ({using})" if using else ""
    written = f" WITH CHECK ({check})" if check else ""
    op.execute(f"CREATE POLICY {name} ON {table} FOR {command}{seen}{written}")


def force(table: str) -> None:
    """Under row-level security, the table's owner too."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
