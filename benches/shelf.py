"""A catalogue as large as wanted: the shipped plans again and again, each time with another name, price, term and flags."""

from typing import Final

STEP: Final = 10_000
_FILL: Final = """
    WITH template AS (
        SELECT row_number() OVER (ORDER BY p.id) - 1 AS place, count(*) OVER () AS many, o.category_id, o.supplier_id, o.name AS solution, v.*
        FROM catalogue_plan p JOIN catalogue_planversion v ON v.id = p.current_id JOIN catalogue_solution o ON o.id = p.solution_id
        WHERE p.listed_at IS NOT NULL AND p.code NOT LIKE 'shelf-%%'
    ), wanted AS (
        SELECT n, hashint4(n) & 1048575 AS dice FROM generate_series(%(first)s::int, %(last)s::int) n
    ), solutions AS (
        INSERT INTO catalogue_solution (supplier_id, category_id, name, name_en)
        SELECT t.supplier_id, t.category_id,
               substr('安康信達宏興大同永豐昌盛鼎新創智匯通合順元富優捷', 1 + dice %% 24, 1) || substr('誠鑫群凱揚嘉聖傑維豪育翔', 1 + dice / 32 %% 12, 1)
               || left(regexp_replace(t.solution, '[（(].*', ''), 20) || n, 'Shelf ' || n
        FROM wanted JOIN template t ON t.place = n %% t.many RETURNING id, name
    ), plans AS (
        INSERT INTO catalogue_plan (solution_id, code)
        SELECT id, 'shelf-' || substring(name FROM '[0-9]+$') FROM solutions RETURNING id, code, solution_id
    )
    INSERT INTO catalogue_planversion (
        plan_id, number, name, name_en, blurb, blurb_en, description, description_en, features, included, included_en, price_twd, term_months,
        seats, answers, industries, has_trial, data_location, data_location_en, certifications, integrations, integrations_en, support,
        support_en, export, export_en, search_words, source, created_at
    )
    SELECT p.id, 1, s.name, 'Shelf ' || n, t.blurb, t.blurb_en, t.description, t.description_en, t.features, t.included, t.included_en,
        21 * (20 + dice %% 5000), (ARRAY[1, 3, 6, 12, 12, 12, 24, 36])[1 + dice %% 8], t.seats, '{}',
        CASE WHEN dice %% 5 = 0 THEN jsonb_build_array(lpad((45 + dice %% 12)::text, 2, '0'), lpad((47 + dice %% 7)::text, 2, '0')) ELSE '[]' END,
        dice %% 2 = 0, CASE WHEN dice %% 3 > 0 THEN '臺灣' ELSE '日本' END, '', t.certifications, t.integrations, t.integrations_en, t.support,
        t.support_en, t.export, t.export_en, t.search_words, t.source, now()
    FROM wanted JOIN template t ON t.place = n %% t.many JOIN plans p ON p.code = 'shelf-' || n JOIN solutions s ON s.id = p.solution_id
"""
_LIST: Final = """
    UPDATE catalogue_plan p SET current_id = v.id, listed_at = now() - (v.price_twd || ' seconds')::interval
    FROM catalogue_planversion v WHERE v.plan_id = p.id AND p.listed_at IS NULL AND p.code LIKE 'shelf-%%'
"""


def fill(plans: int) -> None:
    """Add listed plans until there are that many; the triggers make their documents as for any other plan."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE code LIKE 'shelf-%%') FROM catalogue_plan", [])
        there, ours = cursor.fetchone()
        for begin in range(ours, ours + plans - there, STEP):
            last = min(begin + STEP, ours + plans - there) - 1
            cursor.execute(_FILL, {"first": begin, "last": last})
            cursor.execute(_LIST, {})
        cursor.execute("VACUUM ANALYZE catalogue_plan, catalogue_planversion, catalogue_solution, catalogue_searchdocument, catalogue_searchword")
