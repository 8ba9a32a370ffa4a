-- Holds an account until the transaction ends, so that what is read of it next stays true. Its place in the lock order counts.
CREATE OR REPLACE FUNCTION ledger_hold(_key text) RETURNS void LANGUAGE sql AS $$
    SELECT FROM ledger_account WHERE key = _key FOR NO KEY UPDATE
$$;
