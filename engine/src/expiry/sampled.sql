WITH whose AS (
    -- Those of merchant $1 with points without a day: of $3 in 256 customers, by the last byte of the id, which is random.
    SELECT balance.customer_id, balance.undated
    FROM balances AS balance
    WHERE balance.merchant_id = $1
      AND balance.undated > 0
      AND get_byte(uuid_send(balance.customer_id), 15) < $3
)
