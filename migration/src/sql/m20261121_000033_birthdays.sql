-- Birthdays of customers, and how far each merchant's policies have kept them.

ALTER TABLE customers
    ADD COLUMN birth_day       smallint,
    ADD COLUMN birth_year      smallint,
    ADD COLUMN birthday_set_at timestamptz,
    ADD CONSTRAINT customers_birthday_check CHECK (
        (birth_day IS NULL) = (birthday_set_at IS NULL)
        AND (birth_day IS NOT NULL OR birth_year IS NULL)
        AND birth_day BETWEEN 101 AND 1231);
COMMENT ON COLUMN customers.birth_day IS 'Month and day as one number: 517 is 17 May. Personal data, like the name.';
COMMENT ON COLUMN customers.birth_year IS 'Only of those who have told it.';
COMMENT ON COLUMN customers.birthday_set_at IS 'A day that was over when it was written down brings nothing.';
CREATE INDEX customers_birth_day_idx ON customers (merchant_id, birth_day, id) WHERE birth_day IS NOT NULL;

CREATE TABLE birthday_rounds (
    merchant_id uuid    NOT NULL,
    day         date    NOT NULL,
    after       uuid    NOT NULL,
    done        boolean NOT NULL,
    PRIMARY KEY (merchant_id)
);
COMMENT ON TABLE birthday_rounds IS 'The local day whose birthdays the reward policies of a merchant have heard of last.';
COMMENT ON COLUMN birthday_rounds.after IS 'They have heard of the customers of that day up to this one.';
COMMENT ON COLUMN birthday_rounds.done IS 'Of all of that day.';
CREATE INDEX reward_policies_birthday_idx ON reward_policies (merchant_id, id) WHERE hears = 'birthday' AND version > 0;
