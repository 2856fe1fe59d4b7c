-- Customers of merchant $1, behind $3, who have points in lots whose day was over by $2.
SELECT DISTINCT customer_id
FROM lots
WHERE merchant_id = $1 AND expires_on <= $2 AND customer_id > $3 AND remaining > 0
ORDER BY customer_id
LIMIT $4
