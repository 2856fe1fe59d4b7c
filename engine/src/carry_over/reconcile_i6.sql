-- I6 of what is carried over: what a customer carries of a promotion is what purchases have added to it, less what returns took off. A
-- claimed purchase counts by what it added when it was claimed. Only what came in while the merchant carried over is looked at.
WITH carrying AS MATERIALIZED (
    SELECT version FROM rule_sets WHERE merchant_id = $1 AND (rules ->> 'carry_over')::boolean
), bought AS (
    SELECT coalesce(purchase.customer_id, claim.customer_id) AS customer_id, coalesce(claim.lines, purchase.lines) AS lines, returned.state
    FROM carrying
    JOIN purchases AS purchase ON purchase.merchant_id = $1 AND purchase.rules_version = carrying.version
    LEFT JOIN claims AS claim ON claim.merchant_id = $1 AND claim.purchase_id = purchase.id AND claim.claimed_at IS NOT NULL
    LEFT JOIN return_states AS returned ON returned.merchant_id = $1 AND returned.purchase_id = purchase.id
    WHERE coalesce(purchase.customer_id, claim.customer_id) IS NOT NULL
), moved AS (
    SELECT bought.customer_id, (award.award ->> 'promotion_id')::uuid AS promotion_id,
           sum((award.award ->> 'carried')::numeric
               - coalesce((bought.state -> 'lines' -> (line.number - 1)::int -> 'remainders' ->> (award.number - 1)::int)::numeric, 0)) * 1000000000 AS remainder
    FROM bought
    CROSS JOIN LATERAL json_array_elements(bought.lines) WITH ORDINALITY AS line (line, number)
    CROSS JOIN LATERAL json_array_elements(line.line -> 'applied') WITH ORDINALITY AS award (award, number)
    WHERE award.award ->> 'carried' IS NOT NULL
    GROUP BY bought.customer_id, (award.award ->> 'promotion_id')::uuid
), looked AS (
    SELECT 'customer ' || customer_id AS subject,
           CASE WHEN coalesce(stored.remainder, 0) <> coalesce(moved.remainder, 0)
                THEN format('carries %s billionths of a point of promotion %s, purchases and returns say %s',
                            coalesce(stored.remainder, 0), promotion_id, trim_scale(coalesce(moved.remainder, 0))) END AS fault
    FROM (SELECT customer_id, promotion_id, remainder FROM carried_remainders WHERE merchant_id = $1) AS stored
    FULL JOIN moved USING (customer_id, promotion_id)
), wrong AS (
    SELECT * FROM looked WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM looked),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY subject, fault LIMIT $2) AS first
    )
