-- Writes events of merchant $1 down, each with a message for module $12, unless more than $11 wait already. One that is
-- there, or that is written by somebody else at this moment, stays as it is. In the order of their key, so that two
-- senders of the same events wait for each other in one direction.
WITH given AS (
    SELECT *
    FROM unnest($2::text[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::bytea[], $8::text[])
        WITH ORDINALITY AS given (source, id, key, type, occurred_at, hash, data, place)
),
taken AS (
    INSERT INTO inbox (merchant_id, source, id, key, type, occurred_at, received_at, sender, hash, data, changed_at)
    SELECT $1, source, id, key, type, occurred_at, $9, $10, hash, data::json, $9
    FROM given
    WHERE NOT EXISTS (SELECT FROM inbox WHERE merchant_id = $1 AND state = 'received' OFFSET $11)
    ORDER BY source COLLATE "C", id COLLATE "C", place
    ON CONFLICT (merchant_id, source, id) DO NOTHING
    RETURNING key
)
INSERT INTO queue (module, merchant_id, payload)
SELECT $12, $1, jsonb_build_object('event', key)
FROM given
JOIN taken USING (key)
ORDER BY place
