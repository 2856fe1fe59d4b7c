-- Everything that postings of merchant $1 change, at $2.
--
--   $3..$11   one element per entry
--   $12..$18  one element per customer that moved: the balance as it is now; $23 too, what of it has no day
--   $19..$21  one element per lot with a day that changed: what is left in it
--   $22       the message that wakes the customers' pages
--
-- Where a reward policy watches the points of customers, it is told whose have risen.
--
-- The balances are locked, and lots are only changed under that lock: nobody else can be writing the same.
WITH entry AS (
    INSERT INTO entries (
        merchant_id, posting_id, leg, kind, account, customer_id, sequence, amount, unit, purchase_id, posted_at)
    SELECT $1, posting_id, leg, kind, account, nullif(customer_id, '00000000-0000-0000-0000-000000000000'),
           nullif(sequence, 0), amount, unit, nullif(purchase_id, '00000000-0000-0000-0000-000000000000'), $2
    FROM unnest(
        $3::uuid[], $4::int2[], $5::text[], $6::text[], $7::uuid[], $8::int8[], $9::int8[], $10::text[], $11::uuid[])
        AS new (posting_id, leg, kind, account, customer_id, sequence, amount, unit, purchase_id)
), balance AS (
    INSERT INTO balances AS b (merchant_id, customer_id, available, pending, reserved, debt, lifetime, sequence, undated)
    SELECT $1, customer_id, available, pending, reserved, debt, lifetime, sequence, undated
    FROM unnest($12::uuid[], $13::int8[], $14::int8[], $15::int8[], $16::int8[], $17::int8[], $18::int8[], $23::int8[])
        AS new (customer_id, available, pending, reserved, debt, lifetime, sequence, undated)
    ON CONFLICT (merchant_id, customer_id) DO UPDATE SET
        available = excluded.available,
        pending   = excluded.pending,
        reserved  = excluded.reserved,
        debt      = excluded.debt,
        lifetime  = excluded.lifetime,
        sequence  = excluded.sequence,
        undated   = excluded.undated
), lot AS (
    INSERT INTO lots (merchant_id, customer_id, expires_on, remaining)
    SELECT $1, customer_id, expires_on, remaining
    FROM unnest($19::uuid[], $20::date[], $21::int8[]) AS new (customer_id, expires_on, remaining)
    ON CONFLICT (merchant_id, customer_id, expires_on) DO UPDATE SET remaining = excluded.remaining
), watched AS (
    INSERT INTO queue (module, merchant_id, payload)
    SELECT 'policies', $1, jsonb_build_object('moved', risen.customers)
    FROM (
        SELECT jsonb_agg(DISTINCT new.customer_id) AS customers
        FROM unnest($6::text[], $7::uuid[], $9::int8[]) AS new (account, customer_id, amount)
        WHERE new.account = 'available' AND new.amount > 0
    ) AS risen
    WHERE risen.customers IS NOT NULL
      AND EXISTS (SELECT FROM reward_policies WHERE merchant_id = $1 AND hears = 'points' AND state = 'running')
), message AS (
    INSERT INTO outbox (module, merchant_id, payload) SELECT 'live', $1, nullif($22, '')::jsonb WHERE $22 <> ''
)
SELECT 1
