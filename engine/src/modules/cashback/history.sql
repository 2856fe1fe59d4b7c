-- Movements of money of customer $2 of merchant $1, newest first, before the sequence $3, at most $4. What kind of
-- movement it was, the merchant's side of the posting tells. A purchase takes place in the zone of its store, all else in
-- the merchant's.
SELECT
    entry.sequence,
    entry.kind,
    entry.amount,
    entry.unit AS currency,
    other.account AS other,
    entry.purchase_id,
    purchase.transaction_id,
    purchase.occurred_at,
    retailer.name AS retailer_name,
    coalesce(retailer.time_zone, merchant.time_zone) AS time_zone,
    entry.posted_at
FROM entries AS entry
JOIN merchants AS merchant ON merchant.id = entry.merchant_id
CROSS JOIN LATERAL (
    SELECT leg.account
    FROM entries AS leg
    WHERE leg.merchant_id = entry.merchant_id AND leg.posting_id = entry.posting_id AND leg.customer_id IS NULL
      AND leg.unit = entry.unit
    LIMIT 1
) AS other
LEFT JOIN LATERAL (
    SELECT * FROM purchases AS p WHERE p.merchant_id = entry.merchant_id AND p.id = entry.purchase_id LIMIT 1
) AS purchase ON true
LEFT JOIN LATERAL (
    SELECT * FROM retailers AS r WHERE r.merchant_id = entry.merchant_id AND r.id = purchase.retailer_id LIMIT 1
) AS retailer ON true
WHERE entry.merchant_id = $1
  AND entry.customer_id = $2
  AND entry.account = 'cashback'
  AND entry.sequence < $3
ORDER BY entry.sequence DESC
LIMIT $4
