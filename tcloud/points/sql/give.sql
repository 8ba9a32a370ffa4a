-- R-11, R-12: takes a grant's points out of the appropriation. Returns the grant's id; NULL when the appropriation can't pay it or, unless
-- the company is `_head_of_line`, when others wait. Whatever needs no lock comes before the lock that everybody wants (docs/decisions/0003).
CREATE OR REPLACE FUNCTION points_give(
    _programme bigint, _company bigint, _points int, _activate_before timestamptz, _expires_at timestamptz,
    _next_notice_at timestamptz, _at timestamptz, _case text,
    _actor_kind text, _actor_user bigint, _actor_company bigint, _actor_name text, _data jsonb, _head_of_line boolean
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    _appropriation text := 'appropriation/' || _programme;
    _grant bigint;
    _event bigint;
BEGIN
    IF ledger_balance(_appropriation) < _points OR NOT _head_of_line AND points_line_is_formed(_programme) THEN
        RETURN NULL;
    END IF;
    INSERT INTO points_grant (programme_id, company_id, admission, points, granted_at, activate_before, expires_at, next_notice_at, closed_as)
    SELECT _programme, _company, admission, _points, _at, _activate_before, _expires_at, _next_notice_at, ''
      FROM points_participant WHERE programme_id = _programme AND company_id = _company
    RETURNING id INTO STRICT _grant;
    PERFORM ledger_open(ARRAY['grant/' || _grant || '/available', 'grant/' || _grant || '/reserved'], true, 0);
    _event := core_record_event(
        'points.granted', 'points.grant/' || _grant, _case, _at, _actor_kind, _actor_user, _actor_company, _actor_name, _data, true
    );
    PERFORM ledger_hold(_appropriation);
    IF ledger_balance(_appropriation) < _points OR NOT _head_of_line AND points_line_is_formed(_programme) THEN
        RAISE EXCEPTION 'used up' USING ERRCODE = 'TC001';  -- undoes the rows above
    END IF;
    PERFORM ledger_post(
        ARRAY['grant/' || _grant], ARRAY['grant'], ARRAY[_appropriation], ARRAY['grant/' || _grant || '/available'],
        ARRAY[_points::bigint], ARRAY[_event], _at
    );
    RETURN _grant;
EXCEPTION WHEN SQLSTATE 'TC001' THEN
    RETURN NULL;
END $$;
