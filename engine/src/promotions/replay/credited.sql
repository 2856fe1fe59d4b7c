-- The next credited purchases of a window ($3 to $4), one customer after the other, each in the order of credit: what was
-- credited at once, and what was claimed. $7 and $8 are the last that was seen, $2 is an id that none of them lies before.
--
-- Two indexes give this order, so that a page costs its own rows: `purchases_merchant_id_customer_id_idx` and that of
-- claims. Planned anew each time, because a window that is a small part of what is stored is better sorted.
SELECT
    credited.customer_id,
    credited.posting_id,
    credited.purchase_id,
    credited.counts_at,
    credited.rules_version,
    credited.facts,
    credited.lines,
    credited.applied,
    state.state AS returned
FROM (
    (
        SELECT
            p.customer_id,
            p.id AS posting_id,
            p.id AS purchase_id,
            p.occurred_at AS counts_at,
            p.rules_version,
            p.facts,
            p.lines,
            p.applied
        FROM purchases AS p
        WHERE p.merchant_id = $1 AND p.customer_id IS NOT NULL AND (p.customer_id, p.id) > ($8, $7) AND p.id >= $2
            AND p.occurred_at >= $3 AND p.occurred_at < $4 AND ($5::uuid IS NULL OR p.retailer_id = $5)
        ORDER BY p.customer_id, p.id
        LIMIT $6
    )
    UNION ALL
    (
        SELECT c.customer_id, c.id, c.purchase_id, c.claimed_at, c.rules_version, c.facts, c.lines, c.applied
        FROM claims AS c
        JOIN purchases AS p ON p.merchant_id = c.merchant_id AND p.id = c.purchase_id
        WHERE c.merchant_id = $1 AND c.customer_id IS NOT NULL AND (c.customer_id, c.id) > ($8, $7) AND c.id >= $2
            AND p.occurred_at >= $3 AND p.occurred_at < $4 AND ($5::uuid IS NULL OR p.retailer_id = $5)
        ORDER BY c.customer_id, c.id
        LIMIT $6
    )
    ORDER BY customer_id, posting_id
    LIMIT $6
) AS credited
-- By its key, however many were returned and whatever the planner guesses.
LEFT JOIN LATERAL (
    SELECT returned.state
    FROM return_states AS returned
    WHERE returned.merchant_id = $1 AND returned.purchase_id = credited.purchase_id
    LIMIT 1
) AS state ON true
ORDER BY credited.customer_id, credited.posting_id
