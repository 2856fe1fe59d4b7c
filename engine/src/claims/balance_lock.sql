SELECT available, pending, debt, lifetime, purchases, spent, sequence
FROM balances
WHERE merchant_id = $1 AND customer_id = $2
FOR UPDATE
