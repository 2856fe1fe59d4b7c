-- The few customers who owe points after a return. Debts change with returns and with what repays them; all other movements
-- of a balance leave this alone.
CREATE INDEX balances_debt_idx ON balances (merchant_id, customer_id) WHERE debt > 0;

COMMENT ON COLUMN merchants.point_value_amount IS 'point_value_points points are worth this many minor units: shown, and what points pay.';
