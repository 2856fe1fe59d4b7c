-- Movements of points of a customer, newest first, behind (sequence $3, account $4).
SELECT customer_id, sequence, posting_id, kind, account, amount, purchase_id, posted_at
FROM entries
WHERE merchant_id = $1 AND customer_id = $2 AND unit = 'points'
  AND (sequence < $3 OR (sequence = $3 AND account > $4))
ORDER BY sequence DESC, account
LIMIT $5
