-- Paying with vouchers, points and cashback inside a purchase, and giving them back with a return.

ALTER TABLE purchases ADD COLUMN tenders json;
COMMENT ON COLUMN purchases.tenders IS 'What it was paid with besides money, and from which lots; NULL: with nothing else. What each line had of it is in the line.';

ALTER TABLE returns
    ADD COLUMN tender_posting  uuid,
    ADD COLUMN tender_points   bigint NOT NULL DEFAULT 0,
    ADD COLUMN tender_expired  bigint NOT NULL DEFAULT 0,
    ADD COLUMN tender_cashback bigint NOT NULL DEFAULT 0,
    ADD COLUMN rewards         jsonb  NOT NULL DEFAULT '[]',
    ADD CONSTRAINT returns_tenders_check CHECK (
        tender_points >= 0 AND tender_cashback >= 0 AND tender_expired BETWEEN 0 AND tender_points
        AND (tender_posting IS NOT NULL) = (tender_points > 0));
COMMENT ON COLUMN returns.tender_posting IS 'The posting by which points that had paid came back.';
COMMENT ON COLUMN returns.tender_expired IS 'Points of these whose day was over: they came back and expired at once.';
COMMENT ON COLUMN returns.tender_cashback IS 'Cashback that had paid and came back into the wallet, in minor units.';
COMMENT ON COLUMN returns.rewards IS 'Vouchers of the purchase that were given back, and how.';
