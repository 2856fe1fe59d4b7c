-- What customers had before they came into the program: an adjustment that an import makes once a customer.
ALTER TABLE adjustments ADD COLUMN is_opening boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN adjustments.is_opening IS 'The balance with which an import has begun; an import that brings it again finds it here.';
CREATE INDEX adjustments_opening_idx ON adjustments (merchant_id, customer_id) WHERE is_opening;
