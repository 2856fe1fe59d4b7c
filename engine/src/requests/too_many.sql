-- The newest row that is one too many of each merchant with more than $1 of them. The merchants are found by stepping from
-- one to the next in the key, and not by reading all rows.
WITH RECURSIVE merchants AS (
    (SELECT merchant_id FROM request_log ORDER BY merchant_id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT merchant_id FROM request_log WHERE merchant_id > m.merchant_id ORDER BY merchant_id LIMIT 1
    )
    FROM merchants AS m
    WHERE m.merchant_id IS NOT NULL
)
SELECT m.merchant_id, surplus.id
FROM merchants AS m
CROSS JOIN LATERAL (
    SELECT id FROM request_log WHERE merchant_id = m.merchant_id ORDER BY id DESC OFFSET $1 LIMIT 1
) AS surplus
WHERE m.merchant_id IS NOT NULL
