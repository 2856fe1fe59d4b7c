-- Points without a last day are counted in the balance, which every movement of points writes anyway: a lot is what has a day.
-- Where points never expire, which is most shops, nobody has a lot.
ALTER TABLE balances ADD COLUMN undated bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN balances.undated IS 'What can be spent for ever: what is available, and not in a lot. With the lots, what is available plus the debt.';

UPDATE balances AS b
SET undated = l.remaining
FROM lots AS l
WHERE l.merchant_id = b.merchant_id AND l.customer_id = b.customer_id AND l.expires_on = '9999-12-31';
DELETE FROM lots WHERE expires_on = '9999-12-31';

ALTER TABLE balances ADD CONSTRAINT balances_undated_check CHECK (undated >= 0);
ALTER TABLE lots ADD CONSTRAINT lots_expires_on_check CHECK (expires_on < '9999-12-31');

CREATE VIEW spendable AS
SELECT merchant_id, customer_id, expires_on, remaining FROM lots
UNION ALL
SELECT merchant_id, customer_id, DATE '9999-12-31', undated FROM balances;
COMMENT ON VIEW spendable IS 'What customers can spend, by the last day on which they can; what has none comes last.';

-- It no longer has to leave out what had no day.
DROP INDEX lots_merchant_id_expires_on_idx;
CREATE INDEX lots_merchant_id_expires_on_idx ON lots (merchant_id, expires_on, customer_id);
