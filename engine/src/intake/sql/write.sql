-- Everything that a batch writes, in one statement: purchases, entries, balances, lots, claims and messages.
--
--   $1..$24   one element per new purchase, in arrival order; $39 too, what of its points waits
--   $25       the instant of receipt
--   $26..$35  one element per customer of these purchases, in key order; $40, $41, $43 and $46 too: what of the balance
--             waits, the day of the lot, where the locked row is, and what was earned that has no day
--   $36..$38  one element per message
--   $42       one element per new purchase: what it was paid with besides money; empty when nothing was
--   $44, $45  the same of the code of a friend and what the till is warned of; empty when no purchase has a code
--
-- Every row belongs to a key that this transaction has taken or to a balance that it has locked, so that nobody
-- else can be writing the same. Answers how many balances it has written.
WITH purchase AS (
    INSERT INTO purchases (
        merchant_id, id, retailer_id, transaction_id, customer_id, customer_key, status,
        currency, amount, occurred_at, occurred_at_sent, business_date, received_at, points, pending, claimable, claim_code,
        balance_points, balance_pending, rules_version, facts, lines, applied, source, api_key_id, tenders,
        referral_code, warnings)
    SELECT
        merchant_id, id, retailer_id, transaction_id, customer_id, customer_key,
        CASE WHEN customer_id IS NULL THEN 'unclaimed' ELSE 'credited' END,
        currency, amount, occurred_at, occurred_at_sent, business_date, $25, points, nullif(pending, 0), claimable, claim_code,
        balance_points, balance_pending, rules_version, facts::json, lines::json, applied::json, source, api_key_id,
        tenders::json, referral_code, coalesce(warnings::json, '[]')
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::bytea[],
        $7::text[], $8::int8[], $9::timestamptz[], $10::bool[], $11::date[], $12::int8[], $13::int8[], $14::text[],
        $16::int8[], $17::int8[], $19::int8[], $20::text[], $21::text[], $22::text[], $23::text[], $24::uuid[],
        $39::int8[], $42::text[], $44::text[], $45::text[])
        AS new (
        merchant_id, id, retailer_id, transaction_id, customer_id, customer_key,
        currency, amount, occurred_at, occurred_at_sent, business_date, points, claimable, claim_code,
        balance_points, balance_pending, rules_version, facts, lines, applied, source, api_key_id, pending, tenders,
        referral_code, warnings)
), entry AS (
    -- What a purchase earned goes to the customer, to be spent at once or later, and comes from the merchant: one row
    -- with both ends for each, and for nearly all purchases one.
    INSERT INTO entries (
        merchant_id, posting_id, leg, kind, account, counter_account, customer_id, sequence, amount, purchase_id, posted_at)
    SELECT merchant_id, id, 0, 'purchase', 'available', 'issued', customer_id, sequence, points - pending, id, $25
    FROM unnest($1::uuid[], $2::uuid[], $5::uuid[], $12::int8[], $18::int8[], $39::int8[])
         AS new (merchant_id, id, customer_id, points, sequence, pending)
    WHERE points > pending
    UNION ALL
    SELECT merchant_id, id, 1, 'purchase', 'pending', 'issued', customer_id, sequence, pending, id, $25
    FROM unnest($1::uuid[], $2::uuid[], $5::uuid[], $18::int8[], $39::int8[])
         AS new (merchant_id, id, customer_id, sequence, pending)
    WHERE pending > 0
), claim AS (
    INSERT INTO claims (merchant_id, code, purchase_id, expires_at)
    SELECT merchant_id, code, purchase_id, expires_at
    FROM unnest($1::uuid[], $2::uuid[], $14::text[], $15::timestamptz[])
         AS new (merchant_id, purchase_id, code, expires_at)
    WHERE code IS NOT NULL
), balance AS (
    -- As they are after the batch: the rows are locked, so that nobody has changed or moved them since they were read.
    UPDATE balances AS b
    SET available        = new.available,
        pending          = new.pending,
        debt             = new.debt,
        lifetime         = new.lifetime,
        purchases        = new.purchases,
        spent            = new.spent,
        sequence         = new.sequence,
        undated          = b.undated + new.undated,
        last_purchase_at = greatest(b.last_purchase_at, new.last_purchase_at)
    FROM unnest(
        $26::uuid[], $27::uuid[], $28::int8[], $40::int8[], $29::int8[], $30::int8[], $31::int8[], $32::int8[],
        $33::int8[], $34::timestamptz[], $43::text[], $46::int8[])
        AS new (
        merchant_id, customer_id, available, pending, debt, lifetime, purchases, spent, sequence, last_purchase_at, address,
        undated)
    WHERE b.ctid = new.address::tid
      AND b.merchant_id = new.merchant_id
      AND b.customer_id = new.customer_id
    RETURNING 1
), lot AS (
    -- What repays a debt is not there to be spent or to expire, and what never expires is in no lot.
    INSERT INTO lots AS l (merchant_id, customer_id, expires_on, remaining)
    SELECT merchant_id, customer_id, expires_on, points
    FROM unnest($26::uuid[], $27::uuid[], $35::int8[], $41::date[]) AS new (merchant_id, customer_id, points, expires_on)
    WHERE points > 0
    ON CONFLICT (merchant_id, customer_id, expires_on) DO UPDATE SET remaining = l.remaining + excluded.remaining
), message AS (
    INSERT INTO outbox (module, merchant_id, payload)
    SELECT module, merchant_id, payload::jsonb
    FROM unnest($36::text[], $37::uuid[], $38::text[]) AS new (module, merchant_id, payload)
)
SELECT count(*) FROM balance
