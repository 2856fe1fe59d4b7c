-- What is known of people who come with a code: $1 is [{"merchant", "friend", "code", "now"}, …]; the answer has one
-- element for each, in the same order. The merchants' referrals are locked.
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'advocate', owner.customer_id,
    'is_disabled', owner.is_disabled,
    'has_advocate', known.friend_id IS NOT NULL,
    'friend_name', friend.name,
    'advocate_name', advocate.name,
    'friend_email', friend_email.value,
    'advocate_email', advocate_email.value,
    'same_payment', EXISTS (
        SELECT
        FROM payment_fingerprints AS f
        CROSS JOIN LATERAL (
            SELECT
            FROM payment_fingerprints AS a
            WHERE a.merchant_id = asked.merchant AND a.customer_id = owner.customer_id AND a.hash = f.hash
            LIMIT 1
        ) AS a
        WHERE f.merchant_id = asked.merchant AND f.customer_id = asked.friend),
    'in_hour', coalesce(brought.in_hour, 0),
    'in_day', coalesce(brought.in_day, 0),
    'line', coalesce(line.ids, '[]')
) ORDER BY asked.place), '[]') AS answer
FROM (
    SELECT
        place,
        (element ->> 'merchant')::uuid AS merchant,
        (element ->> 'friend')::uuid AS friend,
        element ->> 'code' AS code,
        (element ->> 'now')::timestamptz AS now
    FROM jsonb_array_elements($1) WITH ORDINALITY AS listed (element, place)
) AS asked
LEFT JOIN LATERAL (
    SELECT c.customer_id, c.disabled_at IS NOT NULL AS is_disabled
    FROM referral_codes AS c
    WHERE c.merchant_id = asked.merchant AND c.code = asked.code
    LIMIT 1
) AS owner ON true
LEFT JOIN LATERAL (
    SELECT r.friend_id FROM referrals AS r WHERE r.merchant_id = asked.merchant AND r.friend_id = asked.friend LIMIT 1
) AS known ON true
LEFT JOIN LATERAL (
    SELECT c.name FROM customers AS c WHERE c.merchant_id = asked.merchant AND c.id = asked.friend LIMIT 1
) AS friend ON true
LEFT JOIN LATERAL (
    SELECT c.name FROM customers AS c WHERE c.merchant_id = asked.merchant AND c.id = owner.customer_id LIMIT 1
) AS advocate ON true
LEFT JOIN LATERAL (
    SELECT i.value
    FROM customer_identities AS i
    WHERE i.merchant_id = asked.merchant AND i.customer_id = asked.friend AND i.kind = 'email' AND i.place = 0
    LIMIT 1
) AS friend_email ON true
LEFT JOIN LATERAL (
    SELECT i.value
    FROM customer_identities AS i
    WHERE i.merchant_id = asked.merchant AND i.customer_id = owner.customer_id AND i.kind = 'email' AND i.place = 0
    LIMIT 1
) AS advocate_email ON true
LEFT JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE r.registered_at > asked.now - interval '1 hour') AS in_hour,
        count(*) AS in_day
    FROM referrals AS r
    WHERE r.merchant_id = asked.merchant AND r.advocate_id = owner.customer_id
      AND r.registered_at > asked.now - interval '1 day'
) AS brought ON true
LEFT JOIN LATERAL (
    -- From the advocate up: who brought the advocate, who brought that one, and so on. There is no circle in what is
    -- stored; the depth is a fuse.
    WITH RECURSIVE up (id, depth) AS (
        SELECT owner.customer_id, 1 WHERE owner.customer_id IS NOT NULL
        UNION ALL
        SELECT r.advocate_id, up.depth + 1
        FROM up
        CROSS JOIN LATERAL (
            SELECT r.advocate_id
            FROM referrals AS r
            WHERE r.merchant_id = asked.merchant AND r.friend_id = up.id AND r.state <> 'rejected'
            LIMIT 1
        ) AS r
        WHERE up.depth < 100000
    )
    SELECT jsonb_agg(up.id ORDER BY up.depth) AS ids FROM up
) AS line ON true
