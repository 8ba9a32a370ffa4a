-- Notes the words by which people may look for these plans: shop words, names of solutions and suppliers. They cut a query into words, are offered
-- while typing and are what a typing error is put right to. A word stays when its last plan goes; who offers it asks whether it still finds something.
CREATE OR REPLACE FUNCTION catalogue_note_words(_plans bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO catalogue_searchword (word, kind, shown)
    SELECT DISTINCT ON (word) word, kind, shown FROM (
        SELECT catalogue_word(said.shown) AS word, said.kind, left(trim(said.shown), 80) AS shown
        FROM catalogue_plan p
        JOIN catalogue_planversion v ON v.id = p.current_id
        JOIN catalogue_solution o ON o.id = p.solution_id
        JOIN catalogue_supplier s ON s.id = o.supplier_id
        CROSS JOIN LATERAL (
            SELECT 2 AS kind, keyword AS shown FROM regexp_split_to_table(v.search_words, '\s+') keyword WHERE keyword ~ '[一-鿿]'
            UNION ALL SELECT 3, regexp_replace(name, '[（(].*[)）]', '') FROM unnest(ARRAY[o.name, o.name_en]) name
            UNION ALL SELECT 4, regexp_replace(s.name, '[（(].*[)）]', '')
        ) said
        WHERE p.id = ANY (_plans) AND p.listed_at IS NOT NULL AND p.delisted_at IS NULL
    ) words
    WHERE length(word) BETWEEN 2 AND 40
    ORDER BY word, kind
    ON CONFLICT (word) DO NOTHING
$$;
