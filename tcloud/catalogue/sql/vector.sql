-- The text-search vector of a plan: what it is called (weight A), its shop words and categories (B), what it does and who sells it (C), the rest (D).
-- Lexemes of A and B stand in it a second time behind a ^, so that the index alone tells plans that are about a word from those that mention it.
CREATE OR REPLACE FUNCTION catalogue_vector(_names text, _words text, _features text, _rest text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(
        gram || ':' || place || weight || CASE WHEN strong AND first THEN ' ^' || gram || ':' || place || weight ELSE '' END, ' '
    ), '')::tsvector
    FROM (
        SELECT gram, weight, weight < 'C' AS strong, least(row_number() OVER (ORDER BY weight, i), 16000) AS place,
               row_number() OVER (PARTITION BY gram ORDER BY weight, i) = 1 AS first,
               row_number() OVER (PARTITION BY gram, weight ORDER BY i) AS again
        FROM (VALUES ('A', _names), ('B', _words), ('C', _features), ('D', _rest)) AS parts (weight, words)
        CROSS JOIN LATERAL unnest(catalogue_grams(words)) WITH ORDINALITY AS g (gram, i)
    ) placed
    WHERE again <= 3
$$;
