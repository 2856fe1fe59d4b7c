-- What a return pays back in money, and points of vouchers that came back.

ALTER TABLE returns
    ADD COLUMN paid_back bigint,
    DROP CONSTRAINT returns_tenders_check,
    ADD CONSTRAINT returns_tenders_check CHECK (
        tender_points >= 0 AND tender_cashback >= 0 AND tender_expired >= 0
        AND (tender_posting IS NOT NULL) = (tender_points > 0)),
    ADD CONSTRAINT returns_paid_back_check CHECK (paid_back BETWEEN 0 AND amount);
COMMENT ON COLUMN returns.paid_back IS 'The part of the amount that money had paid for; NULL: all of it.';
COMMENT ON COLUMN returns.tender_expired IS 'Points that came back, those of vouchers included, whose day was over: they expired at once.';
