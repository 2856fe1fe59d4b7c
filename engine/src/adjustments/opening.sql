-- Writes down the opening balances $2..$4 (adjustment, customer, points) of customers of merchant $1, with the reason $5, the last
-- day $6 and the time $10; $7, $8 and $9 say who imports them.
INSERT INTO adjustments (
    merchant_id, id, customer_id, points, reason, expires_on, actor, actor_id, actor_name, created_at, is_opening)
SELECT $1, new.id, new.customer_id, new.points, $5, $6, $7, $8, $9, $10, true
FROM unnest($2::uuid[], $3::uuid[], $4::int8[]) AS new (id, customer_id, points)
