-- Every text in a JSON value, whatever its shape: the features of a plan, its integrations.
CREATE OR REPLACE FUNCTION catalogue_texts(_value jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(found #>> '{}', ' / ') FROM jsonb_path_query(_value, 'strict $.** ? (@.type() == "string")') found
$$;
