-- Returns of merchant $1 that have not been booked, of retailer $2 or of all: those that were refused first, then the newest; behind the row
-- ($3..$7) of the page before.
SELECT
    w.retailer_id, r.code AS retailer, r.name AS retailer_name, w.transaction_id, w.return_id, w.actor_name AS by,
    w.received_at, w.expires_at AS until, w.refused_at, w.refusal, k.purchase_id
FROM waiting_returns AS w
JOIN retailers AS r ON r.merchant_id = w.merchant_id AND r.id = w.retailer_id
LEFT JOIN purchase_keys AS k
    ON k.merchant_id = w.merchant_id AND k.retailer_id = w.retailer_id AND k.transaction_id = w.transaction_id
WHERE w.merchant_id = $1
  AND ($2::uuid IS NULL OR w.retailer_id = $2)
  AND ($3::bool IS NULL
       OR (w.refused_at IS NULL, $4::timestamptz, w.retailer_id, w.transaction_id, w.return_id)
          > ($3, w.received_at, $5::uuid, $6::text, $7::text))
ORDER BY w.refused_at IS NULL, w.received_at DESC, w.retailer_id, w.transaction_id, w.return_id
LIMIT $8
