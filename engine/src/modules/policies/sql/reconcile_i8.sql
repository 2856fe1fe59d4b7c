-- I8 of reward policies: what was given was posted, or is a voucher, once and in full, and nothing was posted as an award that
-- is none; what is counted of somebody is the sum of what purchases count; referral credits are those that were given.
WITH award AS (
    SELECT
        'award ' || a.id AS subject,
        CASE
            WHEN a.kind = 'points' AND coalesce(e.points, 0) <> a.amount + r.amount THEN format('gave %s points, posted are %s', a.amount + r.amount, coalesce(e.points, 0))
            WHEN a.kind = 'cashback' AND coalesce(e.money, 0) <> a.amount + r.amount THEN format('gave %s cashback, posted are %s', a.amount + r.amount, coalesce(e.money, 0))
            WHEN a.kind IN ('reward', 'discount') AND v.customer_id IS DISTINCT FROM a.beneficiary_id THEN 'gave a voucher that there is not'
            WHEN a.kind IN ('points', 'cashback') AND e.customer_id IS DISTINCT FROM a.beneficiary_id THEN 'was posted for somebody else'
        END AS fault
    FROM policy_awards AS a
    LEFT JOIN LATERAL (
        SELECT
            (array_agg(coalesce(c.merged_into, e.customer_id)) FILTER (WHERE e.customer_id IS NOT NULL))[1] AS customer_id,
            sum(e.amount) FILTER (WHERE e.account = 'available') AS points,
            sum(e.amount) FILTER (WHERE e.account = 'cashback') AS money
        FROM entries AS e
        LEFT JOIN customers AS c ON c.merchant_id = e.merchant_id AND c.id = e.customer_id AND c.merged_into IS NOT NULL
        WHERE e.merchant_id = $1 AND e.posting_id = a.posting_id AND e.kind = 'award'
    ) AS e ON a.posting_id IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT v.customer_id
        FROM vouchers AS v
        WHERE v.merchant_id = $1 AND v.id = a.voucher_id AND v.redemption_id IS NULL
        LIMIT 1
    ) AS v ON a.voucher_id IS NOT NULL
    CROSS JOIN LATERAL (
        -- What was taken back of it while the rest stayed.
        SELECT coalesce(sum(r.amount), 0)::bigint AS amount
        FROM policy_award_returns AS r
        WHERE r.merchant_id = $1 AND r.award_id = a.id
    ) AS r
    WHERE a.merchant_id = $1 AND a.state IN ('paid', 'reversed')
), posted AS (
    SELECT
        'posting ' || e.posting_id AS subject,
        CASE WHEN a.awards <> 1 THEN format('was posted for %s awards', a.awards) END AS fault
    FROM (SELECT DISTINCT posting_id FROM entries WHERE merchant_id = $1 AND kind = 'award') AS e
    CROSS JOIN LATERAL (
        SELECT
            (SELECT count(*)
             FROM policy_awards AS a
             WHERE a.merchant_id = $1 AND (a.posting_id = e.posting_id OR a.taken_back = e.posting_id))
            + (SELECT count(*) FROM policy_award_returns AS r WHERE r.merchant_id = $1 AND r.posting_id = e.posting_id) AS awards
    ) AS a
), counted AS (
    SELECT
        format('policy %s, customer %s', policy_id, subject_id) AS subject,
        CASE WHEN coalesce(c.counted, 0) <> coalesce(p.counted, 0)
             THEN format('counted %s, its purchases count %s', coalesce(c.counted, 0), coalesce(p.counted, 0)) END AS fault
    FROM (SELECT policy_id, subject_id, counted FROM policy_counters WHERE merchant_id = $1) AS c
    FULL JOIN (
        SELECT p.policy_id, p.subject_id, sum(p.counted)::bigint AS counted
        FROM policy_counted AS p
        JOIN reward_policies AS r ON r.merchant_id = p.merchant_id AND r.id = p.policy_id
        WHERE p.merchant_id = $1 AND r.hears IN ('friend_count', 'friends_count', 'own_count')
        GROUP BY p.policy_id, p.subject_id
    ) AS p USING (policy_id, subject_id)
), credits AS (
    SELECT
        'customer ' || customer_id AS subject,
        CASE WHEN coalesce(c.credits, 0) <> coalesce(a.credits, 0)
             THEN format('has %s referral credits, was given %s', coalesce(c.credits, 0), coalesce(a.credits, 0)) END AS fault
    FROM (
        SELECT customer_id, sum(credits)::bigint AS credits FROM referral_credits WHERE merchant_id = $1 GROUP BY customer_id
    ) AS c
    FULL JOIN (
        SELECT beneficiary_id AS customer_id, sum(amount)::bigint AS credits
        FROM policy_awards
        WHERE merchant_id = $1 AND kind = 'credits' AND state = 'paid'
        GROUP BY beneficiary_id
    ) AS a USING (customer_id)
), looked AS (
    SELECT * FROM award UNION ALL SELECT * FROM posted UNION ALL SELECT * FROM counted UNION ALL SELECT * FROM credits
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
