-- Makes the next memberships of merchant $1 behind customer $3, at most $4, due on $2, and tells which was the last. The
-- ladder is held alone: nobody else changes one.
WITH part AS MATERIALIZED (
    SELECT customer_id
    FROM tier_memberships
    WHERE merchant_id = $1 AND customer_id > $3
    ORDER BY customer_id
    LIMIT $4
), due AS (
    UPDATE tier_memberships AS m
    SET due_on = $2
    FROM part
    WHERE m.merchant_id = $1 AND m.customer_id = part.customer_id
)
SELECT (SELECT customer_id FROM part ORDER BY customer_id DESC LIMIT 1) AS last
