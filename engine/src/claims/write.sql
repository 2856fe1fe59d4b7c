-- Everything that a claim writes, in one statement: the claim itself, its entries, the balance, the lot.
WITH claim AS (
    UPDATE claims SET
        id = $3, customer_id = $4, claimed_at = $5, points = $6, rules_version = $7,
        facts = $8::json, lines = $9::json, applied = $10::json,
        balance_points = $23, balance_pending = $24, pending = nullif($21::int8, 0)
    WHERE merchant_id = $1 AND code = $2
    RETURNING purchase_id
), entry AS (
    INSERT INTO entries (
        merchant_id, posting_id, leg, kind, account, counter_account, customer_id, sequence, amount, purchase_id, posted_at)
    SELECT $1, $3, leg.number, 'claim', leg.account, 'issued', $4, $13, leg.amount, claim.purchase_id, $5
    FROM claim
    CROSS JOIN (VALUES
        (0::smallint, 'available', $6 - $21::int8),
        (1::smallint, 'pending', $21::int8)) AS leg (number, account, amount)
    WHERE leg.amount <> 0
), balance AS (
    -- As it is after the claim: the row is locked, so that nobody has changed it since it was read.
    UPDATE balances SET
        available        = $11,
        pending          = $12,
        debt             = $14,
        lifetime         = $15,
        purchases        = $16,
        spent            = $17,
        sequence         = $18,
        undated          = undated + $25,
        last_purchase_at = greatest(last_purchase_at, $19)
    WHERE merchant_id = $1 AND customer_id = $4
), lot AS (
    -- Lots run from the claim, not from the purchase; what never expires is in none.
    INSERT INTO lots AS l (merchant_id, customer_id, expires_on, remaining)
    SELECT $1, $4, $22::date, $20::int8
    WHERE $20::int8 > 0
    ON CONFLICT (merchant_id, customer_id, expires_on) DO UPDATE SET remaining = l.remaining + excluded.remaining
)
SELECT 1
