-- Looks at up to $6 returns that wait, behind ($1..$4) in the order of their key, and gives up to $7 whose purchase has
-- come; and the last that it has looked at, with no purchase if that has not. Those that failed are passed over until $5.
-- Nothing is locked: whoever books one takes it in the same transaction.
WITH looked AS MATERIALIZED (
    SELECT merchant_id, retailer_id, transaction_id, return_id, content, actor_name, received_at, attempts
    FROM waiting_returns
    WHERE (merchant_id, retailer_id, transaction_id, return_id) > ($1, $2, $3, $4)
      AND refused_at IS NULL
      AND due_at <= $5
    ORDER BY merchant_id, retailer_id, transaction_id, return_id
    LIMIT $6
)
SELECT w.*, k.purchase_id, (SELECT count(*) FROM looked) AS looked
FROM looked AS w
LEFT JOIN LATERAL (
    SELECT k.purchase_id
    FROM purchase_keys AS k
    WHERE k.merchant_id = w.merchant_id
      AND k.retailer_id = w.retailer_id
      AND k.transaction_id = w.transaction_id
    LIMIT 1
) AS k ON true
WHERE k.purchase_id IS NOT NULL
   OR (w.merchant_id, w.retailer_id, w.transaction_id, w.return_id) = (
       SELECT merchant_id, retailer_id, transaction_id, return_id
       FROM looked
       ORDER BY merchant_id DESC, retailer_id DESC, transaction_id DESC, return_id DESC
       LIMIT 1)
ORDER BY w.merchant_id, w.retailer_id, w.transaction_id, w.return_id
LIMIT $7
