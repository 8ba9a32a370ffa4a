-- Opens accounts that are not open yet, with nothing on them.
CREATE OR REPLACE FUNCTION ledger_open(_keys text[], _guarded boolean, _lock_rank int) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger_account (key, guarded, lock_rank, debits_points, credits_points)
    SELECT k, _guarded, _lock_rank, 0, 0 FROM unnest(_keys) k
    ON CONFLICT (key) DO NOTHING
$$;
