-- Records what happened (tcloud/core/events.py) and, when it is to be told, queues its delivery. Returns the event's id.
CREATE OR REPLACE FUNCTION core_record_event(
    _type text, _subject text, _case text, _at timestamptz,
    _actor_kind text, _actor_user bigint, _actor_company bigint, _actor_name text,
    _data jsonb, _announce boolean
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    _event bigint;
BEGIN
    INSERT INTO core_event (type, subject, "case", at, actor_kind, actor_user_id, actor_company_id, actor_name, data)
    VALUES (_type, _subject, _case, _at, _actor_kind, _actor_user, _actor_company, _actor_name, _data)
    RETURNING id INTO _event;
    IF _announce THEN
        PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
            'outbox', 'tcloud.outbox.deliver', 0, NULL, NULL, jsonb_build_object('event_id', _event), NULL
        )::procrastinate_job_to_defer_v1]);
    END IF;
    RETURN _event;
END $$;
