-- Closes the balance of customer $2 of merchant $1, from which all points have gone, and adds what was counted there to that
-- of $3. Both are locked.
WITH was AS (
    SELECT lifetime, purchases, spent, last_purchase_at FROM balances WHERE merchant_id = $1 AND customer_id = $2
), closed AS (
    UPDATE balances
    SET lifetime = 0, purchases = 0, spent = 0, last_purchase_at = NULL, merged_into = $3
    WHERE merchant_id = $1 AND customer_id = $2
), led AS (
    -- Those that were merged into this one before lead to the other, too: nobody follows a chain.
    UPDATE balances AS b
    SET merged_into = $3
    FROM customers AS c
    WHERE c.merchant_id = $1 AND c.merged_into = $3
      AND b.merchant_id = $1 AND b.customer_id = c.id AND b.merged_into = $2
)
UPDATE balances AS b
SET lifetime         = b.lifetime + was.lifetime,
    purchases        = b.purchases + was.purchases,
    spent            = b.spent + was.spent,
    last_purchase_at = greatest(b.last_purchase_at, was.last_purchase_at)
FROM was
WHERE b.merchant_id = $1 AND b.customer_id = $3
