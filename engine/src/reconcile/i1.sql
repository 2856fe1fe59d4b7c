-- I1: every posting, from $3 on, sums to zero per unit. An entry that names its counter account does so by itself.
WITH postings AS (
    SELECT posting_id, unit, coalesce(sum(amount) FILTER (WHERE counter_account IS NULL), 0) AS total
    FROM entries
    WHERE merchant_id = $1 AND posting_id >= $3::uuid
    GROUP BY posting_id, unit
), wrong AS (
    SELECT * FROM postings WHERE total <> 0
)
SELECT
    (SELECT count(*) FROM postings),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', 'posting ' || posting_id, 'detail', 'sums to ' || total || ' ' || unit))
        FROM (SELECT * FROM wrong ORDER BY posting_id LIMIT $2) AS first
    )
