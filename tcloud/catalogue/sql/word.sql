-- A word as it is looked up: folded, letters and digits only, one space between Latin words, none beside Han. The same as word_of() in tcloud/catalogue/text.py.
CREATE OR REPLACE FUNCTION catalogue_word(_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(
        trim(regexp_replace(catalogue_fold(_text), '[^㐀-䶿一-鿿豈-﫿a-z0-9]+', ' ', 'g')),
        '(?<![a-z0-9]) | (?![a-z0-9])', '', 'g'
    )
$$;
