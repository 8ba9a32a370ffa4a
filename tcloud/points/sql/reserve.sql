-- R-17: holds `_points` for an order, from the grant soonest to expire; the first use activates a grant (R-13), and its next notice is
-- reckoned anew. Returns the points that were free for it; when they do not suffice nothing is held.
CREATE OR REPLACE FUNCTION points_reserve(
    _programme bigint, _company bigint, _points int, _order text, _event bigint, _at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    _lot record;
    _available bigint := 0;
    _free bigint;
    _part bigint;
    _grants bigint[] := '{}';
    _parts bigint[] := '{}';
BEGIN
    FOR _lot IN
        SELECT id FROM points_grant
         WHERE programme_id = _programme AND company_id = _company AND closed_as = '' AND usable_until > _at
         ORDER BY expires_at, id FOR NO KEY UPDATE
    LOOP
        _free := ledger_balance('grant/' || _lot.id || '/available');
        _part := least(_free, _points - _available);
        _available := _available + _free;
        IF _part > 0 THEN
            _grants := _grants || _lot.id;
            _parts := _parts || _part;
        END IF;
    END LOOP;
    IF _available < _points OR _points < 1 THEN
        RETURN _available;
    END IF;
    UPDATE points_grant SET activated_at = _at, next_notice_at = _at WHERE id = ANY(_grants) AND activated_at IS NULL;
    INSERT INTO points_reservation (order_number, grant_id, points, state)
    SELECT _order, l.id, l.part, 'held' FROM unnest(_grants, _parts) AS l (id, part);
    PERFORM ledger_post(
        ARRAY(SELECT 'reserve/' || _order || '/' || g FROM unnest(_grants) g), array_fill('reserve'::text, ARRAY[cardinality(_grants)]),
        ARRAY(SELECT 'grant/' || g || '/available' FROM unnest(_grants) g), ARRAY(SELECT 'grant/' || g || '/reserved' FROM unnest(_grants) g),
        _parts, array_fill(_event, ARRAY[cardinality(_grants)]), _at
    );
    RETURN _available;
END $$;
