-- Points on an account (credits less debits); 0 for one never opened.
CREATE OR REPLACE FUNCTION ledger_balance(_key text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT credits_points - debits_points FROM ledger_account WHERE key = _key), 0)
$$;
