, gone AS MATERIALIZED (
    -- The balances are locked: what is read here is what is changed below.
    SELECT balance.customer_id, until.until, balance.undated
    FROM until
    JOIN balances AS balance ON balance.merchant_id = $1 AND balance.customer_id = until.customer_id
    WHERE until.until < $5::date
      AND balance.undated > 0
), balance AS (
    UPDATE balances AS b SET undated = 0
    FROM gone
    WHERE b.merchant_id = $1
      AND b.customer_id = gone.customer_id
), lot AS (
    INSERT INTO lots AS l (merchant_id, customer_id, expires_on, remaining)
    SELECT $1, customer_id, until, undated
    FROM gone
    ON CONFLICT (merchant_id, customer_id, expires_on) DO UPDATE SET remaining = l.remaining + excluded.remaining
)
SELECT count(*) AS customers FROM gone
