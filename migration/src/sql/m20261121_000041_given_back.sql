-- Cashback that was spent before its purchase came back: it is owed, or the merchant bears it, as with points.

ALTER TABLE cashback_wallets
    ADD COLUMN owed bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT cashback_wallets_owed_check CHECK (owed >= 0);
COMMENT ON COLUMN cashback_wallets.owed IS
    'What returns took back that had been spent: what comes next repays it. The entries come to the amount less this.';

ALTER TABLE cashback_lots
    ADD COLUMN expired bigint NOT NULL DEFAULT 0,
    ADD COLUMN covered bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT cashback_lots_parts_check CHECK (expired >= 0 AND covered BETWEEN 0 AND returned);
COMMENT ON COLUMN cashback_lots.returned IS 'What returns of the purchase have undone, whether or not it was still there.';
COMMENT ON COLUMN cashback_lots.expired IS 'What of it nobody had spent in time and no return has undone since.';
COMMENT ON COLUMN cashback_lots.covered IS
    'What returns have undone that had been spent and that the rest of the wallet gave, or the customer owes.';

-- Which part of an older lot was spent and which expired, nobody knows: what expired is not taken once more.
UPDATE cashback_lots SET expired = amount - returned - remaining
WHERE expires_at <= now() AND amount - returned - remaining > 0;

ALTER TABLE returns
    ADD COLUMN cashback_debt     bigint NOT NULL DEFAULT 0,
    ADD COLUMN cashback_absorbed bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT returns_cashback_check CHECK (
        cashback_debt >= 0 AND cashback_absorbed >= 0 AND cashback_debt + cashback_absorbed <= cashback);
COMMENT ON COLUMN returns.cashback_debt IS 'Cashback of this that had been spent and is owed.';
COMMENT ON COLUMN returns.cashback_absorbed IS 'Cashback of this that had been spent and that the merchant bears.';

-- A voucher that comes back with its purchase can be used, or its redemption cancelled, once more: each time begins another round.
ALTER TABLE redemptions ADD COLUMN round integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN redemptions.round IS 'How often its voucher was used and came back with a returned purchase.';
ALTER TABLE redemption_steps
    ADD COLUMN round integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT redemption_steps_pkey,
    ADD PRIMARY KEY (merchant_id, redemption_id, round, state);
COMMENT ON TABLE redemption_steps IS 'Written once, never changed: no state comes twice in a round of a life.';

WITH restored AS (
    UPDATE redemptions AS r
    SET state = 'captured', round = 1
    FROM vouchers AS v
    WHERE v.merchant_id = r.merchant_id AND v.redemption_id = r.id AND v.state = 'issued' AND r.state = 'fulfilled'
    RETURNING r.merchant_id, r.id, v.changed_at
)
INSERT INTO redemption_steps (merchant_id, redemption_id, round, state, at, actor, actor_name)
SELECT merchant_id, id, 1, 'captured', changed_at, 'system', 'system'
FROM restored;
