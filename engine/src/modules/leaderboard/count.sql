-- Counts these purchases ($2) of merchant $1, whose zone is $3, as they are by now: what each earned, less what was
-- returned of it. Those of nobody count when they are claimed. Scores are kept of weeks from $4 and months from $5 on. The
-- merchant's row of leaderboards is locked: nobody else is counting.
WITH truth AS MATERIALIZED (
    SELECT
        p.id,
        coalesce(p.customer_id, c.customer_id) AS customer_id,
        (p.occurred_at AT TIME ZONE $3)::date AS day,
        coalesce(c.points, p.points) - back.points AS points
    FROM unnest($2::uuid[]) AS asked (id)
    CROSS JOIN LATERAL (
        SELECT p.id, p.customer_id, p.occurred_at, p.points
        FROM purchases AS p
        WHERE p.merchant_id = $1 AND p.id = asked.id
        LIMIT 1
    ) AS p
    LEFT JOIN LATERAL (
        SELECT c.customer_id, c.points
        FROM claims AS c
        WHERE c.merchant_id = $1 AND c.purchase_id = asked.id AND c.customer_id IS NOT NULL
        LIMIT 1
    ) AS c ON true
    LEFT JOIN LATERAL (
        SELECT s.state FROM return_states AS s WHERE s.merchant_id = $1 AND s.purchase_id = asked.id LIMIT 1
    ) AS s ON true
    CROSS JOIN LATERAL (
        SELECT (coalesce((
            SELECT sum(applied.value::bigint)
            FROM jsonb_array_elements(s.state -> 'lines') AS line,
                 jsonb_array_elements_text(line.value -> 'applied') AS applied
        ), 0) + coalesce((
            SELECT sum(flat.value::bigint) FROM jsonb_array_elements_text(s.state -> 'flat') AS flat
        ), 0))::bigint AS points
    ) AS back
    WHERE coalesce(p.customer_id, c.customer_id) IS NOT NULL
), before AS MATERIALIZED (
    SELECT t.purchase_id, t.day, t.points
    FROM truth
    CROSS JOIN LATERAL (
        SELECT * FROM leaderboard_counted AS t WHERE t.merchant_id = $1 AND t.purchase_id = truth.id LIMIT 1
    ) AS t
), counted AS (
    -- A purchase stays on the day that it was first counted on, whatever becomes of the merchant's zone.
    INSERT INTO leaderboard_counted (merchant_id, purchase_id, customer_id, day, points)
    SELECT $1, id, customer_id, day, points
    FROM truth
    ON CONFLICT (merchant_id, purchase_id) DO UPDATE SET points = excluded.points
), delta AS MATERIALIZED (
    SELECT d.customer_id, of.period, of.starts_on, sum(d.points)::bigint AS points
    FROM (
        SELECT truth.customer_id, coalesce(before.day, truth.day) AS day, truth.points - coalesce(before.points, 0) AS points
        FROM truth
        LEFT JOIN before ON before.purchase_id = truth.id
    ) AS d
    CROSS JOIN LATERAL (
        VALUES
            ('ever', date '0001-01-01', true),
            ('week', date_trunc('week', d.day::timestamp)::date, date_trunc('week', d.day::timestamp)::date >= $4::date),
            ('month', date_trunc('month', d.day::timestamp)::date, date_trunc('month', d.day::timestamp)::date >= $5::date)
    ) AS of (period, starts_on, is_kept)
    WHERE of.is_kept AND d.points <> 0
    GROUP BY 1, 2, 3
), change AS MATERIALIZED (
    SELECT
        delta.customer_id, delta.period, delta.starts_on, coalesce(old.score, 0) AS old_score,
        coalesce(old.score, 0) + delta.points AS new_score, hidden.customer_id IS NOT NULL AS is_hidden
    FROM delta
    LEFT JOIN LATERAL (
        SELECT s.score
        FROM leaderboard_scores AS s
        WHERE s.merchant_id = $1 AND s.customer_id = delta.customer_id AND s.period = delta.period
          AND s.starts_on = delta.starts_on
        LIMIT 1
    ) AS old ON true
    LEFT JOIN LATERAL (
        SELECT h.customer_id
        FROM leaderboard_hidden AS h
        WHERE h.merchant_id = $1 AND h.customer_id = delta.customer_id
        LIMIT 1
    ) AS hidden ON true
    WHERE delta.points <> 0
), scored AS (
    INSERT INTO leaderboard_scores (merchant_id, customer_id, period, starts_on, score, is_hidden)
    SELECT $1, customer_id, period, starts_on, new_score, is_hidden
    FROM change
    ON CONFLICT (merchant_id, customer_id, period, starts_on)
        DO UPDATE SET score = excluded.score, is_hidden = excluded.is_hidden
)
SELECT period, starts_on, old_score, new_score
FROM change
WHERE NOT is_hidden
