-- Most postings have two ends, a customer's account and one of the merchant's, and are most of what is stored: one row says both.
ALTER TABLE entries ADD COLUMN counter_account text;
COMMENT ON COLUMN entries.counter_account IS 'The account of the merchant from which the amount comes; NULL: other entries of the posting say so. Either way a posting sums to zero.';
ALTER TABLE entries ADD CONSTRAINT entries_counter_account_check CHECK (
    counter_account IS NULL
    OR (customer_id IS NOT NULL AND counter_account IN ('issued', 'redeemed', 'expired', 'adjusted', 'absorbed')));

-- The same as before, with what is most frequent first: it is asked of every entry.
ALTER TABLE entries DROP CONSTRAINT entries_account_check;
ALTER TABLE entries ADD CONSTRAINT entries_account_check CHECK (
    CASE WHEN customer_id IS NULL
        THEN account IN ('issued', 'redeemed', 'expired', 'adjusted', 'absorbed')
        ELSE account IN ('available', 'pending', 'reserved', 'cashback')
    END);
