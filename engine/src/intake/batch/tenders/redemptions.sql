-- Locks the redemptions of these merchants ($1) with these ids ($2), one after the other in the order given.
SELECT r.id
FROM unnest($1::uuid[], $2::uuid[]) AS asked (merchant_id, id)
CROSS JOIN LATERAL (
    SELECT r.id
    FROM redemptions AS r
    WHERE r.merchant_id = asked.merchant_id
      AND r.id = asked.id
    LIMIT 1
    FOR NO KEY UPDATE
) AS r
