-- An endpoint gets several requests at once: its lanes are split by customer, so that each customer's events stay in order.

-- A function, so that the index and whoever asks agree; the last byte of an id is random. Of what concerns nobody, each
-- delivery goes by itself.
CREATE FUNCTION webhook_shard(customer uuid, delivery uuid) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN get_byte(uuid_send(coalesce(customer, delivery)), 15) % 8;
COMMENT ON FUNCTION webhook_shard IS 'Which of the eight shards of its endpoint a delivery belongs to.';

ALTER TABLE webhook_lanes
    ADD COLUMN shard integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT webhook_lanes_pkey,
    ADD PRIMARY KEY (merchant_id, endpoint_id, again, shard);
INSERT INTO webhook_lanes (merchant_id, endpoint_id, again, shard)
SELECT merchant_id, endpoint_id, again, other.shard
FROM webhook_lanes
CROSS JOIN generate_series(1, 7) AS other (shard);
ALTER TABLE webhook_lanes
    ALTER COLUMN shard DROP DEFAULT,
    ADD CONSTRAINT webhook_lanes_shard_check CHECK (shard BETWEEN 0 AND 7);
COMMENT ON TABLE webhook_lanes IS 'Sixteen an endpoint: eight shards of what goes in order, eight of what is tried again. Whoever has the lease of a lane works it off alone.';

CREATE INDEX webhook_deliveries_shard_idx
    ON webhook_deliveries (merchant_id, endpoint_id, webhook_shard(customer_id, id), id)
    WHERE state = 'waiting' AND NOT again;
CREATE INDEX webhook_deliveries_shard_again_idx
    ON webhook_deliveries (merchant_id, endpoint_id, webhook_shard(customer_id, id), due_at)
    WHERE state = 'waiting' AND again;
-- The first of these serves whoever asks by the endpoint alone, too.
DROP INDEX webhook_deliveries_ordered_idx;

-- The log of an endpoint, of one state or merged of all.
CREATE INDEX webhook_deliveries_state_idx ON webhook_deliveries (merchant_id, endpoint_id, state, id);
DROP INDEX webhook_deliveries_log_idx;
