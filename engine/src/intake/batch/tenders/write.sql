-- What purchases of a batch were paid with besides money: entries, lots and wallets.
--
--   $1..$9    one element per posting: what paid goes from the customer to the merchant; $10 is when
--   $11..$14  one element per lot of points, and of points without a day (9999-12-31): what is left in it
--   $15..$18  one element per lot of cashback: what is taken from it
--   $19..$22  one element per wallet: what is taken from it
--
-- Runs after the statement that has written what the purchases earned: that one has added to lots what they earned, this
-- one says what is left after both. The balances are locked, and lots and wallets are only changed under that lock.
WITH entry AS (
    INSERT INTO entries (
        merchant_id, posting_id, leg, kind, account, customer_id, sequence, amount, unit, purchase_id, posted_at)
    SELECT
        new.merchant_id, new.posting_id, leg.number, new.kind, leg.account,
        CASE WHEN leg.number = 0 THEN new.customer_id END,
        CASE WHEN leg.number = 0 THEN new.sequence END,
        leg.amount, new.unit, new.purchase_id, $10
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::int8[], $7::int8[], $8::text[], $9::uuid[])
        AS new (merchant_id, posting_id, kind, account, customer_id, sequence, amount, unit, purchase_id)
    CROSS JOIN LATERAL (VALUES
        (0::smallint, new.account, -new.amount),
        (1::smallint, 'redeemed', new.amount)) AS leg (number, account, amount)
), lot AS (
    INSERT INTO lots (merchant_id, customer_id, expires_on, remaining)
    SELECT merchant_id, customer_id, expires_on, remaining
    FROM unnest($11::uuid[], $12::uuid[], $13::date[], $14::int8[]) AS new (merchant_id, customer_id, expires_on, remaining)
    WHERE expires_on < '9999-12-31'
    ON CONFLICT (merchant_id, customer_id, expires_on) DO UPDATE SET remaining = excluded.remaining
), undated AS (
    UPDATE balances AS b SET undated = new.remaining
    FROM unnest($11::uuid[], $12::uuid[], $13::date[], $14::int8[]) AS new (merchant_id, customer_id, expires_on, remaining)
    WHERE b.merchant_id = new.merchant_id AND b.customer_id = new.customer_id AND new.expires_on = '9999-12-31'
), cashback AS (
    UPDATE cashback_lots AS l SET remaining = l.remaining - new.taken
    FROM unnest($15::uuid[], $16::uuid[], $17::uuid[], $18::int8[]) AS new (merchant_id, purchase_id, offer_id, taken)
    WHERE l.merchant_id = new.merchant_id AND l.purchase_id = new.purchase_id AND l.offer_id = new.offer_id
), wallet AS (
    UPDATE cashback_wallets AS w SET amount = w.amount - new.taken
    FROM unnest($19::uuid[], $20::uuid[], $21::text[], $22::int8[]) AS new (merchant_id, customer_id, currency, taken)
    WHERE w.merchant_id = new.merchant_id AND w.customer_id = new.customer_id AND w.currency = new.currency
)
SELECT 1
