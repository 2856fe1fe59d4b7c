-- Lots of merchant $1 whose last day is between $2 and $3, behind ($4, $5).
SELECT customer_id, expires_on, remaining
FROM lots
WHERE merchant_id = $1 AND expires_on BETWEEN $2 AND $3 AND remaining > 0
  AND (customer_id, expires_on) > ($4, $5)
ORDER BY customer_id, expires_on
LIMIT $6
