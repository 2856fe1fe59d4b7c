-- Of what customer $2 of merchant $1 was warned, $3 need not be warned again.
WITH given AS (
    DELETE FROM expiry_warnings WHERE merchant_id = $1 AND customer_id = $2
    RETURNING expires_on, warning, points, warned_at
)
INSERT INTO expiry_warnings (merchant_id, customer_id, expires_on, warning, points, warned_at)
SELECT $1, $3, expires_on, warning, points, warned_at
FROM given
ON CONFLICT (merchant_id, customer_id, expires_on, warning) DO NOTHING
