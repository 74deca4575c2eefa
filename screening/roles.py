"""The database roles: an owner that migrates, and the application's, which owns nothing and is under every policy."""

from __future__ import annotations

from sqlalchemy import Connection

from screening.settings import UnsafeSettings

OWNER, APPLICATION = "tamga_owner", "tamga_app"  # of the embedded server; elsewhere they are named as one likes
GROWING = (
    "audit_event", "audit_leaf", "audit_node", "audit_root", "audit_checkpoint", "audit_cosignature", "audit_key",
    "audit_chain_checkpoint",
)  # fmt: skip
CALLED = ("tamga_find_key(text, text)", "tamga_erase_events(uuid)", "tamga_refused_elsewhere(uuid, text[])")
STRENGTH = """
    SELECT r.rolsuper, r.rolbypassrls, EXISTS (
        SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
        AND pg_has_role(r.rolname, c.relowner, 'MEMBER')) AS owns
    FROM pg_roles r WHERE r.rolname = current_user
"""


def grant(connection: Connection, role: str) -> None:
    """Give the application's role what it needs and no more. The audit log only grows, the schema is not its to change.

    Nothing is given where the service works under the owner's own role, which production refuses.
    """
    found = connection.exec_driver_sql("SELECT current_user, to_regrole(%(role)s)", {"role": role}).one()
    if role == found[0] or found[1] is None:
        return
    named = connection.dialect.identifier_preparer.quote(role)
    give = (
        f"GRANT USAGE ON SCHEMA public TO {named}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {named}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {named}",
        *(f"GRANT EXECUTE ON FUNCTION {each} TO {named}" for each in _present(connection, "to_regprocedure", CALLED)),
        *(f"REVOKE UPDATE, DELETE ON {each} FROM {named}" for each in _present(connection, "to_regclass", GROWING)),
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {named}",
    )
    for statement in give:
        connection.exec_driver_sql(statement)


def _present(connection: Connection, look: str, names: tuple[str, ...]) -> list[str]:
    """Those of our own names that this revision of the schema has."""
    return [
        name
        for name in names
        if connection.exec_driver_sql(f"SELECT {look}(%(name)s)", {"name": name}).scalar_one() is not None
    ]


def refuse_strength(connection: Connection) -> None:
    """Raise UnsafeSettings where policies do not bind the role of the service: it owns a table or may bypass them."""
    superuser, bypasses, owns = connection.exec_driver_sql(STRENGTH).one()
    if superuser or bypasses or owns:
        why = "is a superuser" if superuser else "may bypass row-level security" if bypasses else "owns tables"
        raise UnsafeSettings(
            f"the role of TAMGA_DATABASE_URL {why}: use one that owns nothing, and run migrations with "
            "TAMGA_DATABASE_OWNER_URL"
        )
