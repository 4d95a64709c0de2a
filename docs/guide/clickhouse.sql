-- A copy of the packets in ClickHouse, for dashboards that ask all the time. STORE is the store's folder; in a bucket
-- write deltaLake('https://HOST/BUCKET/PREFIX/tables/packets/', 'KEY', 'SECRET') in its place.
-- Ordered by port, source and time: lines of a port, and sources behind it, lie together.
CREATE DATABASE IF NOT EXISTS teiten;

CREATE TABLE IF NOT EXISTS teiten.packets
(
    ts           DateTime64(6, 'UTC') CODEC(Delta, ZSTD),
    sensor       LowCardinality(String),
    sensor_group LowCardinality(String),
    src          Nullable(Int64) CODEC(ZSTD),
    src6         Nullable(FixedString(16)),
    src_port     Nullable(Int32) CODEC(ZSTD),
    src_country  LowCardinality(Nullable(String)),
    src_asn      Nullable(Int64) CODEC(ZSTD),
    dst_port     Nullable(Int32),
    ip_proto     Nullable(Int16),
    ttl          Nullable(Int16) CODEC(ZSTD),
    tcp_flags    Nullable(Int16),
    tcp_window   Nullable(Int32) CODEC(ZSTD),
    frame_len    Int32 CODEC(ZSTD),
    class        LowCardinality(String),
    tags         LowCardinality(Nullable(String)),
    packets      Int64 CODEC(ZSTD),
    input        LowCardinality(String),
    frame        Int64 CODEC(Delta, ZSTD)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (ifNull(dst_port, -1), ifNull(src, -1), ts)
SETTINGS allow_nullable_key = 1;

-- Everything once; of a store that grows, add a condition on `day` that names the days not copied yet.
INSERT INTO teiten.packets
SELECT ts, sensor, sensor_group, src, src6, src_port, src_country, src_asn, dst_port, ip_proto, ttl, tcp_flags,
    tcp_window, frame_len, class, tags, packets, input, frame
FROM deltaLakeLocal('STORE/tables/packets')
SETTINGS max_partitions_per_insert_block = 0;
