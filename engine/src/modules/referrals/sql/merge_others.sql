-- What else customer $2 of merchant $1 has of referrals is $3's, at $4: the codes, of which one is shown, whom they have brought,
-- and by which means was paid. Where either was banned, no code of theirs brings anybody. Tells whether that is so.
WITH banned AS MATERIALIZED (
    SELECT disabled_at, disabled_by
    FROM referral_codes
    WHERE merchant_id = $1 AND customer_id IN ($2, $3) AND disabled_at IS NOT NULL
    ORDER BY disabled_at
    LIMIT 1
), shown AS MATERIALIZED (
    SELECT EXISTS (
        SELECT FROM referral_codes WHERE merchant_id = $1 AND customer_id = $3 AND merged_at IS NULL) AS has_one
), code AS (
    UPDATE referral_codes AS c SET
        customer_id = $3,
        merged_at   = CASE WHEN c.customer_id = $2 AND shown.has_one THEN coalesce(c.merged_at, $4) ELSE c.merged_at END,
        disabled_at = coalesce(c.disabled_at, banned.disabled_at),
        disabled_by = coalesce(c.disabled_by, banned.disabled_by)
    FROM shown
    LEFT JOIN banned ON true
    WHERE c.merchant_id = $1 AND c.customer_id IN ($2, $3)
), friend AS (
    UPDATE referrals SET advocate_id = $3 WHERE merchant_id = $1 AND advocate_id = $2
), gone AS (
    DELETE FROM payment_fingerprints WHERE merchant_id = $1 AND customer_id = $2
    RETURNING hash
), fingerprint AS (
    INSERT INTO payment_fingerprints (merchant_id, customer_id, hash)
    SELECT $1, $3, hash FROM gone ORDER BY hash
    ON CONFLICT (merchant_id, customer_id, hash) DO NOTHING
)
SELECT EXISTS (SELECT FROM banned) AS is_banned
