-- A return of purchase $2 of merchant $1 by customer $3, in the currency $4: of each offer what it undoes, what of that is
-- still there and what had expired ($5), of what is there in all $6. The customer's balance is locked.
WITH back AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($5::jsonb) AS back (offer_id uuid, returned bigint, taken bigint, expired bigint)
), lot AS (
    UPDATE cashback_lots AS l SET
        returned  = l.returned + back.returned,
        remaining = l.remaining - back.taken,
        expired   = l.expired - back.expired
    FROM back
    WHERE l.merchant_id = $1 AND l.purchase_id = $2 AND l.offer_id = back.offer_id
    RETURNING l.offer_id, l.month, back.returned
), used AS (
    UPDATE cashback_month_uses AS u SET used = u.used - lot.returned
    FROM lot
    WHERE u.merchant_id = $1 AND u.customer_id = $3 AND u.offer_id = lot.offer_id AND u.month = lot.month
)
UPDATE cashback_wallets SET amount = amount - $6
WHERE merchant_id = $1 AND customer_id = $3 AND currency = $4
