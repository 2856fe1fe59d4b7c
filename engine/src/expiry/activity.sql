-- What counts as an activity, for every statement that asks: that somebody earned or spent points, or
-- that an account was merged, whose points came then. `whose` has the customers
-- of merchant $1 that are asked about; each comes back with when the last such entry was posted, and with the last instant at which
-- something could first be spent that had waited and matured after that entry.
--
-- What matured before that, by its entry, could be spent before that, too. What has waited counts on the day on which it could
-- first be spent, whenever the job that lets it mature comes by.
, activity AS (
    SELECT whose.*, done.posted_at, matured.matures_at
    FROM whose
    LEFT JOIN LATERAL (
        SELECT entry.sequence, entry.posted_at
        FROM entries AS entry
        WHERE entry.merchant_id = $1
          AND entry.customer_id = whose.customer_id
          AND entry.kind IN ('purchase', 'claim', 'opening', 'redemption', 'merge')
        ORDER BY entry.sequence DESC
        LIMIT 1
    ) AS done ON true
    CROSS JOIN LATERAL (
        SELECT max(pending.matures_at) AS matures_at
        FROM entries AS entry
        JOIN pending_points AS pending
            ON pending.merchant_id = entry.merchant_id
            AND pending.purchase_id = entry.purchase_id
            AND pending.maturity_id = entry.posting_id
        WHERE entry.merchant_id = $1
          AND entry.customer_id = whose.customer_id
          AND entry.kind = 'maturity'
          AND entry.sequence > coalesce(done.sequence, 0)
    ) AS matured
)
