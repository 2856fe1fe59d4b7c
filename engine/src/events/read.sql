-- Customer $2 of merchant $1 has read up to counter $3, at $4, but not what has not happened yet.
INSERT INTO notification_reads (merchant_id, customer_id, seen, seen_at)
SELECT $1, $2, least($3, b.sequence), $4
FROM balances AS b
WHERE b.merchant_id = $1 AND b.customer_id = $2
ON CONFLICT (merchant_id, customer_id) DO UPDATE SET
    seen    = greatest(notification_reads.seen, excluded.seen),
    seen_at = excluded.seen_at
