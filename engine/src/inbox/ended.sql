-- Notes what has become of events: done, and forgotten what they said; or refused, with a dead letter of module $10 that
-- somebody sees.
WITH ended AS (
    SELECT *
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::int8[], $8::text[], $9::int4[])
        AS ended (merchant_id, key, state, outcome, problem, changed_at, letter, error, attempts)
),
noted AS (
    UPDATE inbox AS i
    SET state = ended.state,
        outcome = nullif(ended.outcome, '')::jsonb,
        problem = nullif(ended.problem, '')::json,
        data = CASE WHEN ended.state = 'done' THEN NULL ELSE i.data END,
        changed_at = ended.changed_at
    FROM ended
    WHERE i.merchant_id = ended.merchant_id AND i.key = ended.key AND i.state IN ('received', 'refused')
    RETURNING i.merchant_id, i.key, i.received_at
)
INSERT INTO dead_letters (merchant_id, module, id, payload, enqueued_at, died_at, attempts, error)
SELECT merchant_id, $10, letter, jsonb_build_object('event', key), received_at, clock_timestamp(), attempts, error
FROM ended
JOIN noted USING (merchant_id, key)
WHERE error <> ''
