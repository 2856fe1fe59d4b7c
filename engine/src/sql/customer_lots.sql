-- What a customer can spend, by its last day, soonest first, behind the day $3; what has none comes last.
SELECT expires_on, remaining
FROM spendable
WHERE merchant_id = $1 AND customer_id = $2 AND remaining > 0
  AND ($3::date IS NULL OR expires_on > $3)
ORDER BY expires_on
LIMIT $4
