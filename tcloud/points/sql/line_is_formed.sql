-- R-12: whether companies wait in the edition's line.
CREATE OR REPLACE FUNCTION points_line_is_formed(_programme bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM points_waitingentry WHERE programme_id = _programme AND served_at IS NULL AND ended_at IS NULL)
$$;
