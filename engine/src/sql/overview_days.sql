-- Totals by day between $2 and $3, of one retailer or of all, oldest first.
SELECT date, sum(purchases)::bigint, sum(amount)::bigint, sum(points)::bigint
FROM daily_totals
WHERE merchant_id = $1 AND date BETWEEN $2 AND $3 AND ($4::uuid IS NULL OR retailer_id = $4)
GROUP BY date
ORDER BY date
