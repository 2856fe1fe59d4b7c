-- Merchants to try things out with: theirs is the only clock that can be set, and only forward.
CREATE TABLE sandboxes (
    merchant_id  uuid   PRIMARY KEY REFERENCES merchants (id),
    ahead_micros bigint NOT NULL DEFAULT 0,
    CONSTRAINT sandboxes_ahead_micros_check CHECK (ahead_micros >= 0)
);
COMMENT ON COLUMN sandboxes.ahead_micros IS 'By how much the merchant''s clock is ahead of the world''s.';
