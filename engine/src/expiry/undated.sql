-- Points without a day of customers of merchant $1, behind $2.
SELECT customer_id, undated AS remaining
FROM balances
WHERE merchant_id = $1 AND customer_id > $2 AND undated > 0
ORDER BY customer_id
LIMIT $3
