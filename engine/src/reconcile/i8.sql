-- I8: what happens once has happened once: points that waited matured by one posting, and every posting that let points mature has its
-- cause; an adjustment was posted as it says; and what left an account that was merged has come to the other.
WITH matured AS (
    SELECT
        'posting ' || posting_id AS subject,
        CASE
            WHEN row.points IS NULL THEN format('let %s points mature that waited nowhere', posted.points)
            WHEN posted.points IS NULL THEN 'let points mature that were not posted'
            WHEN posted.points > row.points THEN format('let %s points mature where %s waited', posted.points, row.points)
        END AS fault
    FROM (
        SELECT posting_id, -sum(amount) AS points
        FROM entries
        WHERE merchant_id = $1 AND kind = 'maturity' AND account = 'pending'
        GROUP BY posting_id
    ) AS posted
    FULL JOIN (
        SELECT maturity_id AS posting_id, sum(points) AS points
        FROM pending_points
        WHERE merchant_id = $1 AND maturity_id IS NOT NULL
        GROUP BY maturity_id
    ) AS row USING (posting_id)
), adjusted AS (
    SELECT
        'posting ' || posting_id AS subject,
        CASE WHEN posted.points IS DISTINCT FROM said.points
             THEN format('an adjustment of %s points, posted are %s', coalesce(said.points, 0), coalesce(posted.points, 0)) END AS fault
    FROM (
        SELECT posting_id, sum(amount) AS points
        FROM entries
        WHERE merchant_id = $1 AND kind = 'adjustment' AND account = 'available'
        GROUP BY posting_id
    ) AS posted
    FULL JOIN (SELECT id AS posting_id, points FROM adjustments WHERE merchant_id = $1) AS said USING (posting_id)
), moved AS (
    SELECT
        posting_id,
        sum(amount) FILTER (WHERE account = 'available') AS available,
        sum(amount) FILTER (WHERE account = 'pending') AS pending,
        sum(amount) FILTER (WHERE account = 'reserved') AS reserved
    FROM entries
    WHERE merchant_id = $1 AND kind = 'merge' AND unit = 'points' AND customer_id IS NOT NULL
    GROUP BY posting_id
), merged AS (
    SELECT
        'customer ' || m.from_id AS subject,
        CASE
            WHEN away.posting_id IS NULL OR come.posting_id IS NULL THEN 'was merged, and its points were not posted'
            WHEN coalesce(away.available, 0) + coalesce(come.available, 0) <> 0
              OR coalesce(away.pending, 0) + coalesce(come.pending, 0) <> 0
              OR coalesce(away.reserved, 0) + coalesce(come.reserved, 0) <> 0 THEN 'was merged, and not all of its points have come'
        END AS fault
    FROM merges AS m
    LEFT JOIN moved AS away ON away.posting_id = m.posting_out
    LEFT JOIN moved AS come ON come.posting_id = m.posting_in
    WHERE m.merchant_id = $1 AND m.posting_out IS NOT NULL
    UNION ALL
    SELECT 'posting ' || moved.posting_id, 'moves points by a merge that there was not'
    FROM moved
    WHERE NOT EXISTS (
        SELECT FROM merges AS m WHERE m.merchant_id = $1 AND moved.posting_id IN (m.posting_out, m.posting_in))
), looked AS (
    SELECT * FROM matured UNION ALL SELECT * FROM adjusted UNION ALL SELECT * FROM merged
), wrong AS (
    SELECT * FROM looked WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM looked),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY subject LIMIT $2) AS first
    )
