-- Brings the search documents of these plans into step with what they say now; plans that are not listed have none. Called by triggers of every
-- table a document is made of, in the transaction of the change.
--
-- The plans' rows are locked first, in order: of two changes of one plan's document the second sees what the first has written.
CREATE OR REPLACE FUNCTION catalogue_refresh_documents(_plans bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF _plans IS NULL THEN
        RETURN;
    END IF;
    PERFORM 1 FROM catalogue_plan WHERE id = ANY (_plans) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM catalogue_searchdocument d WHERE d.plan_id = ANY (_plans) AND NOT EXISTS (
        SELECT 1 FROM catalogue_plan p WHERE p.id = d.plan_id AND p.listed_at IS NOT NULL AND p.delisted_at IS NULL
    );
    INSERT INTO catalogue_searchdocument (
        plan_id, words, price_twd, term_months, category_id, orderable, has_trial, in_taiwan, industries, listed_at
    )
    SELECT p.id,
        catalogue_vector(
            concat_ws(' / ', v.name, v.name_en),
            concat_ws(' / ', v.search_words, c.name, above.name, c.name_en, above.name_en),
            concat_ws(' / ', v.blurb, v.blurb_en, catalogue_texts(v.features), catalogue_texts(v.integrations), s.name, s.name_en),
            concat_ws(' / ', v.description, v.description_en, v.included, catalogue_texts(v.integrations_en), catalogue_texts(v.certifications))
        ),
        v.price_twd, v.term_months, o.category_id, s.takes_orders, v.has_trial,
        catalogue_fold(v.data_location) LIKE '%臺灣%',
        nullif(ARRAY(
            SELECT DISTINCT division::smallint FROM jsonb_array_elements_text(v.industries) division
            WHERE division ~ '^[0-9]{2}$' ORDER BY 1
        ), '{}'),
        p.listed_at
    FROM catalogue_plan p
    JOIN catalogue_planversion v ON v.id = p.current_id
    JOIN catalogue_solution o ON o.id = p.solution_id
    JOIN catalogue_supplier s ON s.id = o.supplier_id
    JOIN catalogue_category c ON c.id = o.category_id
    LEFT JOIN catalogue_category above ON above.id = c.parent_id
    WHERE p.id = ANY (_plans) AND p.listed_at IS NOT NULL AND p.delisted_at IS NULL
    ORDER BY p.id
    ON CONFLICT (plan_id) DO UPDATE SET
        words = EXCLUDED.words, price_twd = EXCLUDED.price_twd, term_months = EXCLUDED.term_months,
        category_id = EXCLUDED.category_id, orderable = EXCLUDED.orderable, has_trial = EXCLUDED.has_trial,
        in_taiwan = EXCLUDED.in_taiwan, industries = EXCLUDED.industries, listed_at = EXCLUDED.listed_at;
    PERFORM catalogue_note_words(_plans);
END $$;
