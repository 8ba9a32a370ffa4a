-- R-11: grants points to a participant, once; R-12: or puts it on the waiting list. `outcome` is granted, waiting (now or before),
-- or why not: not_a_participant, not_open, changed (the terms were reckoned from another version of the edition), granted_already,
-- not_admitted_again (R-13: a grant was taken back unused and the company has not applied again). `row_id` is the grant or the entry,
-- `admission` the company's present one.
CREATE OR REPLACE FUNCTION points_grant(
    _programme bigint, _version int, _company bigint, _points int, _activate_before timestamptz, _expires_at timestamptz,
    _next_notice_at timestamptz, _at timestamptz, _case text,
    _actor_kind text, _actor_user bigint, _actor_company bigint, _actor_name text, _data jsonb,
    OUT outcome text, OUT row_id bigint, OUT admission int
) LANGUAGE plpgsql AS $$
DECLARE
    _edition record;
BEGIN
    -- the participant's row serialises two browsers of one company
    SELECT p.admission INTO admission FROM points_participant p
     WHERE p.programme_id = _programme AND p.company_id = _company FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'not_a_participant';
        RETURN;
    END IF;
    SELECT state, version INTO _edition FROM programme_programme WHERE id = _programme;
    IF _edition.state <> 'OPEN' OR _edition.version <> _version THEN
        outcome := CASE WHEN _edition.state <> 'OPEN' THEN 'not_open' ELSE 'changed' END;
        RETURN;
    END IF;
    -- the line first, then the grants: who is no longer waiting because a scan has just served it has its grant by now
    SELECT id INTO row_id FROM points_waitingentry
     WHERE programme_id = _programme AND company_id = _company AND served_at IS NULL AND ended_at IS NULL;
    IF FOUND THEN
        outcome := 'waiting';
        RETURN;
    END IF;
    SELECT id INTO row_id FROM points_grant WHERE programme_id = _programme AND company_id = _company AND closed_as <> 'unactivated';
    IF FOUND THEN
        outcome := 'granted_already';
        RETURN;
    END IF;
    PERFORM FROM points_grant g WHERE g.programme_id = _programme AND g.company_id = _company AND g.admission = points_grant.admission;
    IF FOUND THEN
        outcome := 'not_admitted_again';
        RETURN;
    END IF;

    outcome := 'granted';
    row_id := points_give(
        _programme, _company, _points, _activate_before, _expires_at, _next_notice_at, _at, _case,
        _actor_kind, _actor_user, _actor_company, _actor_name, _data, false
    );
    IF row_id IS NOT NULL THEN
        RETURN;
    END IF;
    -- whoever completes later never overtakes: the last look at the line and joining it happen under the appropriation's lock
    PERFORM ledger_hold('appropriation/' || _programme);
    row_id := points_give(
        _programme, _company, _points, _activate_before, _expires_at, _next_notice_at, _at, _case,
        _actor_kind, _actor_user, _actor_company, _actor_name, _data, false
    );
    IF row_id IS NULL THEN
        outcome := 'waiting';
        INSERT INTO points_waitingentry (programme_id, company_id, completed_at) VALUES (_programme, _company, _at) RETURNING id INTO row_id;
        PERFORM core_record_event(
            'points.waiting', 'points.waitingentry/' || row_id, _case, _at,
            _actor_kind, _actor_user, _actor_company, _actor_name, '{}', true
        );
    END IF;
END $$;
