-- The next purchases of a window ($3 to $4) that nobody has claimed, in the order of arrival. $7 is the last that was seen,
-- $2 an id that none of them lies before.
SELECT
    NULL::uuid AS customer_id,
    waiting.purchase_id AS posting_id,
    waiting.purchase_id,
    waiting.occurred_at AS counts_at,
    waiting.rules_version,
    waiting.facts,
    waiting.lines,
    waiting.applied,
    state.state AS returned
FROM (
    SELECT c.purchase_id, p.occurred_at, p.rules_version, p.facts, p.lines, p.applied
    FROM claims AS c
    JOIN purchases AS p ON p.merchant_id = c.merchant_id AND p.id = c.purchase_id
    WHERE c.merchant_id = $1 AND c.claimed_at IS NULL AND c.purchase_id > $7 AND c.purchase_id >= $2
        AND p.occurred_at >= $3 AND p.occurred_at < $4 AND ($5::uuid IS NULL OR p.retailer_id = $5)
    ORDER BY c.purchase_id
    LIMIT $6
) AS waiting
-- By its key, however many were returned and whatever the planner guesses.
LEFT JOIN LATERAL (
    SELECT returned.state
    FROM return_states AS returned
    WHERE returned.merchant_id = $1 AND returned.purchase_id = waiting.purchase_id
    LIMIT 1
) AS state ON true
ORDER BY waiting.purchase_id
