-- Notes that something visitors see has changed: the stamp (tcloud/core/stamp.py) reads another value as soon as this transaction has committed,
-- never before, and never if it is rolled back. Called by triggers FOR EACH STATEMENT.
--
-- Each writer counts up a row that no other holds (SKIP LOCKED), so that two of them never wait for each other; a row more is made where all are held.
CREATE OR REPLACE FUNCTION core_note_public_change() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE core_publicchange SET count = count + 1 WHERE id = (
        SELECT id FROM core_publicchange ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    );
    IF NOT FOUND THEN
        INSERT INTO core_publicchange (count) VALUES (1);
    END IF;
END $$;
