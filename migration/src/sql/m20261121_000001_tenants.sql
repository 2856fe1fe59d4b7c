-- Merchants, their stores and what they sell.

CREATE TABLE merchants (
    id                      uuid        PRIMARY KEY,
    slug                    text        NOT NULL,
    name                    text        NOT NULL,
    currency                text        NOT NULL,
    time_zone               text        NOT NULL,
    points_name             text        NOT NULL DEFAULT 'points',
    brand_color             text,
    default_country         text,
    unknown_customer        text        NOT NULL DEFAULT 'create',
    claim_days              integer     NOT NULL DEFAULT 30,
    accepted_lateness_days  integer     NOT NULL DEFAULT 7,
    rounding                text        NOT NULL DEFAULT 'floor',
    point_value_points      bigint,
    point_value_amount      bigint,
    created_at              timestamptz NOT NULL,
    CONSTRAINT merchants_slug_key UNIQUE (slug),
    CONSTRAINT merchants_unknown_customer_check CHECK (unknown_customer IN ('create', 'hold', 'reject')),
    CONSTRAINT merchants_rounding_check CHECK (rounding IN ('floor', 'half_up', 'half_even', 'ceil')),
    CONSTRAINT merchants_claim_days_check CHECK (claim_days BETWEEN 1 AND 3650),
    CONSTRAINT merchants_accepted_lateness_days_check CHECK (accepted_lateness_days BETWEEN 0 AND 3650),
    CONSTRAINT merchants_point_value_check CHECK ((point_value_points IS NULL) = (point_value_amount IS NULL))
);
COMMENT ON TABLE merchants IS 'The tenant: a company that runs one loyalty program.';
COMMENT ON COLUMN merchants.point_value_amount IS 'point_value_points points are worth this many minor units; display only.';

-- The version of everything that servers keep in memory, one row a merchant. Read first in every intake
-- transaction, written in the transaction that changes the rules or the catalogue.
CREATE TABLE merchant_revisions (
    merchant_id uuid   PRIMARY KEY REFERENCES merchants (id),
    rules       bigint NOT NULL DEFAULT 0,
    catalogue   bigint NOT NULL DEFAULT 0
);
COMMENT ON COLUMN merchant_revisions.rules IS 'Settings, retailers and promotions; equals the newest rule_sets.version.';
COMMENT ON COLUMN merchant_revisions.catalogue IS 'Products; products.revision holds the value at which a row last changed.';

CREATE TABLE retailers (
    merchant_id        uuid        NOT NULL REFERENCES merchants (id),
    id                 uuid        NOT NULL,
    code               text        NOT NULL,
    name               text        NOT NULL,
    region             text,
    time_zone          text        NOT NULL,
    business_day_start time        NOT NULL DEFAULT '00:00',
    created_at         timestamptz NOT NULL,
    archived_at        timestamptz,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT retailers_code_key UNIQUE (merchant_id, code)
);
COMMENT ON TABLE retailers IS 'A participating store of a merchant. Archived ones still resolve for replays.';

CREATE TABLE products (
    merchant_id uuid        NOT NULL REFERENCES merchants (id),
    id          uuid        NOT NULL,
    sku         text        NOT NULL,
    name        text        NOT NULL,
    category    text,
    tags        text[]      NOT NULL DEFAULT '{}',
    revision    bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT products_sku_key UNIQUE (merchant_id, sku)
);
CREATE INDEX products_merchant_id_revision_idx ON products (merchant_id, revision);
