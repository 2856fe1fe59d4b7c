-- Events by merchant and key.
SELECT e.*
FROM unnest($1::uuid[], $2::uuid[]) AS asked (merchant_id, key)
CROSS JOIN LATERAL (
    SELECT merchant_id, key, type, occurred_at, received_at, sender, data::text AS data, state
    FROM inbox
    WHERE merchant_id = asked.merchant_id AND key = asked.key
    LIMIT 1
) AS e
