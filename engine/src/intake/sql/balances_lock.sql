-- Locks the balances of a batch and reads them, in key order: two batches that share customers wait for each
-- other and never deadlock. From here to the commit these customers' facts stand still.
SELECT b.merchant_id, b.customer_id, b.available, b.pending, b.debt, b.lifetime, b.purchases, b.spent, b.sequence
FROM unnest($1::uuid[], $2::uuid[]) AS asked (merchant_id, customer_id)
JOIN balances AS b
  ON b.merchant_id = asked.merchant_id
 AND b.customer_id = asked.customer_id
ORDER BY b.merchant_id, b.customer_id
FOR UPDATE OF b
