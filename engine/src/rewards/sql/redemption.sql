-- Redemptions with their newest voucher and what happened to them.
SELECT
    r.id, r.customer_id, r.reward_id, r.kind, r.terms, r.points, r.state, r.held_until, r.created_at, r.changed_at,
    v.shown AS voucher_code, v.state AS voucher_state, v.expires_at AS voucher_expires_at, v.used_at AS voucher_used_at,
    s.steps
FROM redemptions AS r
LEFT JOIN LATERAL (
    SELECT v.shown, v.state, v.expires_at, v.used_at
    FROM vouchers AS v
    WHERE v.merchant_id = r.merchant_id AND v.redemption_id = r.id
    ORDER BY v.id DESC
    LIMIT 1
) AS v ON true
CROSS JOIN LATERAL (
    SELECT coalesce(
        jsonb_agg(
            jsonb_build_object('state', s.state, 'at', s.at, 'by', s.actor_name)
            ORDER BY s.round, s.at, array_position(ARRAY['reserved', 'captured', 'preparing', 'shipped', 'fulfilled'], s.state)),
        '[]') AS steps
    FROM redemption_steps AS s
    WHERE s.merchant_id = r.merchant_id AND s.redemption_id = r.id
) AS s
