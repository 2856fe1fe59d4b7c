-- What customer $2 has had for points, and the vouchers that were given: what can be used first, then the rest, the newest
-- first; behind ($4, $5) where those are given, or only $6. $3 is now.
WITH mine AS (
    SELECT
        r.id, r.id AS redemption_id, r.terms ->> 'name' AS name, r.terms ->> 'description' AS description,
        coalesce(v.worth, jsonb_build_object('kind', r.kind, 'value', r.terms -> 'value')) AS worth,
        r.points, r.state AS redemption_state, r.held_until, r.created_at,
        v.shown AS code, v.state AS voucher_state, v.expires_at, v.used_at, v.purchase_id
    FROM redemptions AS r
    LEFT JOIN LATERAL (
        SELECT v.shown, v.worth, v.state, v.expires_at, v.used_at, v.purchase_id
        FROM vouchers AS v
        WHERE v.merchant_id = r.merchant_id AND v.redemption_id = r.id
        ORDER BY v.id DESC
        LIMIT 1
    ) AS v ON true
    WHERE r.merchant_id = $1 AND r.customer_id = $2
    UNION ALL
    SELECT
        v.id, NULL::uuid, v.name, NULL,
        v.worth,
        NULL::bigint, NULL, NULL::timestamptz, v.issued_at,
        v.shown, v.state, v.expires_at, v.used_at, v.purchase_id
    FROM vouchers AS v
    WHERE v.merchant_id = $1 AND v.customer_id = $2 AND v.redemption_id IS NULL
),
sorted AS (
    SELECT
        mine.*,
        CASE
            WHEN voucher_state = 'issued' THEN expires_at IS NULL OR expires_at > $3
            WHEN voucher_state IS NOT NULL THEN voucher_state = 'reserved'
            WHEN redemption_state = 'reserved' THEN held_until > $3
            ELSE redemption_state IN ('captured', 'preparing', 'shipped')
        END AS is_open
    FROM mine
)
SELECT *
FROM sorted
WHERE ($4::boolean IS NULL OR (is_open, id) < ($4, $5))
  AND ($6::uuid IS NULL OR id = $6)
ORDER BY is_open DESC, id DESC
LIMIT $7
