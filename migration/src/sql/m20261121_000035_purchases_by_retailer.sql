-- The list of one retailer's purchases, newest first: also that of a retailer that has sold nothing for a year, which would
-- otherwise be looked for among everything that the others have sold since.
CREATE INDEX purchases_merchant_id_retailer_id_idx ON purchases (merchant_id, retailer_id, id);
