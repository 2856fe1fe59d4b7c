-- Lots of a customer, soonest first, behind the day $3.
SELECT expires_on, remaining
FROM lots
WHERE merchant_id = $1 AND customer_id = $2 AND remaining > 0
  AND ($3::date IS NULL OR expires_on > $3)
ORDER BY expires_on
LIMIT $4
