-- Movements of points of a customer, newest first, behind (sequence $3, account $4): of the kinds $6, or of all, and if $7
-- only those on the account of what waits.
SELECT customer_id, sequence, posting_id, kind, account, amount, purchase_id, posted_at
FROM entries
WHERE merchant_id = $1 AND customer_id = $2 AND unit = 'points'
  AND (sequence < $3 OR (sequence = $3 AND account > $4))
  AND ($6::text[] IS NULL OR kind = ANY ($6))
  AND (NOT $7::boolean OR account = 'pending')
ORDER BY sequence DESC, account
LIMIT $5
