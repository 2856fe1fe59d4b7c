-- What of these customers ($2) of merchant $1 is due by $3, in the order in which it matured. Their balances are locked:
-- nobody else matures it or takes it back.
SELECT p.customer_id, p.purchase_id, p.matures_at, p.waiting
FROM unnest($2::uuid[]) AS asked (customer_id)
CROSS JOIN LATERAL (
    SELECT p.customer_id, p.purchase_id, p.matures_at, p.waiting
    FROM pending_points AS p
    WHERE p.merchant_id = $1
      AND p.customer_id = asked.customer_id
      AND p.waiting > 0
      AND p.matures_at <= $3
) AS p
ORDER BY p.customer_id, p.matures_at, p.purchase_id
LIMIT $4
