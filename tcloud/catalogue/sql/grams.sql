-- The lexemes of a text in order: of a run of Han characters each pair and the last character (打卡機 → 打卡 卡機 機), of Latin letters and digits
-- each word. The same as grams() in tcloud/catalogue/text.py.
CREATE OR REPLACE FUNCTION catalogue_grams(_text text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(gram ORDER BY place, i), '{}') FROM (
        SELECT place, i, CASE WHEN run < '{' THEN run ELSE substr(run, i, 2) END AS gram
        FROM (
            SELECT left(found[1], 64) AS run, place
            FROM regexp_matches(catalogue_fold(_text), '[㐀-䶿一-鿿豈-﫿]+|[a-z0-9]+', 'g') WITH ORDINALITY AS m (found, place)
        ) runs
        CROSS JOIN LATERAL generate_series(1, CASE WHEN run < '{' THEN 1 ELSE length(run) END) i
    ) grams
$$;
