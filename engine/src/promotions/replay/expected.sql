-- About how many purchases there are between two business dates, of one retailer or of all: counted beside the purchases, and
-- a moment later.
SELECT coalesce(sum(purchases), 0)::bigint
FROM daily_totals
WHERE merchant_id = $1 AND date BETWEEN $2 AND $3 AND ($4::uuid IS NULL OR retailer_id = $4)
