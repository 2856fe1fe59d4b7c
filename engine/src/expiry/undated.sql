-- Points of customers of merchant $1, behind $2, in the lot without a day.
SELECT customer_id, remaining
FROM lots
WHERE merchant_id = $1 AND expires_on = '9999-12-31' AND customer_id > $2 AND remaining > 0
ORDER BY customer_id
LIMIT $3
