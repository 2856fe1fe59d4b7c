-- Customers active since the day $2 (local to zone $3), customers in all, points that they hold.
SELECT
    count(*) FILTER (WHERE last_purchase_at >= ($2::date::timestamp AT TIME ZONE $3)),
    count(*),
    coalesce(sum(available), 0)::bigint
FROM balances
WHERE merchant_id = $1
