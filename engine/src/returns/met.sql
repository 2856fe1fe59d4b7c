-- Up to $1 returns whose purchase has come, those first that wait longest. Nothing is locked: whoever books one takes it
-- in the same transaction.
SELECT w.merchant_id, w.retailer_id, w.transaction_id, w.return_id, w.content, w.actor_name, k.purchase_id
FROM waiting_returns AS w
CROSS JOIN LATERAL (
    SELECT k.purchase_id
    FROM purchase_keys AS k
    WHERE k.merchant_id = w.merchant_id
      AND k.retailer_id = w.retailer_id
      AND k.transaction_id = w.transaction_id
    LIMIT 1
) AS k
WHERE w.refused_at IS NULL
ORDER BY w.received_at
LIMIT $1
