-- I8 of rewards: a hold has one end; a redemption is where its steps have brought it and has taken as many points as it costs;
-- it has one voucher at most, and that is used, taken back or open as the redemption is; a code of a pool is with the
-- redemption that has taken it.
WITH life AS (
    SELECT
        'redemption ' || r.id AS subject,
        CASE
            WHEN r.state <> ALL (s.states) THEN format('is %s and never came to that', r.state)
            WHEN 'captured' = ANY (s.states) AND 'released' = ANY (s.states) THEN 'was captured and let go'
            WHEN 'reserved' = ANY (s.states) AND r.state <> 'reserved' AND NOT s.states && ARRAY['captured', 'released']
                THEN 'its hold has no end'
            WHEN r.state = 'reserved' AND cardinality(s.states) > 1 THEN 'is held and has gone on'
            WHEN t.points <> r.points THEN format('costs %s points and took %s', r.points, t.points)
            WHEN v.vouchers > 1 THEN format('has %s vouchers', v.vouchers)
            WHEN v.used AND r.state <> 'fulfilled' THEN format('is %s and its voucher was used', r.state)
            WHEN v.reversed AND r.state <> 'reversed' THEN format('is %s and its voucher was reversed', r.state)
            WHEN v.vouchers = 1 AND v.cancelled <> (r.state = 'cancelled') THEN format('is %s and its voucher is not, or the other way round', r.state)
            WHEN r.kind = 'voucher_pool' AND c.codes <> (CASE WHEN r.state = 'released' THEN 0 ELSE 1 END)
                THEN format('is %s and has %s codes', r.state, c.codes)
        END AS fault
    FROM redemptions AS r
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(s.state), '{}') AS states
        FROM redemption_steps AS s
        WHERE s.merchant_id = r.merchant_id AND s.redemption_id = r.id
    ) AS s
    CROSS JOIN LATERAL (
        SELECT coalesce(sum((lot ->> 1)::bigint), 0) AS points FROM jsonb_array_elements(r.taken) AS lot
    ) AS t
    CROSS JOIN LATERAL (
        SELECT count(*) AS vouchers, bool_or(v.state = 'used') AS used, bool_or(v.state = 'reversed') AS reversed,
               bool_or(v.state = 'cancelled') AS cancelled
        FROM vouchers AS v
        WHERE v.merchant_id = r.merchant_id AND v.redemption_id = r.id
    ) AS v
    CROSS JOIN LATERAL (
        SELECT count(*) AS codes
        FROM reward_codes AS c
        WHERE c.merchant_id = r.merchant_id AND c.redemption_id = r.id
    ) AS c
    WHERE r.merchant_id = $1
), wrong AS (
    SELECT * FROM life WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM life),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY subject LIMIT $2) AS first
    )
