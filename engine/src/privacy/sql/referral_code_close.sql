-- The code of customer $2 of merchant $1 brings nobody any more, and no link leads to it. Whom it brought stays brought.
WITH code AS (
    UPDATE referral_codes AS r
    SET disabled_at = coalesce(r.disabled_at, c.erased_at), disabled_by = coalesce(r.disabled_by, 'erased')
    FROM customers AS c
    WHERE r.merchant_id = $1 AND r.customer_id = $2 AND c.merchant_id = $1 AND c.id = $2
    RETURNING r.code
)
DELETE FROM directory_referral_codes AS d USING code WHERE d.code = code.code
