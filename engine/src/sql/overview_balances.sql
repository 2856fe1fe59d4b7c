-- Customers active since the day $2 (local to zone $3), customers in all, points that they hold; who owes points, and how many.
SELECT
    count(*) FILTER (WHERE last_purchase_at >= ($2::date::timestamp AT TIME ZONE $3)),
    count(*) FILTER (WHERE merged_into IS NULL),
    coalesce(sum(available), 0)::bigint,
    count(*) FILTER (WHERE debt > 0 AND erased_at IS NULL),
    coalesce(sum(debt) FILTER (WHERE erased_at IS NULL), 0)::bigint
FROM balances
WHERE merchant_id = $1
