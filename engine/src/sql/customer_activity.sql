-- What happened to a customer's points, newest first, before the posting $3 and with the reasons of adjustments if $5: purchases and claims, those without points
-- too, and every other posting that changed what the customer can spend or waits for.
-- What was posted for accounts that were merged into this one is part of it; the merge itself says when and moves nothing here.
-- Only what has the kinds $6 unless they are NULL: of purchases and claims those that earned something. If $7, only purchases
-- and claims of which points still wait.
-- Each part reads at most one page from its own index, and none where its kind is not wanted: that depends on no row.
WITH account (id) AS (
    SELECT $2::uuid
    UNION ALL
    SELECT merged.id FROM customers AS merged WHERE merged.merchant_id = $1 AND merged.merged_into = $2
), recent AS (
    (
        SELECT purchase.id AS posting_id, purchase.id AS purchase_id, 'purchase' AS kind, purchase.points, purchase.received_at AS posted_at
        FROM purchases AS purchase
        WHERE purchase.merchant_id = $1 AND purchase.customer_id = $2 AND purchase.id < $3
          AND NOT $7::boolean AND ($6::text[] IS NULL OR 'purchase' = ANY ($6))
          AND ($6 IS NULL OR purchase.points > 0)
        ORDER BY purchase.id DESC
        LIMIT $4
    )
    UNION ALL
    (
        SELECT claim.id, claim.purchase_id, 'claim', claim.points, claim.claimed_at
        FROM claims AS claim
        WHERE claim.merchant_id = $1 AND claim.customer_id = $2 AND claim.id < $3
          AND NOT $7 AND ($6 IS NULL OR 'claim' = ANY ($6))
          AND ($6 IS NULL OR claim.points > 0)
        ORDER BY claim.id DESC
        LIMIT $4
    )
    UNION ALL
    (
        -- A return counts with what it takes from either account; what matures leaves one for the other, and counts with
        -- what can be spent now.
        SELECT posted.*
        FROM account
        CROSS JOIN LATERAL (
            SELECT
                entry.posting_id,
                (array_agg(entry.purchase_id))[1],
                entry.kind,
                CASE entry.kind
                    WHEN 'return' THEN sum(entry.amount)
                    WHEN 'merge' THEN 0
                    ELSE coalesce(sum(entry.amount) FILTER (WHERE entry.account = 'available'), sum(entry.amount))
                END::int8,
                min(entry.posted_at)
            FROM entries AS entry
            WHERE entry.merchant_id = $1
              AND entry.customer_id = account.id
              AND entry.posting_id < $3
              AND entry.kind NOT IN ('purchase', 'claim', 'opening')
              AND (entry.kind <> 'merge' OR entry.customer_id = $2)
              AND entry.account IN ('available', 'pending')
              AND NOT $7
              AND ($6 IS NULL OR entry.kind = ANY ($6))
            GROUP BY entry.posting_id, entry.kind
            ORDER BY entry.posting_id DESC
            LIMIT $4
        ) AS posted (posting_id, purchase_id, kind, points, posted_at)
        ORDER BY posted.posting_id DESC
        LIMIT $4
    )
    UNION ALL
    (
        SELECT
            coalesce(claim.id, purchase.id) AS posting_id,
            purchase.id,
            CASE WHEN claim.id IS NULL THEN 'purchase' ELSE 'claim' END,
            coalesce(claim.points, purchase.points),
            coalesce(claim.claimed_at, purchase.received_at)
        FROM (
            SELECT DISTINCT pending.purchase_id
            FROM pending_points AS pending
            WHERE $7 AND pending.merchant_id = $1 AND pending.customer_id = $2 AND pending.waiting > 0
        ) AS waits
        JOIN purchases AS purchase ON purchase.merchant_id = $1 AND purchase.id = waits.purchase_id
        LEFT JOIN claims AS claim ON claim.merchant_id = $1 AND claim.purchase_id = waits.purchase_id
        WHERE coalesce(claim.id, purchase.id) < $3
        ORDER BY posting_id DESC
        LIMIT $4
    )
)
SELECT
    recent.posting_id,
    recent.purchase_id,
    recent.kind,
    retailer.name AS retailer_name,
    coalesce(retailer.time_zone, merchant.time_zone) AS time_zone,
    purchase.transaction_id,
    purchase.amount,
    purchase.currency,
    redemption.id AS redemption_id,
    redemption.terms ->> 'name' AS reward_name,
    nullif(adjustment.reason, '') AS reason,
    recent.points,
    coalesce(purchase.occurred_at, recent.posted_at) AS occurred_at,
    recent.posted_at,
    CASE WHEN recent.kind IN ('purchase', 'claim') THEN (
        SELECT bool_or(r.complete) FROM returns AS r WHERE r.merchant_id = $1 AND r.purchase_id = recent.purchase_id
    ) END AS returned,
    coalesce(waits.points, 0) AS waiting,
    waits.until AS waits_until
FROM recent
JOIN merchants AS merchant ON merchant.id = $1
LEFT JOIN purchases AS purchase ON purchase.merchant_id = $1 AND purchase.id = recent.purchase_id
LEFT JOIN retailers AS retailer ON retailer.merchant_id = $1 AND retailer.id = purchase.retailer_id
LEFT JOIN LATERAL (
    SELECT step.redemption_id
    FROM redemption_steps AS step
    WHERE step.merchant_id = $1
      AND step.posting_id = recent.posting_id
      AND recent.kind IN ('redemption', 'release', 'cancellation')
    LIMIT 1
) AS step ON true
LEFT JOIN redemptions AS redemption ON redemption.merchant_id = $1 AND redemption.id = step.redemption_id
LEFT JOIN LATERAL (
    SELECT sum(pending.waiting)::int8 AS points, max(pending.matures_at) AS until
    FROM pending_points AS pending
    WHERE pending.merchant_id = $1
      AND pending.purchase_id = recent.purchase_id
      AND pending.waiting > 0
      AND recent.kind IN ('purchase', 'claim')
) AS waits ON true
LEFT JOIN adjustments AS adjustment
    ON adjustment.merchant_id = $1 AND adjustment.id = recent.posting_id AND recent.kind = 'adjustment' AND $5
ORDER BY recent.posting_id DESC
LIMIT $4
