-- Keeps a return for its purchase, unless $9 wait for merchant $1 already; answers with what is kept under its name.
INSERT INTO waiting_returns AS w (
    merchant_id, retailer_id, transaction_id, return_id, content, actor_name, received_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8
WHERE (
    SELECT count(*) FROM (SELECT FROM waiting_returns WHERE merchant_id = $1 LIMIT $9::int8) AS others
) < $9::int8
ON CONFLICT (merchant_id, retailer_id, transaction_id, return_id) DO UPDATE SET return_id = w.return_id
RETURNING content, expires_at
