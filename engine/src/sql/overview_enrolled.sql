-- Customers enrolled since the day $3, and between the days $2 and $3 (local to zone $4).
SELECT
    count(*) FILTER (WHERE created_at >= ($3::date::timestamp AT TIME ZONE $4)),
    count(*) FILTER (WHERE created_at < ($3::date::timestamp AT TIME ZONE $4))
FROM customers
WHERE merchant_id = $1 AND created_at >= ($2::date::timestamp AT TIME ZONE $4)
