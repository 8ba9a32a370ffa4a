-- R-18: posts transfers in the order given, arrays of equal length; the trigger on the table moves the balances once they are all in.
-- P0002 (no_data_found) names an account that is not open.
CREATE OR REPLACE FUNCTION ledger_post(
    _keys text[], _codes text[], _debits text[], _credits text[], _amounts bigint[], _events bigint[], _at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _posted int;
BEGIN
    INSERT INTO ledger_transfer (key, code, debit_account_id, credit_account_id, amount_points, event_id, at)
    SELECT e.key, e.code, d.id, c.id, e.amount, e.event, _at
      FROM unnest(_keys, _codes, _debits, _credits, _amounts, _events) WITH ORDINALITY
           AS e (key, code, debit, credit, amount, event, place)
      JOIN ledger_account d ON d.key = e.debit
      JOIN ledger_account c ON c.key = e.credit
     ORDER BY e.place;
    GET DIAGNOSTICS _posted = ROW_COUNT;
    IF _posted < cardinality(_keys) THEN
        RAISE EXCEPTION 'ledger: no such account: %', (
            SELECT string_agg(DISTINCT k, ', ') FROM unnest(_debits || _credits) k
             WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.key = k)
        ) USING ERRCODE = 'no_data_found';
    END IF;
END $$;
