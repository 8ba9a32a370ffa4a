"""Triggers that keep the search documents in step with the tables they are made of (docs/decisions/0022-search.md)."""

import pgtrigger


def follows(
    name: str, *, columns: tuple[str, ...], plans: str, whole_life: bool = False
) -> list[pgtrigger.Trigger]:
    """Triggers for a table that documents are made of.

    `columns`: those that matter; an UPDATE that leaves them alone touches no document. `plans`: SQL of the ids of the plans concerned, as
    one array, from the rows of `{touched}`. `whole_life`: INSERT and DELETE concern documents too.
    """
    news, olds = (", ".join(f"{row}.{column}" for column in columns) for row in ("n", "o"))
    updated = (
        f"SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE ({news}) IS DISTINCT FROM ({olds})"  # noqa: S608  made of names in models
    )
    made = [_trigger(name, "update", updated, plans, pgtrigger.Referencing(old="old_rows", new="new_rows"))]
    if whole_life:
        made.append(
            _trigger(name, "insert", "SELECT id FROM new_rows", plans, pgtrigger.Referencing(new="new_rows"))
        )
        made.append(
            _trigger(name, "delete", "SELECT id FROM old_rows", plans, pgtrigger.Referencing(old="old_rows"))
        )
    return made


def _trigger(
    name: str, event: str, touched: str, plans: str, referencing: pgtrigger.Referencing
) -> pgtrigger.Trigger:
    concerned = " ".join(plans.format(touched=f"({touched})").split())
    return pgtrigger.Trigger(
        name=f"{name}_searched_{event}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation={"update": pgtrigger.Update, "insert": pgtrigger.Insert, "delete": pgtrigger.Delete}[event],
        referencing=referencing,
        func=f"PERFORM catalogue_refresh_documents(({concerned})); RETURN NULL;",
    )
